CREATE FUNCTION whisper_heads(
    OUT tier text, OUT revision text, OUT branch_labels text[], OUT applied boolean, OUT message text)
RETURNS SETOF record LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'whisper_heads';
COMMENT ON FUNCTION whisper_heads() IS
'The heads of the revision graph: revisions that no other one of their tier follows.

Result: a row per head, in tier and registration order.
Errors: WM014 when the pack cannot be read.';
