CREATE FUNCTION whisper_assert(profile text DEFAULT NULL)
RETURNS void LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'whisper_assert';
COMMENT ON FUNCTION whisper_assert(text) IS
'Raise unless whisper_verify finds everything in order: for CI jobs and the start of an application.

Parameters:
  profile: as for whisper_verify.
Result: nothing.
Errors: WM016 listing what is not ok, with the first command that mends it as hint; WM018 for an unknown profile.';
