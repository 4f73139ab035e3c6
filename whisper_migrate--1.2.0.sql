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
SELECT pg_catalog.pg_extension_config_dump('whisper.pack', '');

CREATE TABLE whisper.tier (
    name text PRIMARY KEY,
    position integer NOT NULL,
    kind text NOT NULL CHECK (kind IN ('versioned', 'repeatable')),
    format text
);
COMMENT ON TABLE whisper.tier IS 'the ordered parts of the pack; each owns its tables; format is the tool whose files it has, empty for plain ones, null where that is not known';
SELECT pg_catalog.pg_extension_config_dump('whisper.tier', '');

CREATE TABLE whisper.profile (
    name text PRIMARY KEY,
    position integer NOT NULL,
    tiers text[] NOT NULL
);
COMMENT ON TABLE whisper.profile IS 'named sets of tiers';
SELECT pg_catalog.pg_extension_config_dump('whisper.profile', '');

CREATE TABLE whisper.revision (
    revision text PRIMARY KEY,
    registration bigint NOT NULL UNIQUE,
    tier text NOT NULL,
    down_revisions text[] NOT NULL,
    down_implicit boolean NOT NULL,
    depends_on text[] NOT NULL,
    branch_labels text[] NOT NULL,
    message text NOT NULL,
    rerun text NOT NULL CHECK (rerun IN ('changed', 'whole', 'always', 'never')),
    up_sql text NOT NULL,
    up_line integer NOT NULL,
    up_transactional boolean NOT NULL,
    down_sql text,
    down_line integer NOT NULL,
    down_transactional boolean NOT NULL,
    verify_sql text,
    verify_line integer NOT NULL,
    creates text[] NOT NULL,
    checksum bytea NOT NULL,
    file text,
    file_size bigint,
    file_mtime bigint,
    includes text[] NOT NULL,
    missing boolean NOT NULL,
    batch_options text,
    batch_sql text,
    batch_line integer NOT NULL DEFAULT 1,
    lock_count integer NOT NULL DEFAULT 0,
    registered_by name,
    registered_by_oid oid,
    allow_data_loss boolean NOT NULL DEFAULT false,
    placeholders text[] NOT NULL DEFAULT '{}',
    allow_invalid text[] NOT NULL DEFAULT '{}'
);
COMMENT ON TABLE whisper.revision IS
    'every registered revision; registration order breaks ties; file is null for one registered by a client, file_mtime counts microseconds since 1970; creates are the tables its text names, includes the files it includes; lock_count is about how many locks its way up keeps; registered_by is the role that answers for the text, null for a file''s, and counts only as long as its registered_by_oid has that name; placeholders are those that its text had and the values filled in, as name=value; allow_invalid names the constraints, triggers and indexes that it means to leave out of force';
SELECT pg_catalog.pg_extension_config_dump('whisper.revision', '');

CREATE TABLE whisper.section_part (
    revision text NOT NULL,
    section text NOT NULL CHECK (section IN ('up', 'down')),
    part integer NOT NULL,
    content text NOT NULL,
    PRIMARY KEY (revision, section, part)
);
COMMENT ON TABLE whisper.section_part IS
'what follows the first megabyte of a long section, in order';
SELECT pg_catalog.pg_extension_config_dump('whisper.section_part', '');

CREATE TABLE whisper.pack_check (
    name text PRIMARY KEY,
    message text NOT NULL,
    sql text NOT NULL,
    line integer NOT NULL,
    file text NOT NULL,
    file_size bigint NOT NULL,
    file_mtime bigint NOT NULL
);
COMMENT ON TABLE whisper.pack_check IS 'the named read-only checks of the whole pack';
SELECT pg_catalog.pg_extension_config_dump('whisper.pack_check', '');

CREATE TABLE whisper.applied (
    revision text PRIMARY KEY,
    tier text NOT NULL,
    run bigint NOT NULL,
    applied_by name NOT NULL,
    applied_at timestamptz NOT NULL,
    elapsed interval NOT NULL,
    statements integer NOT NULL,
    checksum bytea NOT NULL,
    origin text NOT NULL CHECK (origin IN ('upgrade', 'stamp', 'adopted', 'captured')),
    search_path text,
    applied_by_oid oid
);
COMMENT ON TABLE whisper.applied IS 'one row per revision that this database has; search_path is where its unqualified names were looked up, and so are those of its verify section, as far as whoever verifies trusts applied_by, a role that counts only as long as applied_by_oid has that name';
SELECT pg_catalog.pg_extension_config_dump('whisper.applied', '');

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
SELECT pg_catalog.pg_extension_config_dump('whisper.statement', '');

CREATE TABLE whisper.statement_object (
    revision text NOT NULL,
    number integer NOT NULL,
    change text NOT NULL CHECK (change IN ('created', 'altered')),
    object_type text NOT NULL,
    object_identity text NOT NULL,
    object_names text[] NOT NULL,
    object_arguments text[] NOT NULL,
    schema_name text,
    object_name text
);
CREATE INDEX statement_object_revision ON whisper.statement_object (revision);
COMMENT ON TABLE whisper.statement_object IS
    'what each statement of an applied repeatable file really created and altered (its comments and privileges, too), as far as that is there; kept by names as in whisper.owned_object, so that it outlives dump, restore and pg_upgrade; renames are followed, and what is dropped is no longer in it';
SELECT pg_catalog.pg_extension_config_dump('whisper.statement_object', '');

CREATE SEQUENCE whisper.run_id;
SELECT pg_catalog.pg_extension_config_dump('whisper.run_id', '');

CREATE SEQUENCE whisper.history_id;
SELECT pg_catalog.pg_extension_config_dump('whisper.history_id', '');

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
    message text NOT NULL,
    sqlstate text
);
CREATE INDEX history_revision ON whisper.history (revision);
COMMENT ON TABLE whisper.history IS
    'append-only: every step ever, up, down, stamp, forget, repair, claim, capture and rebuild, and the failures of deploys, which alone have an sqlstate';
SELECT pg_catalog.pg_extension_config_dump('whisper.history', '');

CREATE TABLE whisper.owned_object (
    object_type text NOT NULL,
    object_identity text NOT NULL,
    object_names text[] NOT NULL,
    object_arguments text[] NOT NULL,
    schema_name text,
    object_name text,
    tier text NOT NULL,
    revision text NOT NULL,
    origin text NOT NULL CHECK (origin IN ('created', 'adopted', 'claimed')),
    run bigint NOT NULL,
    ordinal bigint NOT NULL,
    PRIMARY KEY (object_type, object_identity)
);
CREATE INDEX owned_object_revision ON whisper.owned_object (revision);
COMMENT ON TABLE whisper.owned_object IS
    'which tier and revision an object belongs to, recorded from what the revision really created; type and identity as pg_identify_object() gives them, names and arguments as pg_identify_object_as_address() does; ordinal is the order of creation within the run';
SELECT pg_catalog.pg_extension_config_dump('whisper.owned_object', '');

CREATE TABLE whisper.tool_claim (
    revision text PRIMARY KEY,
    tool text NOT NULL,
    source text NOT NULL
);
COMMENT ON TABLE whisper.tool_claim IS
    'what another tool''s table had as applied when the database was taken over: a revision, or a version that none was registered for; no upgrade runs it';
SELECT pg_catalog.pg_extension_config_dump('whisper.tool_claim', '');

CREATE TABLE whisper.deployment (
    run bigint PRIMARY KEY,
    pid integer NOT NULL,
    direction text NOT NULL CHECK (direction IN ('upgrade', 'downgrade')),
    target text NOT NULL,
    profile text,
    steps integer NOT NULL,
    started_by name NOT NULL,
    started_at timestamptz NOT NULL
);
COMMENT ON TABLE whisper.deployment IS
    'the deploy that is under way; one that was broken off by a crash stays until the next one writes it into the history';
SELECT pg_catalog.pg_extension_config_dump('whisper.deployment', '');

CREATE TABLE whisper.unfinished_statement (
    revision text NOT NULL,
    section text NOT NULL CHECK (section IN ('up', 'down', 'batch')),
    number integer NOT NULL,
    checksum bytea NOT NULL,
    state text NOT NULL CHECK (state IN ('started', 'done')),
    run bigint NOT NULL,
    started_at timestamptz NOT NULL,
    finished_at timestamptz,
    last_key text,
    end_key text,
    rows_done bigint,
    rows_total bigint,
    invalid_before oid[],
    PRIMARY KEY (revision, section, number)
);
COMMENT ON TABLE whisper.unfinished_statement IS
    'what has run of revisions that a deploy commits piece by piece and that are not applied yet; number 0 is a whole section; last_key, end_key and rows are those of a batch';
SELECT pg_catalog.pg_extension_config_dump('whisper.unfinished_statement', '');

CREATE TABLE whisper.cancel_request (
    run bigint NOT NULL,
    requested_by name NOT NULL,
    requested_at timestamptz NOT NULL
);
COMMENT ON TABLE whisper.cancel_request IS 'deploys that whisper_cancel() asked to stop';

GRANT USAGE ON SCHEMA whisper TO PUBLIC;
GRANT SELECT ON ALL TABLES IN SCHEMA whisper TO PUBLIC;
GRANT SELECT ON ALL SEQUENCES IN SCHEMA whisper TO PUBLIC;

CREATE TABLE whisper.failure (
    history bigint PRIMARY KEY,
    failed_by oid NOT NULL,
    message text NOT NULL
);
COMMENT ON TABLE whisper.failure IS
    'what the server said when a step of a deploy failed, by whisper.history.id: such a message may hold values of rows, so that whisper_log() shows it to the role failed_by alone, to whoever has its rights, and to pg_read_all_stats; not in dumps';

CREATE FUNCTION whisper_upgrade(
    target text DEFAULT 'head', profile text DEFAULT NULL, allow_data_loss boolean DEFAULT false,
    OUT step integer, OUT tier text, OUT revision text, OUT direction text,
    OUT statements integer, OUT elapsed interval, OUT message text)
RETURNS SETOF record LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'whisper_upgrade';
COMMENT ON FUNCTION whisper_upgrade(text, text, boolean) IS
'Apply every revision between here and the target, in the caller''s transaction: all of them, or none.

Parameters:
  target: head, heads, base, a revision or a unique prefix of at least 4 characters, +N, REV+N, REV-N, LABEL@head, TIER@head, A:B. The default is the head of every tier of the profile.
  profile: the set of tiers to bring up; NULL takes whisper_migrate.profile, else the pack''s default profile.
  allow_data_loss: drop and truncate tables although they hold rows, and drop columns although they hold values. A file whose header says "allow_data_loss: true" is allowed to without. Rows that this call has written do not count.
Result: a row per step done, in order; none when there is nothing to do.
Errors: WM001, WM002, WM007 to WM010 for a target that cannot be resolved or that the profile does not have; WM003 to WM006 when the files do not make a graph; WM011 when an applied revision was edited; WM012 listing tables and columns with their row counts when data would be lost; WM013 when a revision touches a table of another tier; WM014 and 58P01 when the pack cannot be read; WM018 for an unknown profile; WM020 when a statement of a repeatable file was edited that cannot simply run again; 25001 when a step cannot run inside a transaction, and 53400 when one transaction would need more locks than the server has room for, both with the CALL of whisper_deploy that can do it as hint; 55006 while a deploy is under way; 42501 when a role that may not do what the caller may registered a revision of the plan; otherwise the failing statement''s own error, its context naming tier, revision, file, line and statement number.';
REVOKE EXECUTE ON FUNCTION whisper_upgrade(text, text, boolean) FROM PUBLIC;

CREATE FUNCTION whisper_downgrade(
    target text, profile text DEFAULT NULL, allow_data_loss boolean DEFAULT false,
    OUT step integer, OUT tier text, OUT revision text, OUT direction text,
    OUT statements integer, OUT elapsed interval, OUT message text)
RETURNS SETOF record LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'whisper_downgrade';
COMMENT ON FUNCTION whisper_downgrade(text, text, boolean) IS
'Undo every applied revision above the target, in the caller''s transaction: all of them, or none.

Parameters:
  target: base, a revision or prefix, -N, REV-N, LABEL@base, TIER@base, LABEL@-N, A:B; head undoes what is outside the profile and nothing else; run undoes what the last run did, in whatever tiers, and run-N what the last N runs did that something applied is from.
  profile: limits base and -N to the tiers of a profile; NULL means every tier.
  allow_data_loss: drop and truncate tables although they hold rows, and drop columns although they hold values.
Result: a row per step done, in order.
Errors: WM001, WM002, WM007 to WM010 for a target that cannot be resolved, WM010 also for a bare -N whose revisions are in several tiers; WM011 when an applied revision was edited; WM012 listing tables and columns with their row counts when data would be lost; WM013 when a table would be dropped that the revision did not create; WM014 and 58P01 when the pack cannot be read; WM015 when a revision has no way down; WM018 for an unknown profile; 55000 when a revision that an interrupted deploy has done in part stands on one that would be taken back; 25001 when a step cannot run inside a transaction, and 53400 when one transaction would need more locks than the server has room for, both with the CALL of whisper_deploy that can do it as hint; 55006 while a deploy is under way; otherwise the failing statement''s own error.';
REVOKE EXECUTE ON FUNCTION whisper_downgrade(text, text, boolean) FROM PUBLIC;

CREATE PROCEDURE whisper_deploy(
    target text DEFAULT 'head', profile text DEFAULT NULL, lock_timeout interval DEFAULT '500 ms',
    max_wait interval DEFAULT '10 min', direction text DEFAULT 'upgrade', allow_data_loss boolean DEFAULT false)
LANGUAGE C AS 'MODULE_PATHNAME', 'whisper_deploy';
COMMENT ON PROCEDURE whisper_deploy(text, text, interval, interval, text, boolean) IS
'Migrate a database that is in use: a transaction for each revision, no lock waited for longer than lock_timeout, and statements that cannot run inside a transaction. What is done stays done; after an error, a cancel or a crash the same CALL goes on from there.

Parameters:
  target, profile: as for whisper_upgrade and whisper_downgrade.
  lock_timeout: how long the statements of a revision may wait for locks, with the application waiting behind them; the revision is then rolled back and tried again after a pause. CONCURRENTLY''s waits for other transactions are not meant: nobody queues behind those.
  max_wait: how long a revision may be tried, and CONCURRENTLY or another migration be waited for.
  direction: upgrade or downgrade.
  allow_data_loss: drop and truncate tables although they hold rows, and drop columns although they hold values. Only rows that the same transaction of an upgrade has written do not count.
Result: a NOTICE per step; whisper_progress() tells other sessions more, whisper_log() has the steps and the failures.
Errors: 25001 inside a transaction block; 25006 in a read-only session; 55P03 naming who is in the way when max_wait is over; 57014 after whisper_cancel(); 53000 when no background worker is free; 53400 when a revision creates more than the lock table can hold; WM011 when a half applied revision was edited; 22023 for an interval that is not positive; otherwise as whisper_upgrade and whisper_downgrade.';
REVOKE EXECUTE ON PROCEDURE whisper_deploy(text, text, interval, interval, text, boolean) FROM PUBLIC;

CREATE FUNCTION whisper_progress(
    OUT run bigint, OUT pid integer, OUT direction text, OUT step integer, OUT steps integer, OUT tier text,
    OUT revision text, OUT statement integer, OUT statements integer, OUT phase text, OUT done bigint, OUT total bigint,
    OUT unit text, OUT started timestamptz, OUT waiting_for integer[], OUT estimated_end timestamptz)
RETURNS SETOF record LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'whisper_progress';
COMMENT ON FUNCTION whisper_progress() IS
'How far the migration is that another session is running in this database.

Result: a row while one is under way, none otherwise. run is null for whisper_upgrade and the like, whose records nobody sees before they commit; statement is the one at work of the revision''s statements, where it is known; phase is what an index build is doing, or "batch"; done and total count blocks or rows, as unit says; started is when the statement at work began, else the step or run; waiting_for are the processes that hold the locks it waits for; estimated_end is that of the statement at work.';

CREATE FUNCTION whisper_cancel()
RETURNS boolean LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'whisper_cancel';
COMMENT ON FUNCTION whisper_cancel() IS
'Ask the deploy that is under way in this database to stop after the statement at work. What is done stays done and recorded; the deploy ends with 57014. It takes effect when the caller''s transaction commits.

Result: whether a deploy was asked.';
REVOKE EXECUTE ON FUNCTION whisper_cancel() FROM PUBLIC;

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
'The plan as one script that psql runs by itself, in one transaction but for the steps that cannot run inside one, and that leaves the same schema.

Parameters: as for whisper_plan.
Result: the script. It changes the schema only: whisper_stamp records the revisions afterwards. On the way down it drops tables whether they hold rows or not.
Errors: as for whisper_plan; WM015 when a revision on the way has no way down; WM020 when a statement of a repeatable file was edited that cannot simply run again.';

CREATE FUNCTION whisper_current(
    OUT tier text, OUT revision text, OUT is_head boolean, OUT message text, OUT applied_at timestamptz)
RETURNS SETOF record LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'whisper_current';
COMMENT ON FUNCTION whisper_current() IS
'Where this database stands: the applied revisions above which nothing is applied.

Result: a row per such revision, in tier and registration order, then one per applied revision that is not registered; is_head tells whether the graph goes no further either.
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
Errors: WM001, WM002, WM007 to WM010 for a target that cannot be resolved.';

CREATE FUNCTION whisper_log(
    OUT run bigint, OUT step integer, OUT direction text, OUT tier text, OUT revision text, OUT executed_by name,
    OUT executed_at timestamptz, OUT elapsed interval, OUT statements integer, OUT checksum bytea, OUT message text,
    OUT sqlstate text)
RETURNS SETOF record LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'whisper_log';
COMMENT ON FUNCTION whisper_log() IS
'The audit trail: every step ever taken in this database, upgrades, downgrades, stamps and repairs, newest first; also the failures of deploys (direction "failed"), while those of whisper_upgrade leave nothing behind.

Result: a row per step; who, when, how long, how many statements, and the checksum of the text; of a failure its SQLSTATE and, as message, the server''s, for who ran the deploy and members of pg_read_all_stats.';

CREATE FUNCTION whisper_status(
    OUT tier text, OUT kind text, OUT current text, OUT head text, OUT applied integer, OUT pending integer,
    OUT deferred integer, OUT changed integer, OUT tables_expected integer, OUT tables_present integer, OUT state text)
RETURNS SETOF record LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'whisper_status';
COMMENT ON FUNCTION whisper_status() IS
'Where every tier stands, measured by the profile in force.

Result: a row per tier: its kind, current and head revisions (of a repeatable tier the last file), how many revisions are applied, pending, deferred (they wait for a tier outside the profile) and changed since they were applied, how many tables it owns and how many of those exist; state is "at head" (of what the profile lets in), "pending", "changed", "damaged" (tables are gone) or "not in profile".
Errors: WM018 when whisper_migrate.profile names no profile.';

CREATE FUNCTION whisper_tables(
    OUT schema_name text, OUT table_name text, OUT tier text, OUT revision text, OUT origin text, OUT critical boolean,
    OUT present boolean, OUT rows_estimate bigint)
RETURNS SETOF record LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'whisper_tables';
COMMENT ON FUNCTION whisper_tables() IS
'Whose table is it: every owned table with its tier and the revision that created it.

Result: a row per table, in tier order; origin is created, adopted or claimed; critical as the pack has it; rows_estimate is the planner''s or the statistics collector''s, null when neither knows.';

CREATE FUNCTION whisper_stamp(
    target text, purge boolean DEFAULT false,
    OUT tier text, OUT revision text, OUT action text, OUT message text)
RETURNS SETOF record LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'whisper_stamp';
COMMENT ON FUNCTION whisper_stamp(text, boolean) IS
'Record revisions as applied, or as not applied, without running anything.

Parameters:
  target: a revision or prefix, head, heads, LABEL@head, TIER@head, REV+N, REV-N; several are separated by commas. base forgets every revision. Relative steps start from the revision named, or from the head of the graph, not from where the database stands.
  purge: forget everything else first, revisions that are no longer registered included.
Result: a row per revision whose record changed; action is recorded or forgotten. Records of owned tables that do not exist, and that no applied revision makes, are forgotten with a NOTICE.
Errors: WM001, WM002, WM007, WM009, WM010 for a target that cannot be resolved; 55000 when a revision that an interrupted deploy has done in part stands on one that would be forgotten.';
REVOKE EXECUTE ON FUNCTION whisper_stamp(text, boolean) FROM PUBLIC;

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

CREATE FUNCTION whisper_merge(revisions text[], message text DEFAULT NULL)
RETURNS text LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'whisper_merge';
COMMENT ON FUNCTION whisper_merge(text[], text) IS
'Register a revision that joins branches: it follows all the revisions given and changes nothing itself.

Parameters:
  revisions: at least two revisions of one tier; ''{heads}'' joins all heads.
  message: one line; NULL says what is merged.
Result: the new revision''s id.
Errors: WM001, WM002 for a revision that cannot be resolved; 22023 for fewer than two.';
REVOKE EXECUTE ON FUNCTION whisper_merge(text[], text) FROM PUBLIC;

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

CREATE FUNCTION whisper_load(
    location text DEFAULT NULL,
    OUT tier text, OUT revision text, OUT file text, OUT state text)
RETURNS SETOF record LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'whisper_load';
COMMENT ON FUNCTION whisper_load(text) IS
'Bring the registry up to date with a directory of migrations.

Parameters:
  location: a directory on the server, which needs superuser or pg_read_server_files; NULL takes whisper_migrate.script_location.
Result: a row per revision; state is added, changed, unchanged, missing (its file is gone, and its text kept, for it has run) or removed (its file is gone, and it is forgotten, for it has not).
Errors: 42501 without the right to read server files; 58P01 when the directory does not exist; 22023 when its path is relative; WM014, 42601, 2D000, WM019, 0A000 naming file and line for a file that cannot be understood or run; WM003 to WM006 for a graph that does not hold together.';
REVOKE EXECUTE ON FUNCTION whisper_load(text) FROM PUBLIC;

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

CREATE FUNCTION whisper_adopt(
    profile text DEFAULT NULL, apply boolean DEFAULT false, accept_differences boolean DEFAULT false,
    OUT tier text, OUT revision text, OUT verdict text, OUT evidence text, OUT differences text)
RETURNS SETOF record LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'whisper_adopt';
COMMENT ON FUNCTION whisper_adopt(text, boolean, boolean) IS
'Look at an existing database, say which revisions it has, and take it over. What each revision would create is learned by running the profile where it leaves no trace; other tools'' records (alembic_version, schema_migrations, flyway_schema_history, Sqitch) are evidence, the catalogs decide.

Parameters:
  profile: the tiers to look for; NULL takes whisper_migrate.profile, else the pack''s default profile.
  apply: record what is present as applied and owned (origin adopted), and of what is partial the statements that are done. No downgrade drops an adopted table. whisper_upgrade then creates exactly what is missing.
  accept_differences: with apply, record as applied what is there in another shape, too.
Result: a row per revision; verdict is present, different (there, but with the differences listed), partial, absent, or applied (recorded before); a row with verdict unknown for each version that another tool names and nobody registered. A revision that only writes rows is present when a later one is or another tool says so, else absent. A function with another body is listed in differences and makes no verdict.
Errors: WM018 for an unknown profile; WM022 when the pack does not run in empty schemas, or the caller may not rename the schemas; WM023 listing the differences when apply meets some and accept_differences is false; 55000 with apply when an interrupted deploy has done a part of a revision.';
REVOKE EXECUTE ON FUNCTION whisper_adopt(text, boolean, boolean) FROM PUBLIC;

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

CREATE FUNCTION whisper_rebuild(
    profile text DEFAULT NULL, confirm text DEFAULT NULL,
    OUT step integer, OUT tier text, OUT revision text, OUT direction text,
    OUT statements integer, OUT elapsed interval, OUT message text)
RETURNS SETOF record LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'whisper_rebuild';
COMMENT ON FUNCTION whisper_rebuild(text, text) IS
'Emergency recovery: drop everything that the revisions created or adopted, and bring the profile up again, in one transaction. All rows of those tables are lost; claimed tables stay.

Parameters:
  profile: what to bring up; NULL takes whisper_migrate.profile, else the pack''s default profile.
  confirm: the name of this database; without it nothing is done.
Result: a row per step.
Errors: WM012 listing the rows that would be lost, when confirm is not the database''s name; 2BP01 when an object outside the pack depends on one of its own; 55000 when an interrupted deploy has done a part of a revision; otherwise as whisper_upgrade.';
REVOKE EXECUTE ON FUNCTION whisper_rebuild(text, text) FROM PUBLIC;

CREATE FUNCTION whisper_capture_begin(tier text DEFAULT NULL)
RETURNS void LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'whisper_capture_begin';
COMMENT ON FUNCTION whisper_capture_begin(text) IS
'Record the DDL that this session runs from now on, to make it a revision with whisper_capture_end. It ends with the session; what is rolled back is not in it, and a capture begun in a transaction that is rolled back has not begun. Temporary objects and changes to rows are left out.

Parameters:
  tier: the tier that the revision will be in; NULL takes the only versioned one.
Result: nothing.
Errors: 55000 when a capture is open already; WM007 when the tier has several heads; WM017 for an unknown tier; WM021 when the head that the revision would follow is not applied.';
REVOKE EXECUTE ON FUNCTION whisper_capture_begin(text) FROM PUBLIC;

CREATE FUNCTION whisper_capture_end(message text, revision_id text DEFAULT NULL, branch_label text DEFAULT NULL)
RETURNS text LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'whisper_capture_end';
COMMENT ON FUNCTION whisper_capture_end(text, text, text) IS
'Make a revision of the DDL that was recorded. It follows the head of its tier and counts as applied in this database, what it created as its own. The way up is the SQL as typed. The way down is derived, in reverse order, where every statement has one; otherwise the revision is irreversible, and the way up begins with a comment that says why.

Parameters:
  message: one line saying what it does.
  revision_id: its id; NULL makes one of 12 hexadecimal digits.
  branch_label: a label for the branch it starts.
Result: the new revision''s id; whisper_export gives its file.
Errors: 55000 when no capture is open; 22023 when nothing was recorded; WM004 for an id that is taken; WM006 for a label that is taken; WM007, WM021 as for whisper_capture_begin; WM013 when it changed a table of another tier. The capture stays open after an error.';
REVOKE EXECUTE ON FUNCTION whisper_capture_end(text, text, text) FROM PUBLIC;

CREATE FUNCTION whisper_capture_abort()
RETURNS void LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'whisper_capture_abort';
COMMENT ON FUNCTION whisper_capture_abort() IS
'Forget the DDL recorded since whisper_capture_begin. What it did to the database stays.

Result: nothing.
Errors: 55000 when no capture is open.';
REVOKE EXECUTE ON FUNCTION whisper_capture_abort() FROM PUBLIC;

CREATE FUNCTION whisper_export(revision text)
RETURNS text LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'whisper_export';
COMMENT ON FUNCTION whisper_export(text) IS
'The file of a registered revision, to be committed: header and sections.

Parameters:
  revision: an id, a unique prefix, a label, head, TIER@head, …
Result: the text. Files that the original included are in it.
Errors: WM001, WM002, WM007 for a target that cannot be resolved; WM010 for one that names several revisions or none; WM019 for text of an older version in which psql would run or fill in something.';

CREATE FUNCTION whisper_verify(
    profile text DEFAULT NULL,
    OUT check_name text, OUT subject text, OUT ok boolean, OUT detail text, OUT hint text)
RETURNS SETOF record LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'whisper_verify';
COMMENT ON FUNCTION whisper_verify(text) IS
'Check the database against the pack: the registry against the files, every tier at its head, no revision half done, owned and critical tables present, indexes valid, constraints validated, triggers enabled, the verify section of each applied revision, and the pack''s own checks.

Parameters:
  profile: which tiers must be at their head; NULL takes whisper_migrate.profile, else the pack''s default profile.
Result: a row per check; hint is the command that mends what is not ok. Verify sections run read-only in a subtransaction that is rolled back, with no more rights than the role that registered them has, in the search_path that the revision was applied with, and one that fails hides no other.
Errors: WM018 for an unknown profile.';

CREATE FUNCTION whisper_assert(profile text DEFAULT NULL)
RETURNS void LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'whisper_assert';
COMMENT ON FUNCTION whisper_assert(text) IS
'Raise unless whisper_verify finds everything in order: for CI jobs and the start of an application.

Parameters:
  profile: as for whisper_verify.
Result: nothing.
Errors: WM016 listing what is not ok, with the first command that mends it as hint; WM018 for an unknown profile.';
