CREATE FUNCTION whisper_rebuild(
    profile text DEFAULT NULL, confirm text DEFAULT NULL,
    OUT step integer, OUT tier text, OUT revision text, OUT direction text,
    OUT statements integer, OUT elapsed interval, OUT message text)
RETURNS SETOF record LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'whisper_rebuild';
COMMENT ON FUNCTION whisper_rebuild(text, text) IS
'Emergency recovery: drop everything that the revisions created or adopted, and bring the profile up again, in one transaction. All rows of those tables are lost; claimed tables stay.

Parameters:
  profile: what to bring up; NULL takes whisper_migrate.profile, else the pack''s default profile.
  confirm: the name of this database; without it nothing is done.
Result: a row per step.
Errors: WM012 listing the rows that would be lost, when confirm is not the database''s name; 2BP01 when an object outside the pack depends on one of its own; 55000 when an interrupted deploy has done a part of a revision; otherwise as whisper_upgrade.';
REVOKE EXECUTE ON FUNCTION whisper_rebuild(text, text) FROM PUBLIC;
