-- Only while this script runs: what \replace keeps of a function's privileges.
CREATE FUNCTION whisper.remember_grants(name) RETURNS void LANGUAGE C AS 'MODULE_PATHNAME', 'whisper_remember_grants';
CREATE FUNCTION whisper.grant_again(name) RETURNS void LANGUAGE C AS 'MODULE_PATHNAME', 'whisper_grant_again';

-- What other tools had as applied when a database was taken over.
\include tables/tool_claim.sql
GRANT SELECT ON whisper.tool_claim TO PUBLIC;

DROP FUNCTION whisper.remember_grants(name);
DROP FUNCTION whisper.grant_again(name);
