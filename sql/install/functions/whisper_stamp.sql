CREATE FUNCTION whisper_stamp(
    target text, purge boolean DEFAULT false,
    OUT tier text, OUT revision text, OUT action text, OUT message text)
RETURNS SETOF record LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'whisper_stamp';
COMMENT ON FUNCTION whisper_stamp(text, boolean) IS
'Record revisions as applied, or as not applied, without running anything.

Parameters:
  target: a revision or prefix, head, heads, LABEL@head, TIER@head, REV+N, REV-N; several are separated by commas. base forgets every revision. Relative steps start from the revision named, or from the head of the graph, not from where the database stands.
  purge: forget everything else first, revisions that are no longer registered included.
Result: a row per revision whose record changed; action is recorded or forgotten. Records of owned tables that do not exist, and that no applied revision makes, are forgotten with a NOTICE.
Errors: WM001, WM002, WM007, WM009, WM010 for a target that cannot be resolved; 55000 when a revision that an interrupted deploy has done in part stands on one that would be forgotten.';
REVOKE EXECUTE ON FUNCTION whisper_stamp(text, boolean) FROM PUBLIC;
