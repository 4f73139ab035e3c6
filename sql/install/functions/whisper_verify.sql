CREATE FUNCTION whisper_verify(
    profile text DEFAULT NULL,
    OUT check_name text, OUT subject text, OUT ok boolean, OUT detail text, OUT hint text)
RETURNS SETOF record LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'whisper_verify';
COMMENT ON FUNCTION whisper_verify(text) IS
'Check the database against the pack: the registry against the files, every tier at its head, no revision half done, owned and critical tables present, indexes valid, constraints validated, triggers enabled, the verify section of each applied revision, and the pack''s own checks.

Parameters:
  profile: which tiers must be at their head; NULL takes whisper_migrate.profile, else the pack''s default profile.
Result: a row per check; hint is the command that mends what is not ok. Verify sections run read-only in a subtransaction that is rolled back, with no more rights than the role that registered them has, in the search_path that the revision was applied with, and one that fails hides no other.
Errors: WM018 for an unknown profile.';
