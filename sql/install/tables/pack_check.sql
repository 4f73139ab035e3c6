CREATE TABLE whisper.pack_check (
    name text PRIMARY KEY,
    message text NOT NULL,
    sql text NOT NULL,
    line integer NOT NULL,
    file text NOT NULL,
    file_size bigint NOT NULL,
    file_mtime bigint NOT NULL
);
COMMENT ON TABLE whisper.pack_check IS 'the named read-only checks of the whole pack';
SELECT pg_catalog.pg_extension_config_dump('whisper.pack_check', '');
