CREATE FUNCTION whisper_capture_abort()
RETURNS void LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'whisper_capture_abort';
COMMENT ON FUNCTION whisper_capture_abort() IS
'Forget the DDL recorded since whisper_capture_begin. What it did to the database stays.

Result: nothing.
Errors: 55000 when no capture is open.';
REVOKE EXECUTE ON FUNCTION whisper_capture_abort() FROM PUBLIC;
