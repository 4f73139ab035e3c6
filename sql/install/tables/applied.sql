CREATE TABLE whisper.applied (
    revision text PRIMARY KEY,
    tier text NOT NULL,
    run bigint NOT NULL,
    applied_by name NOT NULL,
    applied_at timestamptz NOT NULL,
    elapsed interval NOT NULL,
    statements integer NOT NULL,
    checksum bytea NOT NULL,
    origin text NOT NULL CHECK (origin IN ('upgrade', 'stamp', 'adopted', 'captured')),
    search_path text,
    applied_by_oid oid
);
COMMENT ON TABLE whisper.applied IS 'one row per revision that this database has; search_path is where its unqualified names were looked up, and so are those of its verify section, as far as whoever verifies trusts applied_by, a role that counts only as long as applied_by_oid has that name';
SELECT pg_catalog.pg_extension_config_dump('whisper.applied', '');
