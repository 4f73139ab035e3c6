CREATE FUNCTION whisper_revision(
    message text, up text DEFAULT '', down text DEFAULT NULL, verify text DEFAULT NULL, tier text DEFAULT NULL,
    head text DEFAULT 'head', depends_on text[] DEFAULT NULL, branch_label text DEFAULT NULL,
    revision_id text DEFAULT NULL, splice boolean DEFAULT false)
RETURNS text LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'whisper_revision';
COMMENT ON FUNCTION whisper_revision(text, text, text, text, text, text, text[], text, text, boolean) IS
'Register a new revision, written in SQL right here.

Parameters:
  message: one line saying what it does.
  up, down, verify: its sections; a NULL down makes it irreversible, '''' makes it one that has nothing to undo.
  tier: a tier; NULL takes the only versioned one, or creates "main" where there is none.
  head: the revision it follows: head, a revision, a label; base starts a new root.
  depends_on: revisions, of any tier, that must be applied before it.
  branch_label: a label for the branch it starts.
  revision_id: its id; NULL makes one of 12 hexadecimal digits.
  splice: allow it to follow a revision that is not a head, which starts a branch.
Result: the new revision''s id.
Errors: WM001, WM002, WM007 for a head that cannot be resolved; WM003 for a dependency that does not exist; WM004 for an id that is taken; WM006 for a label that is taken; WM010 when head is not a head and splice is false; WM017 for an unknown tier; 22023 for an id or label that is not a valid name; 42601, 2D000, WM019, 0A000 for SQL that no migration may have: quotes or comments that do not end, transaction control, commands and variables of psql, strings with standard_conforming_strings off.';
REVOKE EXECUTE ON FUNCTION whisper_revision(text, text, text, text, text, text, text[], text, text, boolean) FROM PUBLIC;
