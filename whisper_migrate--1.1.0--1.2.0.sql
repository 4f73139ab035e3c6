\echo Use "ALTER EXTENSION whisper_migrate UPDATE" to load this file. \quit

-- Only while this script runs: what \replace keeps of a function's privileges.
CREATE FUNCTION whisper.remember_grants(name) RETURNS void LANGUAGE C AS 'MODULE_PATHNAME', 'whisper_remember_grants';
CREATE FUNCTION whisper.grant_again(name) RETURNS void LANGUAGE C AS 'MODULE_PATHNAME', 'whisper_grant_again';

-- What other tools had as applied when a database was taken over.
CREATE TABLE whisper.tool_claim (
    revision text PRIMARY KEY,
    tool text NOT NULL,
    source text NOT NULL
);
COMMENT ON TABLE whisper.tool_claim IS
    'what another tool''s table had as applied when the database was taken over: a revision, or a version that none was registered for; no upgrade runs it';
SELECT pg_catalog.pg_extension_config_dump('whisper.tool_claim', '');
GRANT SELECT ON whisper.tool_claim TO PUBLIC;

DROP FUNCTION whisper.remember_grants(name);
DROP FUNCTION whisper.grant_again(name);
