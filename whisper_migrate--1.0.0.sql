\echo Use "CREATE EXTENSION whisper_migrate" to load this file. \quit

-- The catalog. Plain CREATE SCHEMA: a schema that somebody else made beforehand is an error, not a trap.
CREATE SCHEMA whisper;
COMMENT ON SCHEMA whisper IS 'catalog of whisper_migrate: everyone may read, only the engine writes';

CREATE TABLE whisper.pack (
    name text PRIMARY KEY,
    location text NOT NULL,
    default_profile text NOT NULL,
    critical_tables text[] NOT NULL,
    loaded_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX pack_single ON whisper.pack ((true));
COMMENT ON TABLE whisper.pack IS 'the pack this database follows: one row, or none before the first load';

CREATE TABLE whisper.tier (
    name text PRIMARY KEY,
    position integer NOT NULL,
    kind text NOT NULL CHECK (kind IN ('versioned', 'repeatable'))
);
COMMENT ON TABLE whisper.tier IS 'the ordered parts of the pack; each owns its tables';

CREATE TABLE whisper.profile (
    name text PRIMARY KEY,
    position integer NOT NULL,
    tiers text[] NOT NULL
);
COMMENT ON TABLE whisper.profile IS 'named sets of tiers';

CREATE TABLE whisper.revision (
    revision text PRIMARY KEY,
    registration bigint NOT NULL UNIQUE,
    tier text NOT NULL,
    down_revisions text[] NOT NULL,
    down_implicit boolean NOT NULL,
    depends_on text[] NOT NULL,
    branch_labels text[] NOT NULL,
    message text NOT NULL,
    rerun text NOT NULL CHECK (rerun IN ('changed', 'always', 'never')),
    up_sql text NOT NULL,
    up_line integer NOT NULL,
    up_transactional boolean NOT NULL,
    down_sql text,
    down_line integer NOT NULL,
    down_transactional boolean NOT NULL,
    verify_sql text,
    verify_line integer NOT NULL,
    checksum bytea NOT NULL,
    file text,
    file_size bigint,
    file_mtime bigint,
    missing boolean NOT NULL
);
COMMENT ON TABLE whisper.revision IS
    'every registered revision; registration order breaks ties; file is null for one registered by a client, file_mtime counts microseconds since 1970';

CREATE TABLE whisper.applied (
    revision text PRIMARY KEY,
    tier text NOT NULL,
    run bigint NOT NULL,
    applied_by name NOT NULL,
    applied_at timestamptz NOT NULL,
    elapsed interval NOT NULL,
    statements integer NOT NULL,
    checksum bytea NOT NULL,
    origin text NOT NULL CHECK (origin IN ('upgrade', 'stamp', 'adopted', 'captured'))
);
COMMENT ON TABLE whisper.applied IS 'one row per revision that this database has';

CREATE TABLE whisper.statement (
    revision text NOT NULL,
    number integer NOT NULL,
    line integer NOT NULL,
    checksum bytea NOT NULL,
    verb text NOT NULL,
    object_type text NOT NULL,
    object_name text NOT NULL,
    rerunnable boolean NOT NULL,
    run bigint NOT NULL,
    PRIMARY KEY (revision, number)
);
COMMENT ON TABLE whisper.statement IS 'what of an applied repeatable file has run, by token checksum';

CREATE SEQUENCE whisper.run_id;
CREATE SEQUENCE whisper.history_id;

CREATE TABLE whisper.history (
    id bigint PRIMARY KEY,
    run bigint NOT NULL,
    step integer NOT NULL,
    direction text NOT NULL,
    tier text,
    revision text NOT NULL,
    executed_by name NOT NULL,
    executed_at timestamptz NOT NULL,
    elapsed interval NOT NULL,
    statements integer NOT NULL,
    checksum bytea,
    message text NOT NULL
);
CREATE INDEX history_revision ON whisper.history (revision);
COMMENT ON TABLE whisper.history IS 'append-only: every step ever, up, down, stamp, forget and repair';

CREATE TABLE whisper.owned_object (
    object_type text NOT NULL,
    object_identity text NOT NULL,
    object_names text[] NOT NULL,
    object_arguments text[] NOT NULL,
    schema_name text,
    object_name text,
    tier text NOT NULL,
    revision text NOT NULL,
    origin text NOT NULL CHECK (origin IN ('created', 'adopted')),
    run bigint NOT NULL,
    ordinal bigint NOT NULL,
    PRIMARY KEY (object_type, object_identity)
);
CREATE INDEX owned_object_revision ON whisper.owned_object (revision);
COMMENT ON TABLE whisper.owned_object IS
    'which tier and revision an object belongs to, recorded from what the revision really created; type and identity as pg_identify_object() gives them, names and arguments as pg_identify_object_as_address() does; ordinal is the order of creation within the run';

SELECT pg_catalog.pg_extension_config_dump('whisper.pack', '');
SELECT pg_catalog.pg_extension_config_dump('whisper.tier', '');
SELECT pg_catalog.pg_extension_config_dump('whisper.profile', '');
SELECT pg_catalog.pg_extension_config_dump('whisper.revision', '');
SELECT pg_catalog.pg_extension_config_dump('whisper.applied', '');
SELECT pg_catalog.pg_extension_config_dump('whisper.statement', '');
SELECT pg_catalog.pg_extension_config_dump('whisper.history', '');
SELECT pg_catalog.pg_extension_config_dump('whisper.owned_object', '');
SELECT pg_catalog.pg_extension_config_dump('whisper.run_id', '');
SELECT pg_catalog.pg_extension_config_dump('whisper.history_id', '');

GRANT USAGE ON SCHEMA whisper TO PUBLIC;
GRANT SELECT ON ALL TABLES IN SCHEMA whisper TO PUBLIC;
GRANT SELECT ON ALL SEQUENCES IN SCHEMA whisper TO PUBLIC;

-- Running

CREATE FUNCTION whisper_upgrade(
    target text DEFAULT 'head', profile text DEFAULT NULL,
    OUT step integer, OUT tier text, OUT revision text, OUT direction text,
    OUT statements integer, OUT elapsed interval, OUT message text)
RETURNS SETOF record LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'whisper_upgrade';
COMMENT ON FUNCTION whisper_upgrade(text, text) IS
'Apply every revision between here and the target, in the caller''s transaction: all of them, or none.

Parameters:
  target: head, heads, base, a revision or a unique prefix of at least 4 characters, +N, REV+N, REV-N, LABEL@head, TIER@head, A:B. The default is the head of every tier of the profile.
  profile: the set of tiers to bring up; NULL takes whisper_migrate.profile, else the pack''s default profile.
Result: a row per step done, in order; none when there is nothing to do.
Errors: WM001 to WM003, WM007, WM009, WM010 for a target that cannot be resolved; WM011 when an applied revision was edited; WM013 when a revision touches a table of another tier; WM018 for an unknown profile; 25001 when a step cannot run inside a transaction; otherwise the failing statement''s own error, its context naming tier, revision, file, line and statement number.';

CREATE FUNCTION whisper_downgrade(
    target text, profile text DEFAULT NULL, allow_data_loss boolean DEFAULT false,
    OUT step integer, OUT tier text, OUT revision text, OUT direction text,
    OUT statements integer, OUT elapsed interval, OUT message text)
RETURNS SETOF record LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'whisper_downgrade';
COMMENT ON FUNCTION whisper_downgrade(text, text, boolean) IS
'Undo every applied revision above the target, in the caller''s transaction: all of them, or none.

Parameters:
  target: base, a revision or prefix, -N, REV-N, LABEL@base, TIER@base, LABEL@-N, A:B; head undoes what is outside the profile and nothing else.
  profile: limits base and -N to the tiers of a profile; NULL means every tier.
  allow_data_loss: drop tables and columns although they hold rows.
Result: a row per step done, in order.
Errors: WM001, WM002, WM007 to WM010 for a target that cannot be resolved; WM011 when an applied revision was edited; WM012 listing tables and columns with their row counts when data would be lost; WM013 when a table would be dropped that the revision did not create; WM015 when a revision has no way down; otherwise the failing statement''s own error.';

CREATE FUNCTION whisper_plan(
    target text DEFAULT 'head', profile text DEFAULT NULL, direction text DEFAULT 'upgrade',
    OUT step integer, OUT tier text, OUT revision text, OUT direction text,
    OUT transactional boolean, OUT message text)
RETURNS SETOF record LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'whisper_plan';
COMMENT ON FUNCTION whisper_plan(text, text, text) IS
'The steps that whisper_upgrade or whisper_downgrade would take from here, without taking them.

Parameters:
  target, profile: as for whisper_upgrade and whisper_downgrade.
  direction: upgrade or downgrade.
Result: a row per step, in order; a step with direction "deferred" is left out until the tier it waits for is brought up, its message says which; transactional is false for a step that cannot run inside a transaction.
Errors: as for a target of whisper_upgrade and whisper_downgrade; 22023 for another direction.';

CREATE FUNCTION whisper_sql(
    target text DEFAULT 'head', profile text DEFAULT NULL, direction text DEFAULT 'upgrade')
RETURNS text LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'whisper_sql';
COMMENT ON FUNCTION whisper_sql(text, text, text) IS
'The plan as one script that psql runs by itself, in one transaction, and that leaves the same schema.

Parameters: as for whisper_plan.
Result: the script. It changes the schema only: whisper_stamp records the revisions afterwards.
Errors: as for whisper_plan; WM015 when a revision on the way has no way down.';

-- Where the database stands

CREATE FUNCTION whisper_current(
    OUT tier text, OUT revision text, OUT is_head boolean, OUT message text, OUT applied_at timestamptz)
RETURNS SETOF record LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'whisper_current';
COMMENT ON FUNCTION whisper_current() IS
'Where this database stands: the applied revisions above which nothing is applied.

Result: a row per such revision, in tier and registration order; is_head tells whether the graph goes no further either.
Errors: WM014 when the pack cannot be read.';

CREATE FUNCTION whisper_heads(
    OUT tier text, OUT revision text, OUT branch_labels text[], OUT applied boolean, OUT message text)
RETURNS SETOF record LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'whisper_heads';
COMMENT ON FUNCTION whisper_heads() IS
'The heads of the revision graph: revisions that no other one of their tier follows.

Result: a row per head, in tier and registration order.
Errors: WM014 when the pack cannot be read.';

CREATE FUNCTION whisper_history(
    OUT tier text, OUT revision text, OUT down_revisions text[], OUT depends_on text[], OUT branch_labels text[],
    OUT is_head boolean, OUT is_branch_point boolean, OUT is_merge_point boolean, OUT applied boolean,
    OUT message text)
RETURNS SETOF record LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'whisper_history';
COMMENT ON FUNCTION whisper_history() IS
'Every registered revision, newest first, tier by tier: the graph as Alembic''s history shows it. For what was done to this database see whisper_log.

Result: a row per revision.
Errors: WM014 when the pack cannot be read.';

CREATE FUNCTION whisper_branches(
    OUT tier text, OUT revision text, OUT children text[], OUT message text)
RETURNS SETOF record LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'whisper_branches';
COMMENT ON FUNCTION whisper_branches() IS
'The branch points of the graph: revisions that several others follow.

Result: a row per branch point with the revisions that follow it.
Errors: WM014 when the pack cannot be read.';

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
Errors: WM001, WM002, WM007 for a target that cannot be resolved.';

CREATE FUNCTION whisper_log(
    OUT run bigint, OUT step integer, OUT direction text, OUT tier text, OUT revision text, OUT executed_by name,
    OUT executed_at timestamptz, OUT elapsed interval, OUT statements integer, OUT checksum bytea, OUT message text)
RETURNS SETOF record LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'whisper_log';
COMMENT ON FUNCTION whisper_log() IS
'The audit trail: every step ever taken in this database, upgrades, downgrades, stamps and repairs, newest first.

Result: a row per step; who, when, how long, how many statements, and the checksum of the text.';

-- Records, authoring and the registry

CREATE FUNCTION whisper_stamp(
    target text, purge boolean DEFAULT false,
    OUT tier text, OUT revision text, OUT action text, OUT message text)
RETURNS SETOF record LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'whisper_stamp';
COMMENT ON FUNCTION whisper_stamp(text, boolean) IS
'Record revisions as applied, or as not applied, without running anything.

Parameters:
  target: as for whisper_upgrade; several are separated by commas. base forgets every revision.
  purge: forget everything else first, revisions that are no longer registered included.
Result: a row per revision whose record changed; action is recorded or forgotten.
Errors: WM001, WM002, WM007, WM010 for a target that cannot be resolved.';

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
  tier: a versioned tier; NULL takes the only one.
  head: the revision it follows: head, a revision, a label; base starts a new root.
  depends_on: revisions, of any tier, that must be applied before it.
  branch_label: a label for the branch it starts.
  revision_id: its id; NULL makes one of 12 hexadecimal digits.
  splice: allow it to follow a revision that is not a head, which starts a branch.
Result: the new revision''s id.
Errors: WM001, WM002, WM007 for a head that cannot be resolved; WM004 for an id that is taken; WM006 for a label that is taken; WM010 when head is not a head and splice is false; WM017 for an unknown tier; 42601 for SQL whose quotes or comments do not end.';

CREATE FUNCTION whisper_merge(revisions text[], message text DEFAULT NULL)
RETURNS text LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'whisper_merge';
COMMENT ON FUNCTION whisper_merge(text[], text) IS
'Register a revision that joins branches: it follows all the revisions given and changes nothing itself.

Parameters:
  revisions: at least two revisions of one tier; ''{heads}'' joins all heads.
  message: one line; NULL says what is merged.
Result: the new revision''s id.
Errors: WM001, WM002 for a revision that cannot be resolved; 22023 for fewer than two.';

CREATE FUNCTION whisper_register(content text, tier text DEFAULT NULL, name text DEFAULT NULL)
RETURNS text LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'whisper_register';
COMMENT ON FUNCTION whisper_register(text, text, text) IS
'Register one migration file whose text the client sends, as psql -v f="$(cat x.sql)" does.

Parameters:
  content: the file: header comments and sections.
  tier: an existing tier, or a new versioned one; NULL takes the only versioned tier, or creates "main".
  name: the file''s name, from which the id comes when the header has none.
Result: the revision''s id. Registering the same text again changes nothing.
Errors: WM014 for a bad header or section; WM003, WM005, WM006 for an edge or label that does not fit; WM011 when the revision is applied with another text; 22023 when neither the header nor a name gives an id.';

CREATE FUNCTION whisper_load(
    location text DEFAULT NULL,
    OUT tier text, OUT revision text, OUT file text, OUT state text)
RETURNS SETOF record LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'whisper_load';
COMMENT ON FUNCTION whisper_load(text) IS
'Bring the registry up to date with a directory of migrations.

Parameters:
  location: a directory on the server, which needs superuser or pg_read_server_files; NULL takes whisper_migrate.script_location.
Result: a row per revision; state is added, changed, unchanged or missing (registered, its file gone).
Errors: 42501 without the right to read server files; 58P01 when the directory does not exist; WM014 naming file and line for a file that cannot be understood; WM003 to WM006 for a graph that does not hold together.';

CREATE FUNCTION whisper_repair(
    INOUT revision text, OUT tier text, OUT action text, OUT detail text)
RETURNS SETOF record LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'whisper_repair';
COMMENT ON FUNCTION whisper_repair(text) IS
'Accept the present text of an applied revision that was edited after it had been applied. Nothing is run.

Parameters:
  revision: an id or a unique prefix.
Result: one row; action is "checksum accepted" or "nothing to repair".
Errors: WM001, WM002 for a revision that cannot be resolved; WM021 when it is not applied.';

-- Checks

CREATE FUNCTION whisper_verify(
    profile text DEFAULT NULL,
    OUT check_name text, OUT subject text, OUT ok boolean, OUT detail text, OUT hint text)
RETURNS SETOF record LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'whisper_verify';
COMMENT ON FUNCTION whisper_verify(text) IS
'Check the database against the pack: the registry against the files, every tier at its head, owned and critical tables present, and the verify section of each applied revision.

Parameters:
  profile: which tiers must be at their head; NULL takes whisper_migrate.profile, else the pack''s default profile.
Result: a row per check; hint is the command that mends what is not ok. Checks run in a subtransaction that is rolled back, and one that fails hides no other.
Errors: WM018 for an unknown profile.';

REVOKE EXECUTE ON FUNCTION whisper_upgrade(text, text) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION whisper_downgrade(text, text, boolean) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION whisper_stamp(text, boolean) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION whisper_revision(text, text, text, text, text, text, text[], text, text, boolean) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION whisper_merge(text[], text) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION whisper_register(text, text, text) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION whisper_load(text) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION whisper_repair(text) FROM PUBLIC;
