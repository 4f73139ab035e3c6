CREATE TABLE whisper.pack (
    name text PRIMARY KEY,
    location text NOT NULL,
    default_profile text NOT NULL,
    critical_tables text[] NOT NULL,
    loaded_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX pack_single ON whisper.pack ((true));
COMMENT ON TABLE whisper.pack IS 'the pack this database follows: one row, or none before the first load';
SELECT pg_catalog.pg_extension_config_dump('whisper.pack', '');
