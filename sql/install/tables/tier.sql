CREATE TABLE whisper.tier (
    name text PRIMARY KEY,
    position integer NOT NULL,
    kind text NOT NULL CHECK (kind IN ('versioned', 'repeatable')),
    format text
);
COMMENT ON TABLE whisper.tier IS 'the ordered parts of the pack; each owns its tables; format is the tool whose files it has, empty for plain ones, null where that is not known';
SELECT pg_catalog.pg_extension_config_dump('whisper.tier', '');
