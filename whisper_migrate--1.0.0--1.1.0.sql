\echo Use "ALTER EXTENSION whisper_migrate UPDATE" to load this file. \quit

COMMENT ON FUNCTION whisper_upgrade(text, text) IS
'Apply every revision between here and the target, in the caller''s transaction: all of them, or none.

Parameters:
  target: head, heads, base, a revision or a unique prefix of at least 4 characters, +N, REV+N, REV-N, LABEL@head, TIER@head, A:B. The default is the head of every tier of the profile.
  profile: the set of tiers to bring up; NULL takes whisper_migrate.profile, else the pack''s default profile.
Result: a row per step done, in order; none when there is nothing to do.
Errors: WM001, WM002, WM007 to WM010 for a target that cannot be resolved; WM003 to WM006 when the files do not make a graph; WM011 when an applied revision was edited; WM013 when a revision touches a table of another tier; WM014 and 58P01 when the pack cannot be read; WM018 for an unknown profile; WM020 when a statement of a repeatable file was edited that cannot simply run again; 25001 when a step cannot run inside a transaction; otherwise the failing statement''s own error, its context naming tier, revision, file, line and statement number.';

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

COMMENT ON FUNCTION whisper_register(text, text, text) IS
'Register one migration file whose text the client sends, as in: echo "SELECT whisper_register(:''f'')" | psql -v f="$(cat x.sql)"

Parameters:
  content: the file: header comments and sections.
  tier: an existing tier, or a new versioned one; NULL takes the only versioned tier, or creates "main".
  name: the file''s name, from which the id comes when the header has none.
Result: the revision''s id. Registering the same text again changes nothing.
Errors: WM014 for a bad header or section; 42601, 2D000, WM019, 0A000 for SQL that no migration may have; WM003, WM005, WM006, WM010 for an edge or label that does not fit; WM004 when another tier has the revision; WM007 when the header names no down_revision and the tier has several heads; WM011 when the revision is applied with another text; WM017 when there are several versioned tiers and none is named; 22023 when neither the header nor a name gives an id.';

COMMENT ON FUNCTION whisper_load(text) IS
'Bring the registry up to date with a directory of migrations.

Parameters:
  location: a directory on the server, which needs superuser or pg_read_server_files; NULL takes whisper_migrate.script_location.
Result: a row per revision; state is added, changed, unchanged or missing (registered, its file gone).
Errors: 42501 without the right to read server files; 58P01 when the directory does not exist; 22023 when its path is relative; WM014, 42601, 2D000, WM019, 0A000 naming file and line for a file that cannot be understood or run; WM003 to WM006 for a graph that does not hold together.';
