CREATE TABLE whisper.statement_object (
    revision text NOT NULL,
    number integer NOT NULL,
    change text NOT NULL CHECK (change IN ('created', 'altered')),
    object_type text NOT NULL,
    object_identity text NOT NULL,
    object_names text[] NOT NULL,
    object_arguments text[] NOT NULL,
    schema_name text,
    object_name text
);
CREATE INDEX statement_object_revision ON whisper.statement_object (revision);
COMMENT ON TABLE whisper.statement_object IS
    'what each statement of an applied repeatable file really created and altered (its comments and privileges, too), as far as that is there; kept by names as in whisper.owned_object, so that it outlives dump, restore and pg_upgrade; renames are followed, and what is dropped is no longer in it';
SELECT pg_catalog.pg_extension_config_dump('whisper.statement_object', '');
