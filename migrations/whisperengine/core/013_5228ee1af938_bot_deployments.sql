-- revision: 5228ee1af938
-- down_revision: eaae2e8f35f2
-- message: deployed bot containers

-- migrate:up
CREATE TABLE bot_deployments (
    id             serial PRIMARY KEY,
    character_id   integer NOT NULL REFERENCES characters (id) ON DELETE CASCADE,
    container_name varchar(255) NOT NULL,
    port           integer NOT NULL,
    status         varchar(50) NOT NULL DEFAULT 'deploying',
    config         json,
    error_message  text,
    created_at     timestamptz DEFAULT now(),
    deployed_at    timestamptz,
    stopped_at     timestamptz,
    CONSTRAINT unique_character_deployment UNIQUE (character_id),
    CONSTRAINT unique_container_name UNIQUE (container_name),
    CONSTRAINT unique_port UNIQUE (port)
);
CREATE INDEX idx_bot_deployments_character_id ON bot_deployments (character_id);
CREATE INDEX idx_bot_deployments_port ON bot_deployments (port);
CREATE INDEX idx_bot_deployments_status ON bot_deployments (status);

-- migrate:down
DROP TABLE bot_deployments;

-- migrate:verify
SELECT bool_and(expected_columns <@ ARRAY(
    SELECT attname || ' ' || format_type(atttypid, atttypmod)
    FROM pg_catalog.pg_attribute WHERE attrelid = to_regclass(table_name) AND attnum > 0))
FROM (VALUES
    ('bot_deployments', ARRAY[
        'id integer', 'character_id integer', 'container_name character varying(255)', 'port integer',
        'status character varying(50)', 'config json', 'error_message text',
        'created_at timestamp with time zone', 'deployed_at timestamp with time zone',
        'stopped_at timestamp with time zone'])
) AS expected (table_name, expected_columns);

SELECT count(*) = 5 FROM pg_catalog.pg_constraint
WHERE convalidated
    AND conname IN (
        'bot_deployments_character_id_fkey', 'bot_deployments_pkey', 'unique_character_deployment',
        'unique_container_name', 'unique_port')
    AND conrelid = to_regclass('bot_deployments');

SELECT num_nulls(
    to_regclass('idx_bot_deployments_character_id'), to_regclass('idx_bot_deployments_port'),
    to_regclass('idx_bot_deployments_status')) = 0;
