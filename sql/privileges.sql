-- Who may do what, and that nobody can change what the engine does by creating objects in its way.
SET client_min_messages = warning;
SET whisper_migrate.script_location = '';
\set state '\\echo SQLSTATE :LAST_ERROR_SQLSTATE'

CREATE ROLE regress_whisper_migrator;
CREATE ROLE regress_whisper_plain;
CREATE ROLE regress_whisper_reader IN ROLE pg_read_server_files;

-- What PUBLIC may execute only reads; what writes is nobody's but the owner's until it is granted.
SELECT p.proname, p.provolatile, has_function_privilege('regress_whisper_plain', p.oid, 'EXECUTE') AS everybody,
       p.prosecdef AS definer
    FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid
    JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
    WHERE e.extname = 'whisper_migrate' ORDER BY 1;
SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'whisper'::regnamespace AND c.relkind IN ('r', 'S')
    AND (has_table_privilege('regress_whisper_plain', c.oid, 'SELECT') = (c.relname = 'failure') AND c.relkind = 'r'
         OR has_table_privilege('regress_whisper_plain', c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
            AND c.relkind = 'r'
         OR c.relkind = 'S' AND has_sequence_privilege('regress_whisper_plain', c.oid, 'USAGE, UPDATE'));
SELECT has_schema_privilege('regress_whisper_plain', 'whisper', 'USAGE') AS may_read,
       has_schema_privilege('regress_whisper_plain', 'whisper', 'CREATE') AS may_create;

-- A plain user reads, and writes nothing.
SELECT whisper_revision('a table', 'CREATE TABLE made (a int); INSERT INTO made VALUES (1)', 'DROP TABLE made', 'SELECT true',
                        revision_id => 'made1');
SET SESSION AUTHORIZATION regress_whisper_plain;
SELECT revision FROM whisper_heads();
SELECT revision FROM whisper_history();
SELECT revision FROM whisper_plan();
SELECT up_sql FROM whisper_show('made1');
SELECT count(*) FROM whisper_current();
SELECT count(*) FROM whisper_branches();
SELECT count(*) FROM whisper_log();
SELECT whisper_sql() LIKE '%CREATE TABLE made%';
SELECT check_name, subject, ok FROM whisper_verify();
SELECT revision, tier FROM whisper.revision;
SELECT * FROM whisper_upgrade();
:state
SELECT * FROM whisper_downgrade('base');
SELECT * FROM whisper_stamp('head');
SELECT whisper_revision('mine');
SELECT whisper_merge('{heads}');
SELECT whisper_register('-- revision: mine');
SELECT * FROM whisper_load();
SELECT * FROM whisper_repair('made1');
INSERT INTO whisper.applied (revision) VALUES ('made1');
UPDATE whisper.revision SET up_sql = 'SELECT 1';
DELETE FROM whisper.history;
TRUNCATE whisper.owned_object;
CREATE TABLE whisper.mine (a int);
SELECT nextval('whisper.run_id');
SELECT setval('whisper.history_id', 1);
ALTER TABLE whisper.applied OWNER TO regress_whisper_plain;
RESET SESSION AUTHORIZATION;

-- Whoever is granted the functions migrates as himself: the tables are his, and he needs no right on the catalog.
GRANT EXECUTE ON FUNCTION whisper_upgrade, whisper_downgrade, whisper_stamp, whisper_revision, whisper_merge,
    whisper_register, whisper_repair, whisper_load TO regress_whisper_migrator;
CREATE SCHEMA regress_place AUTHORIZATION regress_whisper_migrator;
SET SESSION AUTHORIZATION regress_whisper_migrator;
SET search_path = regress_place, public;
SELECT step, revision FROM whisper_upgrade();
SELECT tableowner, schemaname FROM pg_tables WHERE tablename = 'made';
SELECT applied_by, revision FROM whisper.applied;
SELECT executed_by, direction, revision FROM whisper_log();
SELECT object_identity, revision FROM whisper.owned_object;
SELECT whisper_revision('who am I', 'CREATE TABLE who AS SELECT current_user AS me, session_user = current_user AS same',
                        'DROP TABLE who', revision_id => 'who1');
SELECT revision FROM whisper_upgrade();
SELECT me FROM who;
SELECT revision FROM whisper_downgrade('made1', allow_data_loss => true);
SELECT action FROM whisper_stamp('who1');
SELECT action FROM whisper_stamp('made1');
-- What he may not do himself, no migration does for him.
SELECT whisper_register($$-- revision: who1
-- down_revision: made1
CREATE TABLE public.not_here (a int);
$$);
SELECT revision FROM whisper_upgrade();
:state
SELECT whisper_register($$-- revision: who1
-- down_revision: made1
UPDATE whisper.applied SET revision = 'other';
$$);
SELECT revision FROM whisper_upgrade();
:state
SELECT whisper_register($$-- revision: who1
-- down_revision: made1
SET ROLE regress_whisper_reader;
$$);
SELECT revision FROM whisper_upgrade();
:state
RESET SESSION AUTHORIZATION;
RESET search_path;
-- A migration that a superuser wrote runs as the one who calls it.
SELECT whisper_register($$-- revision: who1
-- down_revision: made1
-- migrate:up
ALTER ROLE regress_whisper_migrator CREATEROLE;
-- migrate:down
$$);
SET SESSION AUTHORIZATION regress_whisper_migrator;
\set VERBOSITY sqlstate
SELECT revision FROM whisper_upgrade();
\set VERBOSITY default
-- He may not read what the server's operating system user may.
SELECT * FROM whisper_load('/etc');
:state
RESET SESSION AUTHORIZATION;
SELECT rolcreaterole FROM pg_roles WHERE rolname = 'regress_whisper_migrator';

-- Where migrations come from is nothing that a plain user decides: a name of a bundled pack is fine, a path is not.
SET SESSION AUTHORIZATION regress_whisper_plain;
SET whisper_migrate.script_location = '/tmp';
:state
SET LOCAL whisper_migrate.script_location = '/tmp';
:state
SELECT set_config('whisper_migrate.script_location', '/etc', false);
:state
SET whisper_migrate.script_location = 'relative/path';
:state
SET whisper_migrate.script_location = '../up';
:state
SET whisper_migrate.script_location = '.';
SET whisper_migrate.script_location = 'nosuchpack';
\set VERBOSITY sqlstate
SELECT * FROM whisper_plan();
\set VERBOSITY default
SET whisper_migrate.script_location = 'whisperengine';
SET whisper_migrate.script_location = '';
SET whisper_migrate.profile = 'nosuch';
SELECT * FROM whisper_plan();
:state
RESET whisper_migrate.profile;
SET whisper_migrate.no_such_setting = 1;
:state
RESET SESSION AUTHORIZATION;
ALTER ROLE regress_whisper_plain SET whisper_migrate.script_location = '/tmp';
ALTER ROLE regress_whisper_plain RESET ALL;
SET SESSION AUTHORIZATION regress_whisper_reader;
SET whisper_migrate.script_location = '/tmp';
SHOW whisper_migrate.script_location;
RESET SESSION AUTHORIZATION;
SET whisper_migrate.script_location = '/nonexistent/directory';
SELECT * FROM whisper_plan();
:state
SET whisper_migrate.script_location = '';

-- Neither does it help to say so before the module is loaded, nor to have it loaded by a function of a superuser's.
CREATE FUNCTION definer_plan() RETURNS SETOF text LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    RETURN QUERY SELECT revision FROM whisper_plan();
    RETURN NEXT 'from ' || current_setting('whisper_migrate.script_location');
END $$;
\c -
SET client_min_messages = error;
SET SESSION AUTHORIZATION regress_whisper_plain;
SET whisper_migrate.script_location = '/nonexistent/directory';
SELECT count(*) > 0 FROM whisper_plan();
SHOW whisper_migrate.script_location;
\c -
SET client_min_messages = error;
SET SESSION AUTHORIZATION regress_whisper_plain;
SET whisper_migrate.script_location = '/nonexistent/directory';
SELECT count(*) > 0, max(definer_plan) FROM definer_plan() WHERE definer_plan LIKE 'from %';
\c -
SET client_min_messages = warning;
SET whisper_migrate.script_location = '';
DROP FUNCTION definer_plan;

-- Objects planted where the engine's names could find them: functions and operators that spoil everything they touch,
-- and tables of the catalog's names, in public, in a schema of the search_path, and in pg_temp.
CREATE SCHEMA regress_trap;
GRANT ALL ON SCHEMA regress_trap TO PUBLIC;
CREATE FUNCTION plant(place text) RETURNS void LANGUAGE plpgsql AS $plant$
DECLARE
    item text;
BEGIN
    EXECUTE format('CREATE FUNCTION %s.trap(text) RETURNS text LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION ''trapped in %s''; END $$', place, place);
    FOREACH item IN ARRAY ARRAY['text', 'name', 'oid', 'bigint', 'integer', 'text[]', 'bytea', 'timestamptz', 'interval',
                                'boolean', '"char"'] LOOP
        EXECUTE format('CREATE FUNCTION %s.trap2(%s, %s) RETURNS boolean LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION ''trapped in %s''; END $$', place, item, item, place);
        EXECUTE format('CREATE OPERATOR %s.= (LEFTARG = %s, RIGHTARG = %s, FUNCTION = %s.trap2)', place, item, item, place);
        EXECUTE format('CREATE OPERATOR %s.<> (LEFTARG = %s, RIGHTARG = %s, FUNCTION = %s.trap2)', place, item, item, place);
    END LOOP;
    EXECUTE format('CREATE OPERATOR %s.|| (LEFTARG = text, RIGHTARG = text, FUNCTION = %s.trap2)', place, place);
    EXECUTE format('CREATE OPERATOR %s.~~ (LEFTARG = text, RIGHTARG = text, FUNCTION = %s.trap2)', place, place);
    FOREACH item IN ARRAY ARRAY['now()', 'clock_timestamp()', 'current_database()', 'nextval(text)', 'unnest(text[])',
                                'format(text)', 'pg_identify_object(oid, oid, integer)', 'to_regclass(text)',
                                'pg_advisory_xact_lock(bigint)', 'pg_advisory_xact_lock(integer, integer)',
                                'decode(text, text)', 'array_upper(text[], integer)', 'starts_with(text, text)',
                                'whisper_heads(text)', 'whisper_plan(text, text)'] LOOP
        EXECUTE format('CREATE FUNCTION %s.%s RETURNS text LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION ''trapped in %s''; END $$', place, item, place);
    END LOOP;
    FOREACH item IN ARRAY ARRAY['applied', 'revision', 'history', 'tier', 'profile', 'pack', 'owned_object', 'statement',
                                'pg_class', 'pg_namespace', 'pg_depend', 'pg_locks', 'pg_stat_activity', 'pg_database',
                                'run_id', 'history_id'] LOOP
        EXECUTE format('CREATE TABLE %s.%I (revision text)', place, item);
    END LOOP;
    FOREACH item IN ARRAY ARRAY['text', 'name', 'timestamptz', 'regclass', 'interval'] LOOP
        EXECUTE format('CREATE DOMAIN %s.%I AS pg_catalog.int4 CHECK (false)', place, item);
    END LOOP;
END $plant$;
SELECT whisper_revision('one more', 'CREATE TABLE regress_place.one_more (a int)', 'DROP TABLE regress_place.one_more',
                        'SELECT true', head => 'who1', revision_id => 'more1');
SELECT whisper_register($$-- revision: who1
-- down_revision: made1
-- migrate:up
CREATE TABLE regress_place.who (a int);
-- migrate:down
DROP TABLE regress_place.who;
$$);
CREATE FUNCTION trapped_run() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    command pg_catalog.text;
    n pg_catalog.int8;
BEGIN
    FOREACH command IN ARRAY ARRAY['whisper_plan(''head'')', 'whisper_upgrade(''head'')', 'whisper_current()',
        'whisper_heads()', 'whisper_history()', 'whisper_branches()', 'whisper_log()', 'whisper_show(''more1'')',
        'whisper_sql(''base'', direction => ''downgrade'')', 'whisper_repair(''more1'')', 'whisper_stamp(''more1'')',
        'whisper_verify()', 'whisper_downgrade(''made1'')'] LOOP
        EXECUTE pg_catalog.concat('SELECT pg_catalog.count(*) FROM public.', command) INTO n;
        CONTINUE WHEN pg_catalog.starts_with(command, 'whisper_log');
        RETURN NEXT pg_catalog.concat(command, ': ', n);
    END LOOP;
END $$;
GRANT SELECT ON ALL TABLES IN SCHEMA regress_trap TO PUBLIC;
SELECT plant('regress_trap');
-- The traps work: whoever does not say what he means falls into them.
SET search_path = regress_trap, pg_catalog;
SELECT 'a'::pg_catalog.text = 'b'::pg_catalog.text;
SELECT * FROM applied, pg_class;
RESET search_path;
SET SESSION AUTHORIZATION regress_whisper_migrator;
SET search_path = regress_trap, pg_catalog, public;
SELECT public.trapped_run();
SELECT public.whisper_revision('planted', '', '', revision_id => 'planted');
SELECT public.whisper_register(E'-- revision: planted\n-- down_revision: more1\n-- migrate:up\n-- migrate:down', 'main');
RESET SESSION AUTHORIZATION;
SET search_path = public;
-- From here on a superuser runs it, so he has to answer for what the migrator registered.
SELECT public.whisper_register(E'-- revision: planted\n-- down_revision: more1\n-- migrate:up\n-- migrate:down', 'main');
SELECT plant('pg_temp');
SET search_path = pg_temp, pg_catalog, public;
SELECT public.trapped_run();
SET search_path = public;
SELECT plant('public');
SET search_path = public, pg_catalog;
SELECT public.trapped_run();
SET search_path = '';
SELECT public.trapped_run();
RESET search_path;
SELECT pg_catalog.count(*) FROM public.applied;
DROP SCHEMA regress_trap CASCADE;
SELECT pg_catalog.pg_backend_pid() AS session \gset
\c -
SET client_min_messages = warning;
SET whisper_migrate.script_location = '';
-- What public has of the types in pg_temp goes with that session, and not at once.
SET regress.session = :session;
DO $$
BEGIN
    WHILE EXISTS (SELECT FROM pg_stat_activity WHERE pid = current_setting('regress.session')::int) LOOP
        PERFORM pg_sleep(0.01), pg_stat_clear_snapshot();
    END LOOP;
END $$;
DO $$
DECLARE item text;
BEGIN
    -- The former session still takes along what it had in pg_temp, and operators on that.
    FOR i IN 1 .. 600 LOOP
        EXIT WHEN NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
            AND pid <> pg_backend_pid() AND backend_type = 'client backend');
        PERFORM pg_stat_clear_snapshot(), pg_sleep(0.1);
    END LOOP;
    -- Everything that plant() put into public.
    FOR item IN
        SELECT pg_catalog.format('DROP OPERATOR public.%s (%s, %s)', o.oprname, pg_catalog.format_type(o.oprleft, NULL),
                                 pg_catalog.format_type(o.oprright, NULL))
            FROM pg_catalog.pg_operator o WHERE o.oprnamespace OPERATOR(pg_catalog.=) 'public'::pg_catalog.regnamespace
        UNION ALL SELECT pg_catalog.format('DROP ROUTINE %s', p.oid::pg_catalog.regprocedure) FROM pg_catalog.pg_proc p
            WHERE p.pronamespace OPERATOR(pg_catalog.=) 'public'::pg_catalog.regnamespace
            AND p.prosrc OPERATOR(pg_catalog.~~) '%trapped in public%'
        UNION ALL SELECT pg_catalog.format('DROP TABLE public.%I', c.relname) FROM pg_catalog.pg_class c
            WHERE c.relnamespace OPERATOR(pg_catalog.=) 'public'::pg_catalog.regnamespace
            AND c.relkind OPERATOR(pg_catalog.=) 'r'
        UNION ALL SELECT pg_catalog.format('DROP DOMAIN public.%I', t.typname) FROM pg_catalog.pg_type t
            WHERE t.typnamespace OPERATOR(pg_catalog.=) 'public'::pg_catalog.regnamespace
            AND t.typtype OPERATOR(pg_catalog.=) 'd'
    LOOP EXECUTE item; END LOOP;
END $$;

-- The schema "whisper" is the extension's: somebody else's of that name is an error, not a trap.
DROP EXTENSION whisper_migrate;
CREATE SCHEMA whisper;
-- PostgreSQL 18 names the line of the script, too.
\set SHOW_CONTEXT never
CREATE EXTENSION whisper_migrate;
:state
\set SHOW_CONTEXT errors
DROP SCHEMA whisper;
CREATE EXTENSION whisper_migrate;
-- It cannot be moved, and its functions may live in any schema.
ALTER EXTENSION whisper_migrate SET SCHEMA pg_temp;
:state
DROP EXTENSION whisper_migrate;
CREATE SCHEMA regress_tools;
CREATE EXTENSION whisper_migrate SCHEMA regress_tools;
SELECT regress_tools.whisper_revision('elsewhere', 'CREATE TABLE elsewhere (a int)', 'DROP TABLE elsewhere', revision_id => 'else1');
SELECT revision FROM regress_tools.whisper_upgrade();
SELECT revision FROM regress_tools.whisper_downgrade('base');
-- Dropping it leaves the user's tables.
SELECT revision FROM regress_tools.whisper_upgrade();
DROP EXTENSION whisper_migrate;
SELECT to_regclass('elsewhere');
DROP TABLE elsewhere;
DROP SCHEMA regress_tools, regress_place CASCADE;
DROP FUNCTION plant, trapped_run;
CREATE EXTENSION whisper_migrate;
DROP ROLE regress_whisper_migrator, regress_whisper_plain, regress_whisper_reader;
