-- Only while this script runs: what \replace keeps of a function's privileges.
CREATE FUNCTION whisper.remember_grants(name) RETURNS void LANGUAGE C AS 'MODULE_PATHNAME', 'whisper_remember_grants';
CREATE FUNCTION whisper.grant_again(name) RETURNS void LANGUAGE C AS 'MODULE_PATHNAME', 'whisper_grant_again';

DROP FUNCTION whisper.remember_grants(name);
DROP FUNCTION whisper.grant_again(name);
