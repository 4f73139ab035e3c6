CREATE FUNCTION whisper_merge(revisions text[], message text DEFAULT NULL)
RETURNS text LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'whisper_merge';
COMMENT ON FUNCTION whisper_merge(text[], text) IS
'Register a revision that joins branches: it follows all the revisions given and changes nothing itself.

Parameters:
  revisions: at least two revisions of one tier; ''{heads}'' joins all heads.
  message: one line; NULL says what is merged.
Result: the new revision''s id.
Errors: WM001, WM002 for a revision that cannot be resolved; 22023 for fewer than two.';
REVOKE EXECUTE ON FUNCTION whisper_merge(text[], text) FROM PUBLIC;
