CREATE FUNCTION whisper_export(revision text)
RETURNS text LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'whisper_export';
COMMENT ON FUNCTION whisper_export(text) IS
'The file of a registered revision, to be committed: header and sections.

Parameters:
  revision: an id, a unique prefix, a label, head, TIER@head, …
Result: the text. Files that the original included are in it.
Errors: WM001, WM002, WM007 for a target that cannot be resolved; WM010 for one that names several revisions or none; WM019 for text of an older version in which psql would run or fill in something.';
