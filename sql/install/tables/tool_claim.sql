CREATE TABLE whisper.tool_claim (
    revision text PRIMARY KEY,
    tool text NOT NULL,
    source text NOT NULL
);
COMMENT ON TABLE whisper.tool_claim IS
    'what another tool''s table had as applied when the database was taken over: a revision, or a version that none was registered for; no upgrade runs it';
SELECT pg_catalog.pg_extension_config_dump('whisper.tool_claim', '');
