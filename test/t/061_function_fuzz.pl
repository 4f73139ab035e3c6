# Every function of the extension with every kind of argument, wherever SQL can stand: whatever it answers, the server
# stays, nothing is an internal error, and no lock is left.
#
# WHISPER_FUZZ_SECONDS: how long (the default is short). WHISPER_FUZZ_SEED: the choices of the run that printed it.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database rows raises start_sql finish_sql);
use WhisperFuzz qw(fuzz_seed fuzz_seconds pick chance functions_of call_of run_script nothing_broken);

my $seed = fuzz_seed();
my $until = time + fuzz_seconds(20);

my $node = new_node('function_fuzz');
$node->append_conf('postgresql.conf', q{
	max_prepared_transactions = 5
	log_error_verbosity = verbose
	log_statement = none
	log_min_error_statement = panic
	fsync = off});
$node->restart;

sub prepare_database
{
	my ($dbname) = @_;
	new_database($node, $dbname, '');
	$node->safe_psql($dbname, q{
		SELECT whisper_revision('one', 'CREATE TABLE public.made(a int)', 'DROP TABLE public.made', 'SELECT true', revision_id => 'made1');
		SELECT whisper_revision('two', 'ALTER TABLE public.made ADD b int', 'ALTER TABLE public.made DROP b', revision_id => 'made2');
		CREATE TABLE fuzz_rows (a int);
		CREATE FUNCTION fuzz_call() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
			IF coalesce(current_setting('fuzz.call', true), '') <> '' THEN EXECUTE current_setting('fuzz.call'); END IF; END $$;
		CREATE FUNCTION fuzz_row() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM fuzz_call(); RETURN NEW; END';
		CREATE FUNCTION fuzz_event() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN PERFORM fuzz_call(); END';
		CREATE TRIGGER now BEFORE INSERT ON fuzz_rows FOR EACH ROW EXECUTE FUNCTION fuzz_row();
		CREATE CONSTRAINT TRIGGER later AFTER UPDATE ON fuzz_rows DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fuzz_row();
		INSERT INTO fuzz_rows VALUES (1);
		CREATE EVENT TRIGGER ends ON ddl_command_end EXECUTE FUNCTION fuzz_event();
		CREATE EVENT TRIGGER drops ON sql_drop EXECUTE FUNCTION fuzz_event()});
	return;
}
$node->safe_psql('postgres', 'CREATE ROLE fuzz_low');
prepare_database('fuzz');

# Another extension, whose script calls ours.
my $share = $node->config_data('--sharedir') . '/extension';
append_to_file("$share/whisper_caller.control", "default_version = '1'\nrelocatable = false\n");
append_to_file("$share/whisper_caller--1.sql", "SELECT public.fuzz_call();\nCREATE FUNCTION \@extschema\@.fuzz_member() RETURNS int LANGUAGE sql AS 'SELECT 1';\n");

my $parallel = $node->pg_version >= 16 ? 'debug_parallel_query' : 'force_parallel_mode';

# Where a call can stand. In a text that is executed it is the setting fuzz.call.
my %contexts = (
	'by itself' => sub { "$_[0];" },
	'in a transaction' => sub { "BEGIN; $_[0]; ROLLBACK;" },
	'read only' => sub { "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY; $_[0]; ROLLBACK;" },
	'as a plain role' => sub { "SET ROLE fuzz_low; $_[0]; RESET ROLE;" },
	'in an aborted subtransaction' => sub { "BEGIN; SAVEPOINT s; $_[0]; ROLLBACK TO s; $_[1]; ROLLBACK;" },
	'after text of an aborted subtransaction' => sub {
		"BEGIN; SAVEPOINT s; SELECT whisper_register(E'-- revision: gone1\\n-- migrate:up\\nSELECT 1;\\n-- migrate:down\\n');"
		  . " SELECT whisper_upgrade(); ROLLBACK TO s; $_[0]; $_[1]; ROLLBACK;" },
	'in DO' => sub { 'DO $do$ BEGIN PERFORM fuzz_call(); END $do$;' },
	'in DO that commits' => sub { 'DO $do$ BEGIN EXECUTE current_setting(\'fuzz.call\'); COMMIT; EXECUTE current_setting(\'fuzz.call\'); ROLLBACK; END $do$;' },
	'in DO that raises after it' => sub { 'DO $do$ BEGIN FOR i IN 1..2 LOOP BEGIN PERFORM fuzz_call(); RAISE division_by_zero; EXCEPTION WHEN OTHERS THEN NULL; END; END LOOP; END $do$;' },
	'in a loop over a cursor' => sub { 'DO $do$ DECLARE r record; BEGIN FOR r IN SELECT * FROM fuzz_rows LOOP EXECUTE current_setting(\'fuzz.call\'); COMMIT; END LOOP; END $do$;' },
	'in a held cursor' => sub { $_[0] =~ /^CALL/ ? "$_[0];" : "BEGIN; DECLARE c CURSOR WITH HOLD FOR $_[0]; FETCH 1 FROM c; COMMIT; FETCH ALL FROM c; CLOSE c;" },
	'in a cursor that is left open' => sub { $_[0] =~ /^CALL/ ? "$_[0];" : "BEGIN; DECLARE c SCROLL CURSOR FOR $_[0]; FETCH 1 FROM c; $_[1]; FETCH BACKWARD 1 FROM c; ROLLBACK;" },
	'in a trigger' => sub { 'INSERT INTO fuzz_rows VALUES (2), (3); DELETE FROM fuzz_rows WHERE a > 1;' },
	'in a deferred trigger' => sub { 'BEGIN; UPDATE fuzz_rows SET a = 1; COMMIT;' },
	'in an event trigger' => sub { 'BEGIN; CREATE TABLE fuzz_event (a int); DROP TABLE fuzz_event; ROLLBACK;' },
	'in a script of another extension' => sub { 'CREATE EXTENSION whisper_caller; DROP EXTENSION IF EXISTS whisper_caller;' },
	'with parallel workers' => sub { "SET $parallel = on; $_[0]; SELECT count(*) FROM fuzz_rows, pg_class WHERE fuzz_call()::text = ''; RESET $parallel;" },
	'in a prepared transaction' => sub { "BEGIN; $_[0]; PREPARE TRANSACTION 'fuzz'; ROLLBACK PREPARED 'fuzz';" },
	'in a prepared statement' => sub { $_[0] =~ /^CALL/ ? "$_[0];" : "PREPARE p AS $_[0]; EXECUTE p; EXECUTE p; DEALLOCATE p;" },
	'around DROP EXTENSION' => sub { "BEGIN; $_[0]; DROP EXTENSION whisper_migrate CASCADE; $_[1]; ROLLBACK;" },
	'in a capture' => sub { "SELECT whisper_capture_begin(); $_[0]; CREATE TEMP TABLE caught (a int); DROP TABLE caught; SELECT whisper_capture_abort();" },
	'of a schema that is gone' => sub { "BEGIN; CREATE SCHEMA fuzz_s; SET LOCAL search_path = fuzz_s, public; DROP SCHEMA fuzz_s; $_[0]; ROLLBACK;" });

# A lock that is still there when the statement has ended and no transaction is open.
my $locks = q{SELECT 'left ' || locktype || ' ' || mode FROM pg_locks WHERE pid = pg_backend_pid()
	AND locktype <> 'virtualxid' AND relation IS DISTINCT FROM 'pg_locks'::regclass
	AND NOT (locktype = 'relation' AND mode = 'AccessShareLock');};

my @functions = functions_of($node, 'fuzz');
cmp_ok(scalar @functions, '>', 25, 'the functions are found: ' . @functions);
my @names = sort keys %contexts;

sub statements_for
{
	my ($function, $context) = @_;
	my ($call, $next) = (call_of($function), call_of(pick(@functions)));
	return "SET fuzz.call = \$fuzz\$$call\$fuzz\$;\n" . $contexts{$context}->($call, $next)
	  . "\nROLLBACK;\nRESET fuzz.call;\nRESET ROLE;\n$locks\n";
}

my $settings = "\\o\n\\timing off\nSET client_min_messages = error;\nSET statement_timeout = '2s';\nSET lock_timeout = '500ms';\n";
my ($log, $calls, @left) = (0, 0);

sub keep_extension
{
	my ($dbname) = @_;
	return if rows($node, $dbname, q{SELECT count(*) FROM pg_extension WHERE extname = 'whisper_migrate'}) eq '1';
	$node->safe_psql($dbname, 'CREATE EXTENSION whisper_migrate');
	return;
}

sub some_statements
{
	my ($number) = @_;
	my $script = $settings;
	for (1 .. $number)
	{
		$script .= statements_for(pick(@functions), pick(@names));
		++$calls;
	}
	return $script;
}

# Each function in each place once, as far as time allows, and then whatever comes.
my @rounds = map { my $f = $_; map { [ $f, $_ ] } @names } @functions;
@rounds = map { $_->[1] } sort { $a->[0] <=> $b->[0] } map { [ rand(), $_ ] } @rounds;
while (time < $until - 4)
{
	my $script = $settings;
	for (1 .. 40)
	{
		my $next = shift @rounds;
		$script .= $next ? statements_for(@$next) : statements_for(pick(@functions), pick(@names));
		++$calls;
	}
	my ($stdout, $stderr) = run_script($node, 'fuzz', $script);
	push @left, grep { /^left / } split /\n/, $stdout;
	if ($stderr =~ /server closed the connection|connection to server was lost/)
	{
		fail('the session lives');
		diag($script);
		last;
	}
	keep_extension('fuzz');
}
is(join(', ', @left), '', "$calls calls: no lock is left");
$log = nothing_broken($node, $log, 'no crash and no internal error');

# Cancelled and terminated at any moment.

my @sessions = map { start_sql($node, 'fuzz', split /\n(?=SET fuzz\.call)/, some_statements(25) =~ s/^\\.*\n//gmr) } 1 .. 2;
my $end = time + 2;
while (time < $end)
{
	my $way = chance(0.8) ? 'pg_cancel_backend' : 'pg_terminate_backend';
	$node->safe_psql('postgres', "SELECT $way(pid) FROM pg_stat_activity WHERE datname = 'fuzz' ORDER BY random() LIMIT 1");
}
$node->safe_psql('postgres', q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'fuzz'});
finish_sql($_) for @sessions;
# What was prepared when its session was ended keeps its locks, as it should.
$node->psql('fuzz', q{SELECT format('ROLLBACK PREPARED %L', gid) FROM pg_prepared_xacts WHERE database = 'fuzz' \gexec});
$log = nothing_broken($node, $log, 'cancelled and terminated at any moment: no crash and no internal error');
is(rows($node, 'postgres', q{SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'}), '0', '… and no lock is left');
is(rows($node, 'postgres', q{SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'whisper%'}), '0', '… and no worker');

# The role and the database go while somebody calls.

prepare_database('going');
$node->safe_psql('postgres', 'CREATE ROLE fuzz_going SUPERUSER');
my $script = some_statements(20) =~ s/^\\.*\n//gmr;
my $session = start_sql($node, 'going', 'SET SESSION AUTHORIZATION fuzz_going', 'SELECT pg_sleep(0.3)', split /\n(?=SET fuzz\.call)/, $script);
$node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(0.3)%' AND datname = 'going'});
run_script($node, 'going', "REASSIGN OWNED BY fuzz_going TO postgres; DROP OWNED BY fuzz_going; DROP ROLE fuzz_going;");
finish_sql($session);
$log = nothing_broken($node, $log, 'a role that is gone: no crash and no internal error',
	qr/role with OID \d+ (?:does not exist|was concurrently dropped)/);
keep_extension('going');
$session = start_sql($node, 'going', split /\n(?=SET fuzz\.call)/, some_statements(30) =~ s/^\\.*\n//gmr);
select(undef, undef, undef, 0.3 + rand(0.7));
# What a session has prepared keeps the database; FORCE ends sessions alone.
my $gone = 0;
for (1 .. 20)
{
	last if $gone = $node->psql('postgres', 'DROP DATABASE going WITH (FORCE)') == 0;
	$node->psql('going', q{SELECT format('ROLLBACK PREPARED %L', gid) FROM pg_prepared_xacts WHERE database = 'going' \gexec});
}
ok($gone, 'a database is dropped under calls');
finish_sql($session);
$log = nothing_broken($node, $log, 'a database that is gone: no crash and no internal error');

# Types upon types: a chain that is deeper than the stack, and one type that a million ways lead to.

prepare_database('types');
rows($node, 'types', q{SET client_min_messages = error; DROP EVENT TRIGGER ends; DROP EVENT TRIGGER drops; SELECT whisper_stamp('heads');
	CREATE TYPE c AS (x int, y int); CREATE DOMAIN d0 AS c; CREATE TYPE t0 AS (a c);
	DO $$ BEGIN
		FOR i IN 1..1200 LOOP EXECUTE format('CREATE DOMAIN d%s AS d%s', i, i - 1); END LOOP;
		FOR i IN 1..10 LOOP EXECUTE format('CREATE TYPE t%s AS (a t%s, b t%2$s)', i, i - 1); END LOOP;
	END $$;
	CREATE TABLE deep (a d1200); CREATE TABLE wide (a t10);
	INSERT INTO deep VALUES (ROW(1, 2)), (NULL);
	SELECT whisper_register(E'-- revision: types1\n-- migrate:up\nSELECT 1;\n-- migrate:down\nALTER TYPE c DROP ATTRIBUTE y CASCADE;\n');
	SELECT whisper_upgrade('types1')});
my $down = q{SET max_stack_depth = '100kB'; SET statement_timeout = '20s'; SELECT revision FROM whisper_downgrade('types1-1')};
raises($node, 'types', $down, 'WM012', 'values of a type deep below many others are counted', qr/1 row/);
rows($node, 'types', 'DELETE FROM deep');
is(rows($node, 'types', $down), 'types1', '… each type once: none of them, and it goes');
nothing_broken($node, $log, 'no crash and no internal error');

is(rows($node, 'postgres', q{SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'}), '0', 'no lock is left');
is(rows($node, 'fuzz', 'SELECT count(*) FROM whisper.deployment'), '0', 'no deploy is left');
unlink "$share/whisper_caller.control", "$share/whisper_caller--1.sql";
$node->stop;
done_testing();
