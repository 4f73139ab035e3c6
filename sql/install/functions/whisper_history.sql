CREATE FUNCTION whisper_history(
    OUT tier text, OUT revision text, OUT down_revisions text[], OUT depends_on text[], OUT branch_labels text[],
    OUT is_head boolean, OUT is_branch_point boolean, OUT is_merge_point boolean, OUT applied boolean,
    OUT message text)
RETURNS SETOF record LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'whisper_history';
COMMENT ON FUNCTION whisper_history() IS
'Every registered revision, newest first, tier by tier: the graph as Alembic''s history shows it. For what was done to this database see whisper_log.

Result: a row per revision.
Errors: WM014 when the pack cannot be read.';
