-- revision: 8b77eda62e71
-- down_revision: 2230add_keyword_templates
-- message: conversation modes as a table instead of a JSON document

-- migrate:up
-- The six response and mode detail tables that came with it are in the advanced tier.
CREATE TABLE character_conversation_modes (
    id               serial PRIMARY KEY,
    character_id     integer NOT NULL REFERENCES characters (id) ON DELETE CASCADE,
    mode_name        varchar(100) NOT NULL,
    energy_level     varchar(50),
    approach         text,
    transition_style text,
    created_at       timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at       timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    UNIQUE (character_id, mode_name)
);
CREATE INDEX idx_conversation_modes_character ON character_conversation_modes (character_id);

-- migrate:down
DROP TABLE character_conversation_modes;

-- migrate:verify
SELECT bool_and(expected_columns <@ ARRAY(
    SELECT attname || ' ' || format_type(atttypid, atttypmod)
    FROM pg_catalog.pg_attribute WHERE attrelid = to_regclass(table_name) AND attnum > 0))
FROM (VALUES
    ('character_conversation_modes', ARRAY[
        'id integer', 'character_id integer', 'mode_name character varying(100)',
        'energy_level character varying(50)', 'approach text', 'transition_style text',
        'created_at timestamp without time zone', 'updated_at timestamp without time zone'])
) AS expected (table_name, expected_columns);

SELECT count(*) = 3 FROM pg_catalog.pg_constraint
WHERE convalidated
    AND conname IN (
        'character_conversation_modes_character_id_fkey', 'character_conversation_modes_pkey',
        'character_conversation_modes_character_id_mode_name_key')
    AND conrelid = to_regclass('character_conversation_modes');

SELECT num_nulls(to_regclass('idx_conversation_modes_character')) = 0;
