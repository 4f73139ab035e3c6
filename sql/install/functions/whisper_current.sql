CREATE FUNCTION whisper_current(
    OUT tier text, OUT revision text, OUT is_head boolean, OUT message text, OUT applied_at timestamptz)
RETURNS SETOF record LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'whisper_current';
COMMENT ON FUNCTION whisper_current() IS
'Where this database stands: the applied revisions above which nothing is applied.

Result: a row per such revision, in tier and registration order, then one per applied revision that is not registered; is_head tells whether the graph goes no further either.
Errors: WM014 when the pack cannot be read.';
