CREATE FUNCTION whisper_capture_begin(tier text DEFAULT NULL)
RETURNS void LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'whisper_capture_begin';
COMMENT ON FUNCTION whisper_capture_begin(text) IS
'Record the DDL that this session runs from now on, to make it a revision with whisper_capture_end. It ends with the session; what is rolled back is not in it, and a capture begun in a transaction that is rolled back has not begun. Temporary objects and changes to rows are left out.

Parameters:
  tier: the tier that the revision will be in; NULL takes the only versioned one.
Result: nothing.
Errors: 55000 when a capture is open already; WM007 when the tier has several heads; WM017 for an unknown tier; WM021 when the head that the revision would follow is not applied.';
REVOKE EXECUTE ON FUNCTION whisper_capture_begin(text) FROM PUBLIC;
