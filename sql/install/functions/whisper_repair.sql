CREATE FUNCTION whisper_repair(
    INOUT revision text, OUT tier text, OUT action text, OUT detail text)
RETURNS SETOF record LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'whisper_repair';
COMMENT ON FUNCTION whisper_repair(text) IS
'Mend an applied revision: accept its present text where it was edited after it had been applied, and bring back what it created and somebody dropped since, by running again the statements that made it. Rows do not come back. Of a revision that an interrupted deploy left half done, forget what has run, so that the next one begins it anew.

Parameters:
  revision: an id or a unique prefix.
Result: a row per thing done; action is "checksum accepted", "restored", "begun anew" or "nothing to repair".
Errors: WM001, WM002 for a revision that cannot be resolved; WM021 when it is not applied; WM015 when an object cannot be brought back; WM012 when its statements would lose rows, WM013 when they touch what another tier has; otherwise the failing statement''s own error.';
REVOKE EXECUTE ON FUNCTION whisper_repair(text) FROM PUBLIC;
