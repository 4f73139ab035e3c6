CREATE FUNCTION whisper_capture_end(message text, revision_id text DEFAULT NULL, branch_label text DEFAULT NULL)
RETURNS text LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'whisper_capture_end';
COMMENT ON FUNCTION whisper_capture_end(text, text, text) IS
'Make a revision of the DDL that was recorded. It follows the head of its tier and counts as applied in this database, what it created as its own. The way up is the SQL as typed. The way down is derived, in reverse order, where every statement has one; otherwise the revision is irreversible, and the way up begins with a comment that says why.

Parameters:
  message: one line saying what it does.
  revision_id: its id; NULL makes one of 12 hexadecimal digits.
  branch_label: a label for the branch it starts.
Result: the new revision''s id; whisper_export gives its file.
Errors: 55000 when no capture is open; 22023 when nothing was recorded; WM004 for an id that is taken; WM006 for a label that is taken; WM007, WM021 as for whisper_capture_begin; WM013 when it changed a table of another tier. The capture stays open after an error.';
REVOKE EXECUTE ON FUNCTION whisper_capture_end(text, text, text) FROM PUBLIC;
