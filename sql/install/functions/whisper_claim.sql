CREATE FUNCTION whisper_claim(
    "table" regclass, tier text)
RETURNS text LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'whisper_claim';
COMMENT ON FUNCTION whisper_claim(regclass, text) IS
'Hand a table over to another tier, or give one that nobody owns to a tier. No downgrade drops a claimed table.

Parameters:
  table: the table; its owner or a superuser may hand it over.
  tier: the tier that it belongs to from now on.
Result: a line saying from whom to whom. The step is in whisper_log().
Errors: WM017 for an unknown tier; 42501 when the table is somebody else''s; 42809 for what is no table.';
REVOKE EXECUTE ON FUNCTION whisper_claim(regclass, text) FROM PUBLIC;
