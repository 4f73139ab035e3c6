CREATE TABLE whisper.owned_object (
    object_type text NOT NULL,
    object_identity text NOT NULL,
    object_names text[] NOT NULL,
    object_arguments text[] NOT NULL,
    schema_name text,
    object_name text,
    tier text NOT NULL,
    revision text NOT NULL,
    origin text NOT NULL CHECK (origin IN ('created', 'adopted', 'claimed')),
    run bigint NOT NULL,
    ordinal bigint NOT NULL,
    PRIMARY KEY (object_type, object_identity)
);
CREATE INDEX owned_object_revision ON whisper.owned_object (revision);
COMMENT ON TABLE whisper.owned_object IS
    'which tier and revision an object belongs to, recorded from what the revision really created; type and identity as pg_identify_object() gives them, names and arguments as pg_identify_object_as_address() does; ordinal is the order of creation within the run';
SELECT pg_catalog.pg_extension_config_dump('whisper.owned_object', '');
