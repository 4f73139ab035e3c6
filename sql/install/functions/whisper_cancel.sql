CREATE FUNCTION whisper_cancel()
RETURNS boolean LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'whisper_cancel';
COMMENT ON FUNCTION whisper_cancel() IS
'Ask the deploy that is under way in this database to stop after the statement at work. What is done stays done and recorded; the deploy ends with 57014. It takes effect when the caller''s transaction commits.

Result: whether a deploy was asked.';
REVOKE EXECUTE ON FUNCTION whisper_cancel() FROM PUBLIC;
