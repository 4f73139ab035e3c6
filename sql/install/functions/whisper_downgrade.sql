CREATE FUNCTION whisper_downgrade(
    target text, profile text DEFAULT NULL, allow_data_loss boolean DEFAULT false,
    OUT step integer, OUT tier text, OUT revision text, OUT direction text,
    OUT statements integer, OUT elapsed interval, OUT message text)
RETURNS SETOF record LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'whisper_downgrade';
COMMENT ON FUNCTION whisper_downgrade(text, text, boolean) IS
'Undo every applied revision above the target, in the caller''s transaction: all of them, or none.

Parameters:
  target: base, a revision or prefix, -N, REV-N, LABEL@base, TIER@base, LABEL@-N, A:B; head undoes what is outside the profile and nothing else; run undoes what the last run did, in whatever tiers, and run-N what the last N runs did that something applied is from.
  profile: limits base and -N to the tiers of a profile; NULL means every tier.
  allow_data_loss: drop and truncate tables although they hold rows, and drop columns although they hold values.
Result: a row per step done, in order.
Errors: WM001, WM002, WM007 to WM010 for a target that cannot be resolved, WM010 also for a bare -N whose revisions are in several tiers; WM011 when an applied revision was edited; WM012 listing tables and columns with their row counts when data would be lost; WM013 when a table would be dropped that the revision did not create; WM014 and 58P01 when the pack cannot be read; WM015 when a revision has no way down; WM018 for an unknown profile; 55000 when a revision that an interrupted deploy has done in part stands on one that would be taken back; 25001 when a step cannot run inside a transaction, and 53400 when one transaction would need more locks than the server has room for, both with the CALL of whisper_deploy that can do it as hint; 55006 while a deploy is under way; otherwise the failing statement''s own error.';
REVOKE EXECUTE ON FUNCTION whisper_downgrade(text, text, boolean) FROM PUBLIC;
