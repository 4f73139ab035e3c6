CREATE FUNCTION whisper_upgrade(
    target text DEFAULT 'head', profile text DEFAULT NULL, allow_data_loss boolean DEFAULT false,
    OUT step integer, OUT tier text, OUT revision text, OUT direction text,
    OUT statements integer, OUT elapsed interval, OUT message text)
RETURNS SETOF record LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'whisper_upgrade';
COMMENT ON FUNCTION whisper_upgrade(text, text, boolean) IS
'Apply every revision between here and the target, in the caller''s transaction: all of them, or none.

Parameters:
  target: head, heads, base, a revision or a unique prefix of at least 4 characters, +N, REV+N, REV-N, LABEL@head, TIER@head, A:B. The default is the head of every tier of the profile.
  profile: the set of tiers to bring up; NULL takes whisper_migrate.profile, else the pack''s default profile.
  allow_data_loss: drop and truncate tables although they hold rows, and drop columns although they hold values. A file whose header says "allow_data_loss: true" is allowed to without. Rows that this call has written do not count.
Result: a row per step done, in order; none when there is nothing to do.
Errors: WM001, WM002, WM007 to WM010 for a target that cannot be resolved or that the profile does not have; WM003 to WM006 when the files do not make a graph; WM011 when an applied revision was edited; WM012 listing tables and columns with their row counts when data would be lost; WM013 when a revision touches a table of another tier; WM014 and 58P01 when the pack cannot be read; WM018 for an unknown profile; WM020 when a statement of a repeatable file was edited that cannot simply run again; 25001 when a step cannot run inside a transaction, and 53400 when one transaction would need more locks than the server has room for, both with the CALL of whisper_deploy that can do it as hint; 55006 while a deploy is under way; 42501 when a role that may not do what the caller may registered a revision of the plan; otherwise the failing statement''s own error, its context naming tier, revision, file, line and statement number.';
REVOKE EXECUTE ON FUNCTION whisper_upgrade(text, text, boolean) FROM PUBLIC;
