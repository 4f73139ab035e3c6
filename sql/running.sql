-- Running migrations: what a run returns and leaves, what a failing statement says, and what never outlives a script.
SET client_min_messages = warning;
SET whisper_migrate.script_location = '';
\set state '\\echo SQLSTATE :LAST_ERROR_SQLSTATE'

CREATE FUNCTION add(id text, up text, down text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
    SELECT whisper_revision('makes ' || id, up, down, revision_id => id) $$;
-- Everything that a run may leave.
CREATE FUNCTION traces(OUT tables text, OUT applied text, OUT history text, OUT owned text) LANGUAGE sql AS $$
    SELECT (SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class
            WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'),
           (SELECT string_agg(revision, ' ' ORDER BY revision) FROM whisper.applied),
           (SELECT string_agg(direction || ' ' || revision, ', ' ORDER BY id) FROM whisper.history),
           (SELECT string_agg(object_identity, ' ' ORDER BY object_identity) FROM whisper.owned_object) $$;

-- A run gives a row per step, and records each.
SELECT add('shop', 'CREATE TABLE shop (id int PRIMARY KEY, name text); COMMENT ON TABLE shop IS ''shops;''',
           'DROP TABLE shop');
SELECT add('item', $$
    CREATE TABLE item (id int PRIMARY KEY, shop int REFERENCES shop);
    -- a comment; with a semicolon
    CREATE INDEX item_shop ON item (shop);
    INSERT INTO shop VALUES (1, 'a;b'), (2, $x$c;d$x$);
    INSERT INTO item VALUES (1, 1), (2, 2)$$, 'DROP TABLE item');
SELECT step, tier, revision, direction, statements, message, elapsed >= '0' AS took_time FROM whisper_upgrade();
SELECT * FROM item JOIN shop ON shop.id = item.shop ORDER BY 1;
SELECT revision, tier, origin, statements, applied_by = current_user AS by_me, applied_at <= clock_timestamp() AS past,
       elapsed >= '0' AS took_time, length(checksum) FROM whisper.applied ORDER BY revision;
SELECT run, step, direction, tier, revision, executed_by = current_user AS by_me, statements, length(checksum), message
    FROM whisper_log();
SELECT tables, applied, history FROM traces();
-- A second run has nothing to do, and says nothing.
SELECT * FROM whisper_upgrade();
SELECT step, revision, direction, statements, message FROM whisper_downgrade('base', allow_data_loss => true);
SELECT * FROM traces();
SELECT count(*) FROM whisper_log();
-- It is the caller's transaction.
BEGIN;
SELECT count(*) FROM whisper_upgrade();
SELECT tables, applied FROM traces();
ROLLBACK;
SELECT tables, applied FROM traces();
BEGIN;
SELECT count(*) FROM whisper_upgrade('shop');
SAVEPOINT before_item;
SELECT count(*) FROM whisper_upgrade();
ROLLBACK TO before_item;
COMMIT;
SELECT tables, applied FROM traces();
SELECT count(*) FROM whisper_downgrade('base');
-- The NULLs that make no sense.
SELECT * FROM whisper_upgrade(NULL);
SELECT * FROM whisper_downgrade(NULL);
SELECT * FROM whisper_downgrade('base', allow_data_loss => NULL);

-- A failing statement leaves nothing, and says where it is: tier, revision, line and statement.
DROP EXTENSION whisper_migrate;
CREATE EXTENSION whisper_migrate;
SELECT add('good', 'CREATE TABLE good (a int)', 'DROP TABLE good');
SELECT add('fails', $$
CREATE TABLE half_done (a int);
INSERT INTO half_done VALUES (1),
    (2 / 0);
CREATE TABLE never_reached (a int)$$, '');
SELECT * FROM whisper_upgrade();
:state
SELECT * FROM traces();
-- The server's own error goes through whole: state, detail, hint and position.
SELECT whisper_register($$-- revision: fails
-- down_revision: good
-- migrate:up
SELECT 1;

SELECT a,
       wrong_column
FROM good;
-- migrate:down
$$);
SELECT * FROM whisper_upgrade();
:state
SELECT whisper_register($$-- revision: fails
-- down_revision: good
-- migrate:up
ALTER TABLE good ADD UNIQUE (a);
INSERT INTO good VALUES (7);
INSERT INTO good VALUES (7);
-- migrate:down
$$);
SELECT * FROM whisper_upgrade();
:state
SELECT whisper_register($$-- revision: fails
-- down_revision: good
-- migrate:up
CREATE TABLE oops (a int,);
-- migrate:down
$$);
SELECT * FROM whisper_upgrade();
:state
SELECT whisper_register($$-- revision: fails
-- down_revision: good
-- migrate:up
DO $do$ BEGIN
    RAISE EXCEPTION 'stop here' USING ERRCODE = 'P1234', DETAIL = 'the detail', HINT = 'the hint', TABLE = 'good';
END $do$;
-- migrate:down
$$);
SELECT * FROM whisper_upgrade();
:state
-- Caught by the caller, it is the same, and the database is as before.
DO $$
DECLARE message text; detail text; hint text; table_name text;
BEGIN
    PERFORM whisper_upgrade();
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT,
        table_name = TABLE_NAME;
    RAISE WARNING '% % (%) (%) (%)', SQLSTATE, message, detail, hint, table_name;
END $$;
SELECT * FROM traces();
-- A failure on the way down leaves everything as well.
SELECT whisper_register($$-- revision: fails
-- down_revision: good
-- migrate:up
-- migrate:down
SELECT 1;
SELECT 1 / 0;
$$);
SELECT count(*) FROM whisper_upgrade();
SELECT * FROM whisper_downgrade('base');
:state
SELECT tables, applied FROM traces();
SELECT count(*) FROM whisper_stamp('good');

-- What a script SETs is gone after it, and the next script starts from the caller's settings.
CREATE ROLE regress_whisper_other;
SELECT add('settings', $$
    SET search_path = pg_catalog;
    SET check_function_bodies = off;
    SET lock_timeout = '5s';
    SELECT set_config('work_mem', '7MB', false);
    SELECT set_config('statement_timeout', '60000', true);
    SET LOCAL DateStyle = 'German';
    SET application_name = 'the script';
    SET my.setting = 'set by the script';
    SET ROLE regress_whisper_other;
    SET row_security = off;
    CREATE FUNCTION pg_temp.unchecked() RETURNS int LANGUAGE sql AS 'SELECT nosuch FROM nosuch'$$, '');
SELECT add('saw', $$
    CREATE TABLE saw AS SELECT current_setting('search_path') AS path, current_setting('lock_timeout') AS lock_timeout,
        current_setting('check_function_bodies') AS bodies, current_setting('work_mem') AS work_mem,
        current_setting('application_name') AS application, current_user = session_user AS is_me,
        (SELECT application_name FROM pg_stat_activity WHERE pid = pg_backend_pid()) AS shown$$, '');
SET work_mem = '9MB';
SET application_name = 'the caller';
SET lock_timeout = '3s';
SELECT count(*) FROM whisper_upgrade();
TABLE saw;
SELECT current_setting('search_path') AS path, current_setting('lock_timeout') AS lock_timeout,
       current_setting('check_function_bodies') AS bodies, current_setting('work_mem') AS work_mem,
       current_setting('statement_timeout') AS statement_timeout, current_setting('DateStyle') LIKE 'German%' AS german,
       current_setting('application_name') AS application, current_setting('row_security') AS row_security,
       current_setting('my.setting', true) AS mine, current_user = session_user AS is_me;
-- After a failing script just the same.
SELECT add('setfails', $$
    SET search_path = pg_catalog;
    SET work_mem = '7MB';
    SET ROLE regress_whisper_other;
    SELECT 1 / 0$$);
SELECT * FROM whisper_upgrade();
SELECT current_setting('search_path') AS path, current_setting('work_mem') AS work_mem,
       current_setting('application_name') AS application, current_user = session_user AS is_me;
SELECT application_name FROM pg_stat_activity WHERE pid = pg_backend_pid();
RESET work_mem;
RESET lock_timeout;
RESET application_name;

-- Time-outs work inside a step.
SELECT whisper_register($$-- revision: setfails
-- down_revision: saw
-- migrate:up
SELECT pg_sleep(60);
$$);
SET statement_timeout = '200ms';
SELECT * FROM whisper_upgrade();
:state
RESET statement_timeout;
SELECT applied FROM traces();

DROP TABLE saw, good;
DROP FUNCTION pg_temp.unchecked();
DROP EXTENSION whisper_migrate;
CREATE EXTENSION whisper_migrate;

-- Whatever else changes a setting is undone as well.
SELECT add('settings', $$
    SET SESSION AUTHORIZATION regress_whisper_other;
    RESET SESSION AUTHORIZATION;
    SET LOCAL SESSION AUTHORIZATION regress_whisper_other;
    RESET ALL;
    SET work_mem = '7MB';
    SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE;
    SET TIME ZONE 'Etc/GMT+3';
    SET NAMES 'SQL_ASCII';
    DO $do$ BEGIN
        SET search_path = pg_catalog;
        PERFORM set_config('application_name', 'the block', false);
    END $do$;
    SET TRANSACTION READ ONLY$$, '');
CREATE FUNCTION everything_set() RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(name || '=' || setting, ' ' ORDER BY name) FROM pg_settings
    WHERE name NOT LIKE 'plpgsql.%' $$;
SET work_mem = '9MB';
SELECT everything_set() AS before \gset
SELECT revision FROM whisper_upgrade();
SELECT everything_set() = :'before' AS same, current_user = session_user AS is_me;
RESET work_mem;
-- Statements are cut as standard strings have it, and so they run, whatever the session has.
SELECT add('strings', $$CREATE TABLE strings AS SELECT 'a\' AS b, E'a\'' AS c$$, 'DROP TABLE strings');
SET standard_conforming_strings = off;
SELECT revision FROM whisper_upgrade();
SET standard_conforming_strings = on;
TABLE strings;
DROP FUNCTION everything_set;
DROP TABLE strings;
DROP EXTENSION whisper_migrate;
CREATE EXTENSION whisper_migrate;

-- What has to be outside a transaction is refused before anything has run.
SELECT add('first', 'CREATE TABLE first (a int)', 'DROP TABLE first');
SELECT whisper_register($$-- revision: outside
-- down_revision: first
-- migrate:up transaction:false
SELECT 1;
-- migrate:down
$$);
SELECT step, revision, transactional FROM whisper_plan();
SELECT * FROM whisper_upgrade();
:state
SELECT to_regclass('first');
SELECT whisper_register($$-- revision: outside
-- down_revision: first
-- migrate:up
SELECT 1;
CREATE INDEX CONCURRENTLY first_a ON first (a);
-- migrate:down
DROP INDEX CONCURRENTLY first_a;
$$);
SELECT * FROM whisper_upgrade();
:state
SELECT whisper_register($$-- revision: outside
-- down_revision: first
-- migrate:up
VACUUM first;
-- migrate:down
$$);
SELECT * FROM whisper_upgrade();
:state
SELECT whisper_register($$-- revision: outside
-- down_revision: first
-- migrate:up
REINDEX TABLE CONCURRENTLY first;
-- migrate:down
DROP INDEX CONCURRENTLY first_a;
$$);
SELECT * FROM whisper_upgrade();
:state
SELECT count(*) FROM whisper_stamp('outside');
SELECT * FROM whisper_downgrade('-1');
:state
SELECT count(*) FROM whisper_stamp('base');

-- Transaction control: around everything it is superfluous, anywhere else it is refused, and before anything has run.
SELECT whisper_register($$-- revision: outside
-- down_revision: first
-- migrate:up
BEGIN;
CREATE TABLE wrapped (a int);
COMMIT;
-- migrate:down
START TRANSACTION;
DROP TABLE wrapped;
END;
$$);
SELECT step, revision, statements FROM whisper_upgrade();
SELECT step, revision, statements FROM whisper_downgrade('base');
CREATE FUNCTION refused(up text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE message text; detail text; hint text;
BEGIN
    PERFORM whisper_register(E'-- revision: refused\n-- down_revision: outside\n-- migrate:up\n' || up);
    PERFORM whisper_upgrade();
    RETURN NEXT 'not refused';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN NEXT SQLSTATE || ': ' || message;
    IF detail <> '' THEN RETURN NEXT 'detail: ' || detail; END IF;
    IF hint <> '' THEN RETURN NEXT 'hint: ' || hint; END IF;
END $$;
\pset format unaligned
\pset tuples_only on
SELECT refused('SELECT 1; COMMIT; SELECT 2;');
SELECT refused('SELECT 1; ROLLBACK;');
SELECT refused('BEGIN; SELECT 1;');
SELECT refused('SELECT 1; COMMIT; COMMIT;');
SELECT refused('BEGIN; SELECT 1; ROLLBACK;');
SELECT refused('SAVEPOINT here; SELECT 1;');
SELECT refused('PREPARE TRANSACTION ''me'';');
SELECT refused('DO $do$ BEGIN COMMIT; END $do$;');
CREATE PROCEDURE commits() LANGUAGE plpgsql AS 'BEGIN COMMIT; END';
SELECT refused('CALL commits();');
-- psql's commands: only those that mean something to the server too.
SELECT refused(E'\\connect other');
SELECT refused(E'SELECT 1;\n\n\\copy t from file');
SELECT refused(E'\\i other.sql');
SELECT refused(E'SELECT 1 \\gexec');
SELECT refused(E'DELETE FROM first\n\\echo deleting\nWHERE a = 1;');
SELECT refused('SET standard_conforming_strings = off;');
SELECT refused(E'\\set name value\nSELECT :name;');
SELECT refused('SELECT ''never ends');
SELECT refused('SELECT $x$never ends$y$');
SELECT refused('/* never /* ends */');
\pset format aligned
\pset tuples_only off
-- \echo shows its text as a NOTICE; a failure here ends the run before any NOTICE with a time.
SET client_min_messages = notice;
SELECT whisper_register($$-- revision: echoes
-- down_revision: outside
-- migrate:up
\set ON_ERROR_STOP on
\echo 'about to fail'
\echo once more
SELECT 1 / 0;
-- migrate:down
$$);
SELECT count(*) FROM whisper_stamp('outside');
SELECT * FROM whisper_upgrade();
SET client_min_messages = warning;
SELECT count(*) FROM whisper_stamp('base');

-- COPY ... FROM stdin with its data, as pg_dump writes it.
SELECT whisper_register($$-- revision: echoes
-- down_revision: outside
-- migrate:up
CREATE TABLE copied (id int, name text DEFAULT 'unnamed', extra text);
COPY copied (id, name) FROM stdin;
1	one; not two
2	\N
3	tab\there
\.
COPY public.copied FROM stdin WITH (FORMAT csv, HEADER);
id,name,extra
4,"a, b","multi
line"
\.
COPY copied (id) FROM stdin;
5
\.
COPY copied (id) FROM stdin;
\.
-- migrate:down
DROP TABLE copied;
$$);
SELECT step, revision, statements FROM whisper_upgrade();
SELECT * FROM copied ORDER BY id;
SELECT step, revision, statements FROM whisper_downgrade('outside', allow_data_loss => true);
SELECT whisper_register($$-- revision: echoes
-- down_revision: outside
-- migrate:up
CREATE TABLE copied (id int, name text);
COPY copied FROM stdin;
1	one
wrong	two
\.
-- migrate:down
DROP TABLE copied;
$$);
SELECT * FROM whisper_upgrade();
:state
SELECT whisper_register($$-- revision: echoes
-- down_revision: outside
-- migrate:up
COPY nosuch FROM stdin;
1	one
\.
-- migrate:down
$$);
SELECT * FROM whisper_upgrade();
:state
SELECT whisper_register($$-- revision: echoes
-- down_revision: outside
-- migrate:up
COPY (SELECT 1) TO stdout;
-- migrate:down
$$);
SELECT * FROM whisper_upgrade();
:state

-- SQL that reads like several statements and is one.
SELECT whisper_register($$-- revision: echoes
-- down_revision: outside
-- migrate:up
CREATE FUNCTION atomic() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 2 END; END;
CREATE RULE twice AS ON INSERT TO first DO ALSO (SELECT 1; SELECT 2);
CREATE FUNCTION quoted() RETURNS text LANGUAGE plpgsql AS $f$ BEGIN RETURN 'a;b' || E'\'c;' || U&'\0041;'; END; $f$;
CREATE TABLE "odd;""name" (";" int);;
/* nothing; /* nested; */ here; */
SELECT 1
-- migrate:down
DROP TABLE "odd;""name"; DROP FUNCTION quoted(); DROP RULE twice ON first; DROP FUNCTION atomic();
$$);
SELECT step, revision, statements FROM whisper_upgrade();
SELECT atomic(), quoted(), to_regclass('"odd;""name"');
SELECT step, revision, statements FROM whisper_downgrade('base');

-- One migration cannot start another.
SELECT whisper_register($$-- revision: nested
-- down_revision: echoes
-- migrate:up
SELECT * FROM whisper_upgrade();
-- migrate:down
$$);
SELECT * FROM whisper_upgrade();
:state
SELECT count(*) FROM whisper.applied;

-- In a read-only transaction nothing can be run; the reading functions work.
BEGIN READ ONLY;
SELECT count(*) FROM whisper_plan();
SELECT count(*) FROM whisper_current();
SELECT * FROM whisper_upgrade();
ROLLBACK;
:state

DROP FUNCTION add, refused, traces;
DROP PROCEDURE commits;
DROP ROLE regress_whisper_other;
DROP EXTENSION whisper_migrate;
CREATE EXTENSION whisper_migrate;
