# What a hostile role plants in the way of a more privileged one, and what a migration may try with the run that it is
# part of: nobody gains a right, and a run is there as a whole or not at all.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database rows error_of raises start_sql finish_sql);

my $node = new_node('attacks');
$node->append_conf('postgresql.conf', 'max_prepared_transactions = 5');
$node->restart;
$node->safe_psql('postgres', 'CREATE ROLE tenant LOGIN');
my $tenant = 'SET SESSION AUTHORIZATION tenant;';
my $is_super = q{SELECT rolsuper FROM pg_roles WHERE rolname = 'tenant'};

my $stolen = PostgreSQL::Test::Utils::tempdir . '/stolen';

# A database in which the tenant has a schema, and there a function that makes a superuser of him if it can, and writes
# a file, which no rollback takes back.
sub tenanted_database
{
	my ($dbname) = @_;
	new_database($node, $dbname, '');
	$node->safe_psql($dbname, qq{
		CREATE SCHEMA work AUTHORIZATION tenant;
		GRANT CREATE ON SCHEMA public TO tenant;
		GRANT EXECUTE ON FUNCTION whisper_upgrade, whisper_downgrade TO tenant;
		SET SESSION AUTHORIZATION tenant;
		CREATE FUNCTION work.grab() RETURNS boolean LANGUAGE plpgsql AS \$\$ BEGIN
			BEGIN
				COPY (SELECT current_user) TO '$stolen';
			EXCEPTION WHEN insufficient_privilege THEN
				RETURN false;
			END;
			EXECUTE 'ALTER ROLE tenant SUPERUSER';
			RETURN true;
		EXCEPTION WHEN insufficient_privilege OR read_only_sql_transaction THEN
			RETURN false;
		END \$\$});
	return;
}

sub nobody_gained
{
	my ($name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is(rows($node, 'postgres', $is_super) . (-e $stolen ? ' and wrote a file' : ''), 'f', $name);
	$node->safe_psql('postgres', 'ALTER ROLE tenant NOSUPERUSER');
	unlink $stolen;
	return;
}

# The trap works: a superuser who looks at the tenant's view falls into it.
tenanted_database('planted');
rows($node, 'planted', qq{$tenant CREATE VIEW work.trap AS SELECT work.grab() AS a});
rows($node, 'planted', 'SELECT count(*) FROM work.trap WHERE a');
is(rows($node, 'postgres', $is_super), 't', 'the trap works');
ok(-e $stolen, 'and what it did is seen');
$node->safe_psql('postgres', 'ALTER ROLE tenant NOSUPERUSER');
unlink $stolen;

# In the place of an owned table

rows($node, 'planted', q{SELECT whisper_revision('a table', 'CREATE TABLE public.made (a int)', 'DROP TABLE public.made',
	revision_id => 'made1')});
rows($node, 'planted', qq{$tenant SELECT whisper_upgrade(); DROP TABLE public.made;
	CREATE VIEW public.made AS SELECT 1 AS a WHERE work.grab()});
for my $call (
	'whisper_rebuild()', 'whisper_verify()', 'whisper_status()', 'whisper_tables()', 'whisper_adopt()',
	q{whisper_downgrade('base')}, q{whisper_repair('made1')}, q{whisper_claim('public.made', 'main')},
	q{whisper_rebuild(confirm => 'planted')})
{
	error_of($node, 'planted', "BEGIN; SELECT * FROM $call; ROLLBACK");
	nobody_gained("a view in the place of an owned table: $call");
}
rows($node, 'planted', qq{$tenant DROP VIEW public.made; CREATE TABLE public.made (a int);
	INSERT INTO public.made SELECT generate_series(1, 3)});
like(error_of($node, 'planted', 'SELECT * FROM whisper_rebuild()'), qr/WM012: .*\n.*\ntable "public.made": 3 rows/s,
	'rows are counted all the same');

# On an owned table: whatever runs when somebody reads, counts or drops it

rows($node, 'planted', qq{$tenant
	CREATE FUNCTION work.spring() RETURNS trigger LANGUAGE plpgsql AS
		'BEGIN PERFORM work.grab(); RETURN coalesce(NEW, OLD); END';
	CREATE FUNCTION work.quiet(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT work.grab()::int * 0';
	ALTER TABLE public.made ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
	CREATE POLICY p ON public.made USING (work.grab() OR true);
	CREATE TRIGGER t BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON public.made EXECUTE FUNCTION work.spring();
	CREATE INDEX ON public.made (work.quiet(a));
	CREATE RULE r AS ON UPDATE TO public.made DO ALSO SELECT work.grab();
	ALTER TABLE public.made ADD COLUMN b int DEFAULT work.grab()::int;
	ALTER TABLE public.made ADD COLUMN c int GENERATED ALWAYS AS (work.quiet(a)) STORED;
	ALTER TABLE public.made ADD CHECK (work.quiet(a) = 0)});
for my $call ('whisper_verify()', 'whisper_adopt(apply => true)', 'whisper_rebuild()', 'whisper_tables()',
	q{whisper_repair('made1')}, q{whisper_downgrade('base')}, q{whisper_downgrade('base', allow_data_loss => true)},
	q{whisper_claim('public.made', 'main')}, q{whisper_rebuild(confirm => 'planted')})
{
	error_of($node, 'planted', "BEGIN; SELECT * FROM $call; ROLLBACK");
	nobody_gained("policy, trigger, index, rule, default, generated column, check: $call");
}

# Other tools' tables, which anybody can make

rows($node, 'planted', qq{$tenant
	CREATE TYPE work.version AS (v text);
	CREATE FUNCTION work.as_text(work.version) RETURNS text LANGUAGE sql AS 'SELECT work.grab()::text';
	CREATE CAST (work.version AS text) WITH FUNCTION work.as_text AS IMPLICIT;
	CREATE TABLE work.alembic_version (version_num work.version);
	INSERT INTO work.alembic_version VALUES (row('a'));
	CREATE TABLE work.flyway_schema_history (version work.version, description work.version, type work.version,
		installed_rank int, success boolean);
	INSERT INTO work.flyway_schema_history VALUES (row('a'), row('b'), row('c'), 1, true);
	CREATE VIEW work.schema_migrations AS SELECT 'x'::text AS version WHERE work.grab();
	CREATE VIEW work.changes AS SELECT 'x'::text AS change, 'x'::text AS change_id, work.grab() AS project});
for my $call ('whisper_adopt()', 'whisper_adopt(apply => true)')
{
	error_of($node, 'planted', "SELECT * FROM $call");
	nobody_gained("records of other tools that are traps: $call");
}
rows($node, 'planted', qq{$tenant CREATE TABLE public.alembic_version (version_num varchar(32));
	CREATE TRIGGER t BEFORE INSERT OR UPDATE OR DELETE ON public.alembic_version FOR EACH ROW
		EXECUTE FUNCTION work.spring()});
rows($node, 'planted', q{SET whisper_migrate.sync_alembic_version = on; SELECT whisper_stamp('made1')});
nobody_gained('a trigger on Alembic\'s table');
is(rows($node, 'planted', 'SELECT * FROM public.alembic_version'), 'made1', 'which is kept in step');

# Settings of the caller's change nothing of what is done and recorded

my $state = q{SELECT md5(string_agg(x, ' ' ORDER BY x)) FROM (
	SELECT format('%s %s %s %s %s', object_type, object_identity, object_names, object_arguments, revision) FROM whisper.owned_object
	UNION ALL SELECT format('%s %s %s', revision, origin, statements) FROM whisper.applied
	UNION ALL SELECT format('%s %s', c.relname, c.relkind) FROM pg_class c WHERE relnamespace = 'public'::regnamespace) AS s (x)};
new_database($node, 'settings', '');
rows($node, 'settings', q{
	SELECT whisper_revision('a table', $$CREATE TABLE one (id serial PRIMARY KEY, "Odd" text, at timestamptz DEFAULT now());
		CREATE INDEX ON one (lower("Odd")); CREATE VIEW seen AS SELECT "Odd" FROM one; INSERT INTO one ("Odd") VALUES ('x')$$,
		'DROP VIEW seen; DROP TABLE one', 'SELECT count(*) = 1 FROM seen', revision_id => 'set1');
	SELECT whisper_revision('renamed', 'ALTER TABLE one RENAME TO two', 'ALTER TABLE two RENAME TO one',
		revision_id => 'set2')});
my $all = q{SELECT count(*) FROM whisper_upgrade()};
my $back = q{SELECT count(*) FROM whisper_downgrade('base', allow_data_loss => true)};
is(rows($node, 'settings', $all), '2', 'without settings');
my $expected = rows($node, 'settings', $state);
is(rows($node, 'settings', $back), '2', 'and back');
for my $set (
	'quote_all_identifiers = on', 'standard_conforming_strings = off', 'backslash_quote = on', 'transform_null_equals = on',
	'array_nulls = off', q{DateStyle = 'German'}, q{IntervalStyle = 'sql_standard'}, 'bytea_output = escape',
	'default_transaction_isolation = serializable', 'row_security = off', 'check_function_bodies = off',
	'session_replication_role = replica', 'enable_indexscan = off', 'enable_seqscan = off', 'plan_cache_mode = force_generic_plan',
	q{client_encoding = 'LATIN1'}, q{TimeZone = 'Pacific/Kiritimati'}, 'extra_float_digits = -15', 'jit_above_cost = 0',
	q{xmlbinary = hex}, 'default_toast_compression = pglz', 'constraint_exclusion = on', 'synchronize_seqscans = off',
	'geqo = off', 'from_collapse_limit = 1', 'join_collapse_limit = 1', 'work_mem = 64', 'default_tablespace = pg_default',
	'gin_fuzzy_search_limit = 1', 'statement_timeout = 600000', 'idle_in_transaction_session_timeout = 600000',
	'lock_timeout = 600000', 'escape_string_warning = off', 'debug_print_parse = on',
	q{whisper_migrate.profile = ''})
{
	is(rows($node, 'settings', "SET $set; $all; $state; SELECT bool_and(ok) FROM whisper_verify(); $back"),
		"2\n$expected\nt\n2", $set);
	rows($node, 'settings', "$back") if rows($node, 'settings', 'SELECT count(*) FROM whisper.applied') ne '0';
}
is(rows($node, 'settings', q{SELECT object_type, object_identity FROM whisper.owned_object}), '', 'nothing is left of it');

# What a migration may try, run by a superuser. Its first statement leaves a trace when anything of it stays.

tenanted_database('migration');
my $nothing = q{SELECT (SELECT count(*) FROM whisper.applied), (SELECT count(*) FROM whisper.history),
	to_regclass('trace') IS NULL, (SELECT count(*) FROM pg_prepared_xacts), current_user = session_user};
rows($node, 'migration', q{
	CREATE PROCEDURE ending() LANGUAGE plpgsql AS $$ BEGIN COMMIT; END $$;
	CREATE FUNCTION upgrading() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM whisper_upgrade()'});

sub attempt
{
	my ($sql) = @_;
	return error_of($node, 'migration', "SELECT whisper_register(\$reg\$-- revision: try1\n-- down_revision: base\n"
		  . "-- migrate:up\nCREATE TABLE trace (a int);\n$sql;\n-- migrate:down\nDROP TABLE trace;\n\$reg\$, 'main');\n"
		  . 'SELECT * FROM whisper_upgrade()');
}
my %refused = (
	# A lone COMMIT at the very end is the tool's that began the transaction; what comes after it is for a deploy.
	'2D000' => [ 'ROLLBACK', 'ABORT', 'SAVEPOINT s', 'ROLLBACK TO s', 'RELEASE s', 'BEGIN',
		'START TRANSACTION', q{PREPARE TRANSACTION 'p'}, 'COMMIT AND CHAIN; SELECT 1', 'CALL ending()',
		q{DO 'BEGIN COMMIT; END'}, q{DO 'BEGIN ROLLBACK; END'}, q{DO $$ BEGIN CALL ending(); END $$} ],
	'0A000' => [ q{DO $$ BEGIN EXECUTE 'COMMIT'; END $$}, q{DO $$ BEGIN EXECUTE 'SAVEPOINT s'; END $$} ],
	'55006' => [ 'SELECT whisper_upgrade()', 'SELECT upgrading()', q{DO 'BEGIN PERFORM whisper_stamp(''try1''); END'},
		q{SELECT whisper_downgrade('base')}, q{SELECT whisper_stamp('base')}, q{SELECT whisper_revision('x')},
		q{SELECT whisper_register('-- revision: x')}, 'SELECT whisper_load()', q{SELECT whisper_rebuild(confirm => 'migration')},
		q{SELECT whisper_repair('try1')}, 'SELECT whisper_adopt(apply => true)', q{SELECT whisper_claim('trace', 'main')},
		'DROP EXTENSION whisper_migrate', 'DROP EXTENSION whisper_migrate CASCADE',
		'ALTER SCHEMA whisper RENAME TO other', 'ALTER SCHEMA whisper OWNER TO tenant',
		'ALTER TABLE whisper.applied ADD COLUMN more int', 'ALTER TABLE whisper.applied DROP COLUMN origin',
		'ALTER TABLE whisper.history RENAME TO past', 'ALTER TABLE whisper.applied SET UNLOGGED',
		'ALTER TABLE whisper.history OWNER TO tenant', 'CREATE TABLE whisper.mine (a int)',
		'CREATE INDEX ON whisper.history (step)', 'ALTER SEQUENCE whisper.run_id RESTART',
		q{CREATE TRIGGER t BEFORE INSERT ON whisper.applied EXECUTE FUNCTION suppress_redundant_updates_trigger()},
		'CREATE POLICY p ON whisper.applied USING (false)',
		'CREATE RULE r AS ON INSERT TO whisper.applied DO INSTEAD NOTHING',
		'ALTER TABLE trace SET SCHEMA whisper',
		'ALTER TABLE whisper.applied ADD CHECK (false)' ],
	'2BP01' => [ 'DROP SCHEMA whisper', 'DROP SCHEMA whisper CASCADE', 'DROP TABLE whisper.applied', 'DROP FUNCTION whisper_upgrade' ],
	'42501' => [ 'CREATE TABLE pg_catalog.mine (a int)', 'ALTER TABLE pg_catalog.pg_class ADD COLUMN mine int',
		'DROP TABLE pg_catalog.pg_depend', 'CREATE TRIGGER t BEFORE INSERT ON pg_catalog.pg_proc EXECUTE FUNCTION suppress_redundant_updates_trigger()' ],
	'22012' => [ 'SELECT 1 / 0', q{CREATE TABLE early (a int) WITH (fillfactor = 50); SELECT 1 / 0} ],
	'25001' => [ 'COMMIT; SELECT 1', 'END; SELECT 1', q{COMMIT PREPARED 'p'}, 'VACUUM', 'CREATE DATABASE x', 'DISCARD ALL', 'CREATE INDEX CONCURRENTLY ON trace (a)' ],
	'57014' => [ 'SELECT pg_cancel_backend(pg_backend_pid()); SELECT pg_sleep(60)' ]);
for my $sqlstate (sort keys %refused)
{
	for my $sql (@{ $refused{$sqlstate} })
	{
		my $error = attempt($sql);
		like($error, qr/\A\Q$sqlstate\E: /, "$sqlstate: $sql");
		is(rows($node, 'migration', $nothing), '0|0|t|0|t', '… and nothing has happened') or BAIL_OUT($sql);
	}
}
like(attempt('SELECT pg_terminate_backend(pg_backend_pid()); SELECT pg_sleep(60)'), qr/57P01/, 'it ends its own session');
is(rows($node, 'migration', $nothing), '0|0|t|0|t', '… and nothing has happened');
like(attempt('ALTER TABLE trace ADD UNIQUE (a) DEFERRABLE INITIALLY DEFERRED; INSERT INTO trace VALUES (1), (1)'),
	qr/\A23505: /, 'what only the COMMIT finds');
is(rows($node, 'migration', $nothing), '0|0|t|0|t', '… undoes the whole');

# What it may do, and what is undone after it

my $undone = q{SELECT current_setting('search_path'), current_user, current_setting('role'),
	current_setting('transaction_read_only'), (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ExclusiveLock')};
my $as_it_was = '"$user", public|postgres|none|off|';
for my $sql (
	'SET ROLE tenant', 'SET LOCAL ROLE tenant', 'SET SESSION AUTHORIZATION tenant', 'SET search_path = work',
	q{SELECT set_config('search_path', 'work, pg_temp', false)}, 'SET LOCAL search_path = pg_temp, work, pg_catalog',
	'SET transaction_read_only = on', 'SET whisper_migrate.profile = nosuch', 'SET session_replication_role = replica',
	'SET quote_all_identifiers = on', 'SELECT pg_advisory_unlock_all()', 'RESET ALL', 'SET CONSTRAINTS ALL DEFERRED',
	'CREATE TEMP TABLE applied (a int); CREATE TEMP TABLE pg_class (a int); SET search_path = pg_temp, pg_catalog',
	'CREATE TEMP TABLE pg_namespace AS SELECT 1 AS a; CREATE TEMP VIEW pg_depend AS SELECT 1 / 0 AS a',
	'CREATE SCHEMA evil; CREATE FUNCTION evil.unnest(text[]) RETURNS int LANGUAGE sql AS \'SELECT 1 / 0\'; SET search_path = evil, pg_catalog',
	'GRANT EXECUTE ON FUNCTION whisper_upgrade TO tenant; REVOKE EXECUTE ON FUNCTION whisper_upgrade FROM tenant')
{
	is(attempt("$sql;\n") =~ s/\s+\z//r, '', "it may: $sql");
	is(rows($node, 'migration', q{SELECT applied_by, revision FROM whisper.applied}), 'postgres|try1', '… and is recorded as its caller\'s');
	is(rows($node, 'migration', q{SELECT object_identity, tier FROM whisper.owned_object WHERE object_type = 'table'}),
		'public.trace|main', '… with what it made');
	my $in_session = rows($node, 'migration', "SELECT whisper_downgrade('base'); DROP SCHEMA IF EXISTS evil CASCADE;
		BEGIN; SELECT count(*) FROM whisper_upgrade(); $undone; ROLLBACK");
	like($in_session, qr/^\Q$as_it_was\E1$/m, '… which leaves settings, role and lock as they were');
	$node->safe_psql('migration', 'DELETE FROM whisper.history; DROP SCHEMA IF EXISTS evil CASCADE');
}

# An event trigger, be it the migration's own, sees the run and cannot break it in two.
like(attempt(q{CREATE FUNCTION stop() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'stopped'; END $$;
	CREATE EVENT TRIGGER stops ON ddl_command_end EXECUTE FUNCTION stop(); CREATE TABLE after (a int)}), qr/\AP0001: stopped/,
	'an event trigger that stops it');
is(rows($node, 'migration', $nothing), '0|0|t|0|t', '… stops all of it');

# A role with fewer rights cannot have the catalog written for it, nor hold a lock on it that stops others for long.
for my $sql ('LOCK TABLE whisper.applied IN EXCLUSIVE MODE', 'LOCK TABLE whisper.applied IN SHARE MODE',
	'SELECT 1 FROM whisper.applied FOR UPDATE', 'SELECT 1 FROM whisper.revision FOR KEY SHARE')
{
	raises($node, 'migration', "$tenant BEGIN; $sql", '42501', "a plain role: $sql");
}

$node->stop;
done_testing();
