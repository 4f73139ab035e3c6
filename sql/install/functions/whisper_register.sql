CREATE FUNCTION whisper_register(content text, tier text DEFAULT NULL, name text DEFAULT NULL)
RETURNS text LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'whisper_register';
COMMENT ON FUNCTION whisper_register(text, text, text) IS
'Register one migration file whose text the client sends, as in: echo "SELECT whisper_register(:''f'')" | psql -v f="$(cat x.sql)"

Parameters:
  content: the file: header comments and sections.
  tier: an existing tier, or a new versioned one; NULL takes the only versioned tier, or creates "main".
  name: the file''s name, from which the id comes when the header has none.
Result: the revision''s id. Registering the same text again changes nothing, but for who answers for it: it runs for roles that may do no more than the one that registered it, and a caller that may takes it over.
Errors: WM014 for a bad header or section; 42601, 2D000, WM019, 0A000 for SQL that no migration may have; WM003, WM005, WM006, WM010 for an edge or label that does not fit; WM004 when another tier has the revision; WM007 when the header names no down_revision and the tier has several heads; WM011 when the revision is applied with another text; WM017 when there are several versioned tiers and none is named; 22023 when neither the header nor a name gives an id.';
REVOKE EXECUTE ON FUNCTION whisper_register(text, text, text) FROM PUBLIC;
