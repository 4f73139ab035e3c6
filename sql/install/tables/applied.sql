CREATE TABLE whisper.applied (
    revision text PRIMARY KEY,
    tier text NOT NULL,
    run bigint NOT NULL,
    applied_by name NOT NULL,
    applied_at timestamptz NOT NULL,
    elapsed interval NOT NULL,
    statements integer NOT NULL,
    checksum bytea NOT NULL,
    origin text NOT NULL CHECK (origin IN ('upgrade', 'stamp', 'adopted', 'captured'))
);
COMMENT ON TABLE whisper.applied IS 'one row per revision that this database has';
SELECT pg_catalog.pg_extension_config_dump('whisper.applied', '');
