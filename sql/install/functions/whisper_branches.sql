CREATE FUNCTION whisper_branches(
    OUT tier text, OUT revision text, OUT children text[], OUT message text)
RETURNS SETOF record LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'whisper_branches';
COMMENT ON FUNCTION whisper_branches() IS
'The branch points of the graph: revisions that several others follow.

Result: a row per branch point with the revisions that follow it.
Errors: WM014 when the pack cannot be read.';
