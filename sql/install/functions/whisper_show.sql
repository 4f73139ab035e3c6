CREATE FUNCTION whisper_show(
    INOUT revision text, OUT tier text, OUT down_revisions text[], OUT depends_on text[], OUT branch_labels text[],
    OUT message text, OUT file text, OUT checksum bytea, OUT applied boolean, OUT applied_at timestamptz,
    OUT applied_by name, OUT up_sql text, OUT down_sql text, OUT verify_sql text)
RETURNS SETOF record LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'whisper_show';
COMMENT ON FUNCTION whisper_show(text) IS
'Everything known of a revision.

Parameters:
  revision: an id, a unique prefix, a label, head, TIER@head, …
Result: a row per revision that the target names.
Errors: WM001, WM002, WM007 to WM010 for a target that cannot be resolved.';
