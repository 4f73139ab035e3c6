-- Capturing what a session types: what is in the revision, its way back, transactions, and exporting it.
SET client_min_messages = warning;
SET whisper_migrate.script_location = '';
\pset format unaligned
\pset tuples_only on
\set state '\\echo SQLSTATE :LAST_ERROR_SQLSTATE'

CREATE FUNCTION sections(revision text) RETURNS text LANGUAGE sql AS $$
    SELECT up_sql || coalesce(E'-- down\n' || down_sql, '-- no way down') FROM whisper_show(revision) $$;
-- Everything that a way down has to bring back.
CREATE FUNCTION schema_now() RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(line, E'\n' ORDER BY line COLLATE "C") FROM (
        SELECT format('%s %s.%s', c.relkind, c.relnamespace::regnamespace, c.relname) FROM pg_class c
            WHERE c.oid >= 16384 AND c.relnamespace::regnamespace::text NOT IN ('whisper', 'pg_toast') AND relkind <> 't'
        UNION ALL
        SELECT format('%s.%s %s%s default %s', a.attrelid::regclass, a.attname, format_type(a.atttypid, a.atttypmod),
                      CASE WHEN a.attnotnull THEN ' not null' END, pg_get_expr(d.adbin, d.adrelid))
            FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
            LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
            WHERE c.oid >= 16384 AND c.relnamespace::regnamespace::text NOT IN ('whisper', 'pg_toast') AND a.attnum > 0
            AND NOT a.attisdropped AND c.relkind IN ('r', 'v', 'm', 'c')
        UNION ALL
        SELECT format('%s %s', conname, pg_get_constraintdef(oid)) FROM pg_constraint
            WHERE oid >= 16384 AND connamespace <> 'whisper'::regnamespace AND contype <> 'n'
        UNION ALL
        SELECT format('%s %s', oid::regprocedure, md5(prosrc)) FROM pg_proc p WHERE oid >= 16384 AND NOT EXISTS
            (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
        UNION ALL
        SELECT format('trigger %s on %s', tgname, tgrelid::regclass) FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL
        SELECT format('%s %s %s', t.typtype, t.oid::regtype, (SELECT array_agg(enumlabel ORDER BY enumsortorder)
            FROM pg_enum WHERE enumtypid = t.oid)) FROM pg_type t WHERE oid >= 16384 AND typtype IN ('e', 'd')
        UNION ALL
        SELECT format('schema %s', nspname) FROM pg_namespace WHERE oid >= 16384
        UNION ALL
        SELECT format('comment on %s: %s', pg_describe_object(classoid, objoid, objsubid), description)
            FROM pg_description WHERE objoid >= 16384 AND (SELECT schema FROM pg_identify_object(classoid, objoid, objsubid))
                = 'public' AND pg_describe_object(classoid, objoid, objsubid) !~ 'whisper_') l (line) $$;

-- The simplest: a table.
SELECT whisper_capture_begin();
CREATE TABLE insight (id int PRIMARY KEY, body text);
SELECT whisper_capture_end('add insight table', 'insight');
SELECT sections('insight');
SELECT whisper_export('insight');
SELECT revision, tier, origin, statements, applied_by = current_user FROM whisper.applied;
SELECT direction, tier, revision, statements, message, executed_by = current_user FROM whisper_log();
SELECT object_type, object_identity, tier, revision, origin FROM whisper.owned_object ORDER BY 1, 2;
SELECT tier, revision, is_head, message FROM whisper_current();
SELECT check_name, subject, detail FROM whisper_verify() WHERE NOT ok;
-- Down and up again, as any other revision.
SELECT schema_now() AS with_insight \gset
SELECT direction, revision FROM whisper_downgrade('base');
SELECT to_regclass('insight') IS NULL;
SELECT direction, revision FROM whisper_upgrade();
SELECT schema_now() = :'with_insight';
SELECT count(*) FROM whisper_upgrade();

-- One of each kind of statement that has a way back.
CREATE TYPE mood AS ENUM ('calm', 'glad');
CREATE TYPE pair AS (a int, b int);
CREATE FUNCTION doubled(int) RETURNS int LANGUAGE sql AS 'SELECT $1 + $1';
-- PostgreSQL 16 and later do not qualify the columns of a view over a single relation.
CREATE VIEW bodies AS SELECT body FROM insight CROSS JOIN (VALUES (1)) AS one (n);
ALTER TABLE insight ADD score int DEFAULT 7, ADD rank int NOT NULL DEFAULT 1, ADD CONSTRAINT positive CHECK (score > 0);
CREATE INDEX insight_score ON insight (score);
COMMENT ON TABLE insight IS 'what was found';
COMMENT ON COLUMN insight.body IS 'its text';
SELECT schema_now() AS before \gset
SELECT whisper_capture_begin();
CREATE SCHEMA extra;
CREATE TABLE extra.note (id serial PRIMARY KEY, insight int, mood mood);
CREATE TABLE extra.copied AS SELECT * FROM insight;
SELECT body INTO extra.selected FROM insight;
CREATE UNIQUE INDEX ON extra.note (mood);
CREATE VIEW extra.calm AS SELECT * FROM extra.note WHERE mood = 'calm';
CREATE MATERIALIZED VIEW extra.counted AS SELECT count(*) FROM extra.note;
REFRESH MATERIALIZED VIEW extra.counted;
CREATE SEQUENCE extra.counter;
CREATE DOMAIN extra.small AS int CHECK (VALUE < 10);
CREATE TYPE extra.size AS ENUM ('S', 'M');
CREATE TYPE extra.box AS (w int, h int);
CREATE TYPE extra.span AS RANGE (subtype = int4);
CREATE FUNCTION extra.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN new; END $$;
CREATE PROCEDURE extra.nothing(a int, b extra.box) LANGUAGE sql AS '';
CREATE AGGREGATE extra.total(int) (sfunc = int4pl, stype = int);
CREATE TRIGGER touch BEFORE UPDATE ON insight FOR EACH ROW EXECUTE FUNCTION extra.touch();
CREATE RULE quiet AS ON DELETE TO extra.note DO INSTEAD NOTHING;
CREATE POLICY own ON extra.note USING (true);
CREATE STATISTICS extra.both ON id, insight FROM extra.note;
CREATE INDEX ON insight (body);
ALTER TABLE insight ADD COLUMN author text, ADD COLUMN weight int CHECK (weight > 0) REFERENCES extra.note;
ALTER TABLE extra.note ADD CONSTRAINT of_insight FOREIGN KEY (insight) REFERENCES insight;
ALTER TABLE insight ADD UNIQUE (author), ADD CONSTRAINT short CHECK (length(author) < 9) NOT VALID;
ALTER TABLE insight VALIDATE CONSTRAINT short;
ALTER TABLE insight ALTER score SET DEFAULT 8, ALTER score SET NOT NULL, ALTER rank DROP DEFAULT, ALTER rank DROP NOT NULL;
ALTER TABLE insight DROP CONSTRAINT positive;
ALTER TABLE insight RENAME body TO wording;
ALTER TABLE insight RENAME CONSTRAINT short TO brief;
ALTER INDEX insight_score RENAME TO insight_points;
ALTER TABLE insight RENAME TO finding;
ALTER TABLE finding ADD COLUMN IF NOT EXISTS author text;
CREATE TABLE IF NOT EXISTS finding (nothing int);
ALTER TYPE mood RENAME VALUE 'glad' TO 'happy';
ALTER TYPE mood RENAME TO feeling;
ALTER TYPE pair RENAME ATTRIBUTE a TO c;
ALTER TYPE pair ADD ATTRIBUTE d text;
ALTER FUNCTION doubled RENAME TO twice;
ALTER FUNCTION twice SET SCHEMA extra;
CREATE OR REPLACE FUNCTION extra.twice(int) RETURNS int LANGUAGE sql AS 'SELECT 2 * $1';
CREATE OR REPLACE VIEW bodies AS SELECT upper(wording) AS body FROM finding;
CREATE OR REPLACE FUNCTION fresh() RETURNS int LANGUAGE sql AS 'SELECT 1';
ALTER TRIGGER touch ON finding RENAME TO touched;
COMMENT ON TABLE finding IS 'it''s found';
COMMENT ON COLUMN finding.wording IS NULL;
COMMENT ON CONSTRAINT brief ON finding IS 'few';
-- What was made here may be changed and dropped, too.
COMMENT ON TABLE extra.note IS 'notes';
GRANT SELECT ON extra.note TO PUBLIC;
ALTER TABLE extra.note ALTER insight TYPE bigint, DROP COLUMN mood CASCADE;
ALTER TYPE extra.size ADD VALUE 'L';
CREATE TABLE extra.passing (id int PRIMARY KEY);
ALTER TABLE extra.passing RENAME TO passed;
DROP TABLE extra.passed;
SELECT schema_now() AS after \gset
SELECT whisper_capture_end('one of each', 'each');
SELECT sections('each');
SELECT object_type, object_identity FROM whisper.owned_object WHERE revision = 'each' ORDER BY 1, 2;
SELECT revision FROM whisper_downgrade('insight', allow_data_loss => true);
SELECT schema_now() = :'before';
SELECT revision FROM whisper_upgrade();
SELECT schema_now() = :'after';
SELECT revision FROM whisper_downgrade('insight', allow_data_loss => true);
SELECT schema_now() = :'before';
-- The exported file is the revision.
SELECT whisper_export('each') AS file \gset
SELECT whisper_register(:'file');
SELECT count(*), bool_and(whisper_register(whisper_export(revision)) = revision) FROM whisper_history();
SELECT state FROM whisper_load('') WHERE revision = 'each';

-- What has none, and why.
SELECT count(*) FROM whisper_upgrade();
SET client_min_messages = notice;
CREATE FUNCTION irreversible(statement text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM whisper_capture_begin();
    EXECUTE statement;
    PERFORM whisper_capture_end('irreversible', 'one_way');
    RETURN QUERY SELECT line FROM regexp_split_to_table(sections('one_way'), E'\n') line WHERE line LIKE '-- %';
    RAISE SQLSTATE 'UNDO1';
EXCEPTION WHEN SQLSTATE 'UNDO1' THEN NULL;
END $$;
SELECT irreversible('DROP VIEW bodies');
SELECT irreversible('ALTER TABLE finding DROP COLUMN author');
SELECT irreversible('ALTER TABLE finding ALTER score TYPE bigint');
SELECT irreversible('ALTER TABLE finding ALTER score SET STATISTICS 5');
SELECT irreversible('ALTER TABLE finding DROP CONSTRAINT insight_pkey CASCADE');
SELECT irreversible('CREATE OR REPLACE VIEW bodies AS SELECT upper(wording) AS body, score FROM finding');
SELECT irreversible('ALTER TYPE feeling ADD VALUE ''sad''');
SELECT irreversible('GRANT SELECT ON finding TO PUBLIC');
SELECT irreversible('CREATE OR REPLACE AGGREGATE extra.total(int) (sfunc = int4mul, stype = int)');
SELECT irreversible('CREATE CAST (extra.size AS text) WITH INOUT AS ASSIGNMENT');
SELECT irreversible('ALTER FUNCTION extra.twice STABLE');
SET client_min_messages = warning;
DROP FUNCTION irreversible;
SELECT whisper_capture_begin();
ALTER TABLE finding ADD COLUMN one int;
ALTER TABLE finding DROP COLUMN wording CASCADE;
SELECT whisper_capture_end('there is no way back', 'one_way');
SELECT sections('one_way');
SELECT * FROM whisper_downgrade('each');
:state

-- Not recorded: rows, settings, temporary objects, and what a run of the engine itself does.
DROP EXTENSION whisper_migrate;
DROP TABLE finding CASCADE;
DROP SCHEMA extra CASCADE;
CREATE EXTENSION whisper_migrate;
SELECT whisper_revision('by the engine', 'CREATE TABLE engine_made (a int)', 'DROP TABLE engine_made', revision_id => 'made');
SELECT count(*) FROM whisper_upgrade();
SELECT whisper_capture_begin();
SELECT count(*) FROM whisper_downgrade('base');
SELECT count(*) FROM whisper_upgrade();
INSERT INTO engine_made VALUES (1);
SET work_mem = '5MB';
RESET work_mem;
CREATE TEMP TABLE scratch (a int);
CREATE INDEX ON scratch (a);
ALTER TABLE scratch ADD COLUMN b text;
DROP TABLE scratch;
COPY engine_made TO stdout;
VACUUM engine_made;
ANALYZE engine_made;
EXPLAIN (COSTS OFF) CREATE TABLE explained AS SELECT 1;
PREPARE one AS SELECT 1;
EXECUTE one;
DEALLOCATE one;
BEGIN;
LOCK TABLE engine_made;
COMMIT;
SELECT whisper_capture_end('nothing', 'nothing');
:state
-- Comments around a statement are left out, those within stay; several in one message are told apart.
/* in front */ CREATE TABLE spaced (
    a int,   -- the first
    b text   /* the second */
) -- behind
;
CREATE TABLE several_1 (a int)\; CREATE TABLE "Several 2" (a int)\; SELECT count(*) FROM several_1;
-- What functions and DO blocks run is recorded as they say it.
CREATE FUNCTION make(name text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE format('CREATE TABLE %I (a int)', name); END $$;
SELECT make('By Function');
DO $$
BEGIN
    CREATE TABLE by_block (a int);
    BEGIN
        CREATE TABLE not_at_all (a int);
        RAISE SQLSTATE 'UNDO1';
    EXCEPTION WHEN SQLSTATE 'UNDO1' THEN NULL;
    END;
END $$;
CREATE INDEX CONCURRENTLY spaced_a ON spaced (a);
SELECT whisper_capture_end('text', 'text');
SELECT sections('text');
SELECT up_transactional FROM whisper.revision WHERE revision = 'text';
SELECT whisper_register(whisper_export('text'));

-- Constraints that come and go, and one between two new tables that a change of type makes anew.
SELECT whisper_capture_begin();
ALTER TABLE spaced ADD CONSTRAINT passing CHECK (a > 0);
ALTER TABLE spaced ADD CONSTRAINT staying CHECK (a > 1);
ALTER TABLE spaced DROP CONSTRAINT passing;
CREATE TABLE lower (id int, higher int CONSTRAINT gone CHECK (higher > 0));
CREATE TABLE higher (id int PRIMARY KEY);
ALTER TABLE lower ADD CONSTRAINT to_higher FOREIGN KEY (higher) REFERENCES higher;
ALTER TABLE lower ADD CONSTRAINT with_id CHECK (id > higher);
ALTER TABLE lower ALTER higher TYPE bigint;
ALTER TABLE lower DROP COLUMN id;
SELECT whisper_capture_end('constraints', 'constraints');
SELECT sections('constraints');
SELECT schema_now() AS after \gset
SELECT count(*) FROM whisper_downgrade('text');
SELECT count(*) FROM whisper_upgrade();
SELECT schema_now() = :'after';
-- By somebody who may, and who is no superuser.
CREATE ROLE regress_capture;
CREATE SCHEMA regress_capture AUTHORIZATION regress_capture;
GRANT EXECUTE ON FUNCTION whisper_capture_begin, whisper_capture_end, whisper_capture_abort TO regress_capture;
SET ROLE regress_capture;
SELECT whisper_capture_begin();
CREATE TABLE regress_capture.own (a int);
ALTER TABLE regress_capture.own ADD b text;
SELECT whisper_capture_end('by a role', 'by_role');
RESET ROLE;
SELECT sections('by_role');
SELECT applied_by FROM whisper.applied WHERE revision = 'by_role';
SELECT has_function_privilege('public', 'whisper_export(text)', 'execute'),
       has_function_privilege('public', 'whisper_capture_begin(text)', 'execute'),
       has_function_privilege('public', 'whisper_capture_end(text,text,text)', 'execute'),
       has_function_privilege('public', 'whisper_capture_abort()', 'execute');

-- It follows its transaction.
SELECT whisper_capture_begin();
SELECT whisper_capture_begin();
:state
BEGIN;
CREATE TABLE rolled_back (a int);
ROLLBACK;
CREATE TABLE failed_at (a int,
    b nosuchtype);
BEGIN;
CREATE TABLE prepared (a int);
PREPARE TRANSACTION 'captured';
:state
BEGIN;
CREATE TABLE kept_1 (a int);
SAVEPOINT s1;
CREATE TABLE lost_1 (a int);
SAVEPOINT s2;
CREATE TABLE lost_2 (a int);
RELEASE s2;
ROLLBACK TO s1;
CREATE TABLE kept_2 (a int);
SAVEPOINT s3;
CREATE TABLE kept_3 (a int);
RELEASE s3;
COMMIT;
-- An end that is rolled back has not been, nor have a new beginning, an abortion and a failed end.
BEGIN;
SELECT whisper_capture_end('kept', 'kept');
SELECT whisper_capture_begin();
CREATE TABLE later (a int);
SELECT whisper_capture_end('later', 'later');
ROLLBACK;
BEGIN;
SELECT whisper_capture_abort();
SAVEPOINT s;
SELECT whisper_capture_begin();
ROLLBACK TO s;
CREATE TABLE in_none (a int);
ROLLBACK;
SELECT whisper_capture_end('taken', 'made');
:state
SELECT whisper_capture_end(NULL);
SELECT whisper_capture_end('kept', 'kept', 'branch_of_kept');
SELECT sections('kept');
SELECT revision, down_revisions, branch_labels FROM whisper_history() WHERE revision IN ('kept', 'later');
SELECT to_regclass('prepared'), to_regclass('later');
SELECT whisper_capture_end('twice');
:state
SELECT whisper_capture_abort();
:state
-- Nor does a beginning outlive its transaction.
BEGIN;
SELECT whisper_capture_begin();
CREATE TABLE nowhere (a int);
ROLLBACK;
SELECT whisper_capture_end('nowhere');
:state
-- Two of them in one transaction.
BEGIN;
SELECT whisper_capture_begin('main');
CREATE TABLE first_of_two (a int);
SELECT whisper_capture_end('first', 'first');
CREATE TABLE in_between (a int);
SELECT whisper_capture_begin('main');
CREATE TABLE second_of_two (a int);
SELECT whisper_capture_end('second', 'second');
COMMIT;
SELECT sections('first'), sections('second');
SELECT run > 0, direction, revision FROM whisper_log() LIMIT 2;
SELECT whisper_capture_begin();
CREATE TABLE aborted (a int);
SELECT whisper_capture_abort();
SELECT whisper_capture_begin();
CREATE TABLE not_aborted (a int);
SELECT whisper_capture_end('not aborted', 'not_aborted');
SELECT sections('not_aborted');

-- What stands in the way is said at the beginning.
SELECT whisper_revision('not applied', revision_id => 'pending');
SELECT whisper_capture_begin();
:state
SELECT count(*) FROM whisper_upgrade();
SELECT whisper_capture_begin('nosuch');
:state
SELECT whisper_revision('a second head', revision_id => 'second_head', head => 'not_aborted', splice => true);
SELECT whisper_capture_begin();
:state
SELECT whisper_register(E'-- revision: joined\n-- down_revision: pending, second_head\n', 'main');
SELECT count(*) FROM whisper_upgrade();
-- The table of another tier is refused, and the capture stays open.
SELECT whisper_register(E'-- revision: other1\nCREATE TABLE of_other (a int);\n', 'other');
SELECT count(*) FROM whisper_upgrade();
SELECT whisper_capture_begin();
:state
BEGIN;
SELECT whisper_capture_begin('main');
ALTER TABLE of_other ADD COLUMN b int;
SAVEPOINT s;
SELECT whisper_capture_end('of another', 'of_another');
:state
ROLLBACK TO s;
SELECT whisper_capture_end('of another', 'of_another');
ROLLBACK;

-- Into a tier of files that are applied again when their text changes.
BEGIN;
SET LOCAL whisper_migrate.script_location = 'whisperengine';
SELECT whisper_capture_begin('enrichment');
CREATE TABLE enriched (a int);
SELECT whisper_capture_end('a table more', 'enriched');
SELECT tier, revision, origin FROM whisper.applied WHERE revision = 'enriched';
SELECT number, line, verb, object_name FROM whisper.statement WHERE revision = 'enriched';
SELECT revision FROM whisper_plan('enriched', profile => 'production') WHERE revision = 'enriched';
ROLLBACK;

-- Exporting: any revision, by any name for it.
SELECT whisper_revision('all parts', 'SELECT 1', 'SELECT 2', 'SELECT true', tier => 'main', depends_on => '{other1}',
                        branch_label => 'label', revision_id => 'parts');
SELECT whisper_export('label');
SELECT whisper_export('main@head') = whisper_export('parts');
SELECT whisper_export('made:parts');
:state
SELECT whisper_export('base');
:state
SELECT whisper_export('nosuch');
:state
SELECT whisper_export(NULL);
SELECT whisper_export(whisper_register(E'-- revision: outside\n-- migrate:up transaction:false\nSELECT 1;\n-- migrate:down\nSELECT 2;\n', 'other'));
SELECT whisper_register(whisper_export('outside'), 'other');

DROP TABLE of_other;
DROP FUNCTION sections, schema_now;
DROP EXTENSION whisper_migrate;
SELECT format('DROP TABLE %s CASCADE', oid::regclass) FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND oid >= 16384 ORDER BY relname \gexec
DROP OWNED BY regress_capture;
DROP ROLE regress_capture;
DROP FUNCTION make, fresh;
DROP TYPE pair, feeling;
CREATE EXTENSION whisper_migrate;
