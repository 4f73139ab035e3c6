\echo Use "ALTER EXTENSION whisper_migrate UPDATE" to load this file. \quit

-- Only while this script runs: what \replace keeps of a function's privileges.
CREATE FUNCTION whisper.remember_grants(name) RETURNS void LANGUAGE C AS 'MODULE_PATHNAME', 'whisper_remember_grants';
CREATE FUNCTION whisper.grant_again(name) RETURNS void LANGUAGE C AS 'MODULE_PATHNAME', 'whisper_grant_again';

ALTER TABLE whisper.tier ADD COLUMN format text;
COMMENT ON TABLE whisper.tier IS 'the ordered parts of the pack; each owns its tables; format is the tool whose files it has, empty for plain ones, null where that is not known';
ALTER TABLE whisper.revision
    ADD COLUMN registered_by_oid oid,
    ADD COLUMN allow_data_loss boolean NOT NULL DEFAULT false,
    ADD COLUMN placeholders text[] NOT NULL DEFAULT '{}',
    ADD COLUMN allow_invalid text[] NOT NULL DEFAULT '{}';
UPDATE whisper.revision SET registered_by_oid = (SELECT r.oid FROM pg_catalog.pg_roles AS r WHERE r.rolname = registered_by);
COMMENT ON TABLE whisper.revision IS
    'every registered revision; registration order breaks ties; file is null for one registered by a client, file_mtime counts microseconds since 1970; creates are the tables its text names, includes the files it includes; lock_count is about how many locks its way up keeps; registered_by is the role that answers for the text, null for a file''s, and counts only as long as its registered_by_oid has that name; placeholders are those that its text had and the values filled in, as name=value; allow_invalid names the constraints, triggers and indexes that it means to leave out of force';
ALTER TABLE whisper.applied ADD COLUMN search_path text, ADD COLUMN applied_by_oid oid;
COMMENT ON TABLE whisper.applied IS 'one row per revision that this database has; search_path is where its unqualified names were looked up, and so are those of its verify section, as far as whoever verifies trusts applied_by, a role that counts only as long as applied_by_oid has that name';
SELECT whisper.remember_grants('whisper_upgrade');
DROP FUNCTION whisper_upgrade;
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
SELECT whisper.grant_again('whisper_upgrade');
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
COMMENT ON FUNCTION whisper_downgrade(text, text, boolean) IS
'Undo every applied revision above the target, in the caller''s transaction: all of them, or none.

Parameters:
  target: base, a revision or prefix, -N, REV-N, LABEL@base, TIER@base, LABEL@-N, A:B; head undoes what is outside the profile and nothing else; run undoes what the last run did, in whatever tiers, and run-N what the last N runs did that something applied is from.
  profile: limits base and -N to the tiers of a profile; NULL means every tier.
  allow_data_loss: drop and truncate tables although they hold rows, and drop columns although they hold values.
Result: a row per step done, in order.
Errors: WM001, WM002, WM007 to WM010 for a target that cannot be resolved, WM010 also for a bare -N whose revisions are in several tiers; WM011 when an applied revision was edited; WM012 listing tables and columns with their row counts when data would be lost; WM013 when a table would be dropped that the revision did not create; WM014 and 58P01 when the pack cannot be read; WM015 when a revision has no way down; WM018 for an unknown profile; 55000 when a revision that an interrupted deploy has done in part stands on one that would be taken back; 25001 when a step cannot run inside a transaction, and 53400 when one transaction would need more locks than the server has room for, both with the CALL of whisper_deploy that can do it as hint; 55006 while a deploy is under way; otherwise the failing statement''s own error.';
COMMENT ON FUNCTION whisper_repair(text) IS
'Mend an applied revision: accept its present text where it was edited after it had been applied, and bring back what it created and somebody dropped since, by running again the statements that made it. Rows do not come back. Of a revision that an interrupted deploy left half done, forget what has run, so that the next one begins it anew.

Parameters:
  revision: an id or a unique prefix.
Result: a row per thing done; action is "checksum accepted", "restored", "begun anew" or "nothing to repair".
Errors: WM001, WM002 for a revision that cannot be resolved; WM021 when it is not applied; WM015 when an object cannot be brought back; WM012 when its statements would lose rows, WM013 when they touch what another tier has; otherwise the failing statement''s own error.';
-- What other tools had as applied when a database was taken over.
CREATE TABLE whisper.tool_claim (
    revision text PRIMARY KEY,
    tool text NOT NULL,
    source text NOT NULL
);
COMMENT ON TABLE whisper.tool_claim IS
    'what another tool''s table had as applied when the database was taken over: a revision, or a version that none was registered for; no upgrade runs it';
SELECT pg_catalog.pg_extension_config_dump('whisper.tool_claim', '');
GRANT SELECT ON whisper.tool_claim TO PUBLIC;

-- What statements of repeatable files make, from now on.
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
GRANT SELECT ON whisper.statement_object TO PUBLIC;

-- What the server said of failures may hold values of rows.
CREATE TABLE whisper.failure (
    history bigint PRIMARY KEY,
    failed_by oid NOT NULL,
    message text NOT NULL
);
COMMENT ON TABLE whisper.failure IS
    'what the server said when a step of a deploy failed, by whisper.history.id: such a message may hold values of rows, so that whisper_log() shows it to the role failed_by alone, to whoever has its rights, and to pg_read_all_stats; not in dumps';
INSERT INTO whisper.failure (history, failed_by, message)
    SELECT h.id, coalesce(r.oid, 0), h.message FROM whisper.history h
        LEFT JOIN pg_catalog.pg_roles r ON r.rolname = h.executed_by WHERE h.sqlstate IS NOT NULL AND h.step > 0;
UPDATE whisper.history SET message = 'whisper_log() shows the error to the role that ran the deploy'
    WHERE sqlstate IS NOT NULL AND step > 0;
COMMENT ON FUNCTION whisper_status() IS
'Where every tier stands, measured by the profile in force.

Result: a row per tier: its kind, current and head revisions (of a repeatable tier the last file), how many revisions are applied, pending, deferred (they wait for a tier outside the profile) and changed since they were applied, how many tables it owns and how many of those exist; state is "at head" (of what the profile lets in), "pending", "changed", "damaged" (tables are gone) or "not in profile".
Errors: WM018 when whisper_migrate.profile names no profile.';
COMMENT ON FUNCTION whisper_verify(text) IS
'Check the database against the pack: the registry against the files, every tier at its head, no revision half done, owned and critical tables present, indexes valid, constraints validated, triggers enabled, the verify section of each applied revision, and the pack''s own checks.

Parameters:
  profile: which tiers must be at their head; NULL takes whisper_migrate.profile, else the pack''s default profile.
Result: a row per check; hint is the command that mends what is not ok. Verify sections run read-only in a subtransaction that is rolled back, with no more rights than the role that registered them has, in the search_path that the revision was applied with, and one that fails hides no other.
Errors: WM018 for an unknown profile.';
COMMENT ON FUNCTION whisper_log() IS
'The audit trail: every step ever taken in this database, upgrades, downgrades, stamps and repairs, newest first; also the failures of deploys (direction "failed"), while those of whisper_upgrade leave nothing behind.

Result: a row per step; who, when, how long, how many statements, and the checksum of the text; of a failure its SQLSTATE and, as message, the server''s, for who ran the deploy and members of pg_read_all_stats.';

COMMENT ON FUNCTION whisper_export(text) IS
'The file of a registered revision, to be committed: header and sections.

Parameters:
  revision: an id, a unique prefix, a label, head, TIER@head, …
Result: the text. Files that the original included are in it.
Errors: WM001, WM002, WM007 for a target that cannot be resolved; WM010 for one that names several revisions or none; WM019 for text of an older version in which psql would run or fill in something.';

DROP FUNCTION whisper.remember_grants(name);
DROP FUNCTION whisper.grant_again(name);
