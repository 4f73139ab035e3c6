# What a role with few rights plants and registers, put together at random from a grammar of tricks, in the way of a
# superuser and of a role between them, who call every function: nobody does unknowingly what the low role could not.
#
# WHISPER_FUZZ_SECONDS: how long (the default is short). WHISPER_FUZZ_SEED: the choices of the run that printed it.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database rows);
use WhisperTricks qw(trick statement canary_file next_number);
use WhisperFuzz qw(fuzz_seed fuzz_seconds pick chance functions_of call_of run_script nothing_broken);

my $seed = fuzz_seed();
my $until = time + fuzz_seconds(18);

my $node = new_node('low_role');
$node->append_conf('postgresql.conf', q{
	max_prepared_transactions = 5
	log_error_verbosity = verbose
	log_min_error_statement = panic
	autovacuum = off
	fsync = off});
$node->restart;
my $canary_file = canary_file();
$node->safe_psql('postgres', 'CREATE ROLE low LOGIN; CREATE ROLE middle LOGIN; GRANT low TO middle; CREATE ROLE audience');

# What the low role does in whoever's name it comes to run: takes rights, writes where it may not, leaves a file.
my $grab = qq{
	CREATE FUNCTION low.grab() RETURNS boolean LANGUAGE plpgsql AS \$f\$ BEGIN
		BEGIN PERFORM set_config('role', 'none', true); EXCEPTION WHEN OTHERS THEN NULL; END;
		BEGIN ALTER ROLE low SUPERUSER; EXCEPTION WHEN OTHERS THEN NULL; END;
		BEGIN GRANT middle TO audience; EXCEPTION WHEN OTHERS THEN NULL; END;
		BEGIN INSERT INTO guarded.of_superuser VALUES (1); EXCEPTION WHEN OTHERS THEN NULL; END;
		BEGIN INSERT INTO guarded.of_middle VALUES (1); EXCEPTION WHEN OTHERS THEN NULL; END;
		BEGIN COPY (SELECT 1) TO PROGRAM 'touch $canary_file'; EXCEPTION WHEN OTHERS THEN NULL; END;
		RETURN true;
	EXCEPTION WHEN OTHERS THEN RETURN true; END \$f\$;
	CREATE FUNCTION low.pure(anyelement) RETURNS anyelement IMMUTABLE LANGUAGE plpgsql AS 'BEGIN PERFORM low.grab(); RETURN \$1; END';
	CREATE FUNCTION low.row() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM low.grab(); RETURN NEW; END';
	GRANT USAGE ON SCHEMA low TO PUBLIC};
new_database($node, 'model', '');
$node->safe_psql('model', qq{
	CREATE SCHEMA low AUTHORIZATION low;
	GRANT CREATE ON SCHEMA public TO low;
	GRANT TEMP ON DATABASE model TO low;
	CREATE SCHEMA guarded; GRANT USAGE ON SCHEMA guarded TO PUBLIC;
	CREATE TABLE guarded.of_superuser (a int);
	CREATE TABLE guarded.of_middle (a int); GRANT INSERT ON guarded.of_middle TO middle;
	DO \$\$ DECLARE f regprocedure; BEGIN
		FOR f IN SELECT objid::regprocedure FROM pg_depend WHERE classid = 'pg_proc'::regclass AND deptype = 'e'
			AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'whisper_migrate') LOOP
			EXECUTE format('GRANT EXECUTE ON ROUTINE %s TO middle', f); END LOOP; END \$\$;
	GRANT EXECUTE ON FUNCTION whisper_register, whisper_revision, whisper_merge, whisper_upgrade, whisper_downgrade, whisper_stamp,
		whisper_load, whisper_repair, whisper_adopt, whisper_claim, whisper_capture_begin, whisper_capture_end TO low;
	GRANT EXECUTE ON PROCEDURE whisper_deploy TO low;
	SELECT whisper_revision('mine', 'CREATE TABLE public.mine(a int)', 'DROP TABLE public.mine', 'SELECT true', revision_id => 'mine1');
	SET SESSION AUTHORIZATION low;
	$grab});

sub registration
{
	my $n = next_number();
	my $outside = chance(0.3) ? ' transaction:false' : '';
	my $text = "-- revision: low$n\n" . (chance(0.2) ? "-- down_revision: mine1\n" : '') . "-- migrate:up$outside\n"
	  . join('', map { statement() . ";\n" } 1 .. (chance(0.7) ? 1 : 3));
	if (chance(0.15))
	{
		$text .= "-- migrate:batch table=low.big key=id\nUPDATE low.big SET b = low.pure(1) WHERE id BETWEEN :batch_start AND :batch_end;\n";
	}
	$text .= "-- migrate:down\n" . join('', map { statement() . ";\n" } 1 .. 1 + int(rand(2)));
	$text .= "-- migrate:verify\n" . pick('SELECT low.grab()', 'SELECT true', 'WITH x AS (SELECT low.grab()) SELECT true FROM x', statement()) . ";\n" if chance(0.7);
	return ("low$n", "SELECT whisper_register(\$reg\$$text\$reg\$)");
}

# Calls that make sense; those with arguments of any kind come from the catalog.
my @usual = (
	'SELECT * FROM whisper_upgrade()', q{SELECT * FROM whisper_downgrade('base')}, q{SELECT * FROM whisper_downgrade('-1', allow_data_loss => true)},
	'SELECT * FROM whisper_verify()', 'SELECT whisper_assert()', 'SELECT * FROM whisper_adopt()', 'SELECT * FROM whisper_adopt(apply => true)',
	'SELECT * FROM whisper_plan()', 'SELECT * FROM whisper_sql()', 'SELECT * FROM whisper_status()', 'SELECT * FROM whisper_tables()',
	'CALL whisper_deploy()', q{CALL whisper_deploy('base', direction => 'downgrade')}, q{SELECT * FROM whisper_stamp('heads')}, q{SELECT whisper_load('')},
	'SELECT whisper_load()', q{SELECT * FROM whisper_rebuild(confirm => current_database()::text)}, 'SELECT * FROM whisper_log()', 'SELECT * FROM whisper_progress()',
	q{SELECT * FROM whisper_upgrade('heads')}, q{CALL whisper_deploy('heads')}, q{SELECT whisper_export('mine1')}, q{SELECT * FROM whisper_repair('mine1')},
	q{BEGIN; SELECT * FROM whisper_upgrade('heads'); COMMIT}, q{SET whisper_migrate.sync_alembic_version = on; SELECT * FROM whisper_upgrade('mine1')},
	q{SELECT whisper_capture_begin(); CREATE TABLE public.caught (a int); DROP TABLE public.caught; SELECT whisper_capture_abort()});
my @callers = (
	'RESET ROLE', 'SET ROLE low', 'SET ROLE middle', 'SET SESSION AUTHORIZATION middle', 'SET SESSION AUTHORIZATION middle; SET ROLE low');

# What has happened that the low role could not do; '' when nothing. Roles are asked for as they are on disk.
my $gains = q{SELECT concat_ws(', ',
	(SELECT 'roles have changed' WHERE EXISTS (SELECT FROM pg_authid WHERE (rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls) AND oid <> 10)),
	(SELECT 'memberships' WHERE EXISTS (SELECT FROM pg_auth_members WHERE member::regrole::text IN ('low', 'middle', 'audience') AND roleid <> 'low'::regrole)),
	(SELECT 'rows of the superuser' WHERE EXISTS (SELECT FROM guarded.of_superuser)),
	(SELECT 'rows of the middle role' WHERE EXISTS (SELECT FROM guarded.of_middle)),
	(SELECT 'objects in other schemas' WHERE EXISTS (SELECT FROM pg_class WHERE relowner = 'low'::regrole
		AND relnamespace::regnamespace::text !~ '^(low|public|pg_toast|pg_temp.*)$')))};
sub gained
{
	my ($dbname) = @_;
	my $gained = rows($node, $dbname, $gains);
	return join ', ', grep { $_ ne '' } $gained, -e $canary_file ? 'a file' : '';
}

sub reset_canaries
{
	$node->safe_psql('postgres', 'ALTER ROLE low NOSUPERUSER; REVOKE middle FROM audience; DROP ROLE IF EXISTS made_by_low');
	unlink $canary_file;
	return;
}

# The trap works.
$node->safe_psql('postgres', 'CREATE DATABASE control TEMPLATE model');
rows($node, 'control', 'SELECT low.grab()');
is(gained('control'), 'roles have changed, memberships, rows of the superuser, rows of the middle role, a file',
	'a superuser who steps into the trap does all that is looked for');
reset_canaries();
rows($node, 'control', 'DELETE FROM guarded.of_superuser; DELETE FROM guarded.of_middle');
is(gained('control'), '', 'and it can be set again');

my @functions = functions_of($node, 'model');
my ($rounds, $calls, @broken) = (0, 0);
while (time < $until)
{
	my $dbname = 'round' . ++$rounds;
	$node->safe_psql('postgres', "CREATE DATABASE $dbname TEMPLATE model; GRANT TEMP ON DATABASE $dbname TO low;
		ALTER DATABASE $dbname SET whisper_migrate.script_location = ''");
	my @low = ('CREATE TABLE low.big (id int PRIMARY KEY, b int)', 'INSERT INTO low.big SELECT i, i FROM generate_series(1, 3) i');
	push @low, trick() for 1 .. 4 + int(rand(5));
	my @calls;
	for (1 .. 6)
	{
		my ($id, $registers) = registration();
		push @low, $registers;
		push @calls, "SELECT * FROM whisper_upgrade('$id')", "CALL whisper_deploy('$id')", "SELECT * FROM whisper_downgrade('$id-1')",
			"SELECT * FROM whisper_upgrade('$id')" if chance(0.7);
	}
	push @low, 'SELECT * FROM whisper_upgrade()' if chance(0.2);
	push @calls, (map { pick(@usual) } 1 .. 20), map { call_of(pick(@functions)) } 1 .. 5;
	my $script = "SET SESSION AUTHORIZATION low;\nSET statement_timeout = '5s';\n" . join('', map { "$_;\n" } @low) .
		"RESET SESSION AUTHORIZATION;\nDISCARD TEMP;\nSET client_min_messages = error;\nSET statement_timeout = '5s';\n";
	for my $call (map { $_->[1] } sort { $a->[0] <=> $b->[0] } map { [ rand(), $_ ] } @calls)
	{
		$script .= pick(@callers) . ";\n$call;\nROLLBACK;\nRESET SESSION AUTHORIZATION;\nRESET ROLE;\n";
		++$calls;
	}
	run_script($node, $dbname, $script);
	if (my $gained = gained($dbname))
	{
		push @broken, "round $rounds: $gained";
		diag("round $rounds: $gained\n$script") if @broken < 4;
		reset_canaries();
	}
	$node->safe_psql('postgres', "DROP DATABASE $dbname WITH (FORCE)");
}
is(join("\n", @broken), '', "$rounds rounds, $calls calls: nothing that the low role could not do has happened");
nothing_broken($node, 0, 'no crash and no internal error');
$node->stop;
done_testing();
