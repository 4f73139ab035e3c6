CREATE TABLE whisper.tier (
    name text PRIMARY KEY,
    position integer NOT NULL,
    kind text NOT NULL CHECK (kind IN ('versioned', 'repeatable'))
);
COMMENT ON TABLE whisper.tier IS 'the ordered parts of the pack; each owns its tables';
SELECT pg_catalog.pg_extension_config_dump('whisper.tier', '');
