\echo Use "ALTER EXTENSION whisper_migrate UPDATE" to load this file. \quit

-- Who answers for the text of a revision. What was registered before stays trusted, as files are.
ALTER TABLE whisper.revision ADD COLUMN registered_by name;
COMMENT ON TABLE whisper.revision IS
    'every registered revision; registration order breaks ties; file is null for one registered by a client, file_mtime counts microseconds since 1970; creates are the tables its text names, includes the files it includes; registered_by is the role that answers for the text, null for a file''s';

COMMENT ON FUNCTION whisper_upgrade(text, text) IS
'Apply every revision between here and the target, in the caller''s transaction: all of them, or none.

Parameters:
  target: head, heads, base, a revision or a unique prefix of at least 4 characters, +N, REV+N, REV-N, LABEL@head, TIER@head, A:B. The default is the head of every tier of the profile.
  profile: the set of tiers to bring up; NULL takes whisper_migrate.profile, else the pack''s default profile.
Result: a row per step done, in order; none when there is nothing to do.
Errors: WM001 to WM003, WM007, WM009, WM010 for a target that cannot be resolved; WM011 when an applied revision was edited; WM013 when a revision touches a table of another tier; WM014 and 58P01 when the pack cannot be read; WM018 for an unknown profile; WM020 when a statement of a repeatable file was edited that cannot simply run again; 25001 when a step cannot run inside a transaction; 42501 when a role that may not do what the caller may registered a revision of the plan; otherwise the failing statement''s own error, its context naming tier, revision, file, line and statement number.';

COMMENT ON FUNCTION whisper_register(text, text, text) IS
'Register one migration file whose text the client sends, as in: echo "SELECT whisper_register(:''f'')" | psql -v f="$(cat x.sql)"

Parameters:
  content: the file: header comments and sections.
  tier: an existing tier, or a new versioned one; NULL takes the only versioned tier, or creates "main".
  name: the file''s name, from which the id comes when the header has none.
Result: the revision''s id. Registering the same text again changes nothing, but for who answers for it: it runs for roles that may do no more than the one that registered it, and a caller that may takes it over.
Errors: WM014 for a bad header or section; WM003, WM005, WM006 for an edge or label that does not fit; WM011 when the revision is applied with another text; 22023 when neither the header nor a name gives an id.';

COMMENT ON FUNCTION whisper_verify(text) IS
'Check the database against the pack: the registry against the files, every tier at its head, owned and critical tables present, indexes valid, constraints validated, triggers enabled, the verify section of each applied revision, and the pack''s own checks.

Parameters:
  profile: which tiers must be at their head; NULL takes whisper_migrate.profile, else the pack''s default profile.
Result: a row per check; hint is the command that mends what is not ok. Verify sections run read-only in a subtransaction that is rolled back, with no more rights than the role that registered them has, and one that fails hides no other.
Errors: WM018 for an unknown profile.';
