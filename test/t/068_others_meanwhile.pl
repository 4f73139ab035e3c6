# What another session does meanwhile: another text for what is being read, and a stranger who holds the engine's locks.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database database_of deploy_left_over rows error_of raises start_sql finish_sql wait_for);

my $node = new_node('meanwhile');
$node->safe_psql('postgres', 'CREATE ROLE low LOGIN; CREATE ROLE stranger LOGIN');

# Text and author are compared with those that were planned

new_database($node, 'anew', '');
my $text = sub { "SELECT whisper_register(\$text\$-- revision: made$_[0]\n-- down_revision: "
	  . ($_[0] > 1 ? 'made' . ($_[0] - 1) : 'base') . "\n-- migrate:up\n$_[1];\n-- migrate:down\nSELECT 1;\n\$text\$);" };
rows($node, 'anew', $text->(1, 'SELECT 1') . $text->(2, 'SELECT 2'));

# Somebody who keeps a reader waiting after it has read the registry, and then changes it
sub while_it_reads
{
	my ($change, $call) = @_;
	my $changes = start_sql($node, 'anew', 'SET client_min_messages = warning', 'BEGIN',
		'LOCK TABLE whisper.pack_check', q{DO $$ BEGIN FOR i IN 1..2000 LOOP
			EXIT WHEN EXISTS (SELECT FROM pg_locks WHERE relation = 'whisper.pack_check'::regclass AND NOT granted);
			PERFORM pg_sleep(0.02); END LOOP; END $$}, $change, 'COMMIT');
	wait_for($node, q{SELECT count(*) = 1 FROM pg_locks JOIN pg_database d ON d.oid = database
		WHERE datname = 'anew' AND mode = 'AccessExclusiveLock' AND granted});
	my $error = error_of($node, 'anew', $call);
	finish_sql($changes);
	return $error;
}
my $anew = qr/^40001: revision "made2" was registered anew while it was read\nDETAIL:  Another session has sent another text, or answers for it now\.\nHINT:  repeat the call/;
my $n = 10;
for my $call (q{SELECT whisper_export('made2')}, 'SELECT whisper_sql()')
{
	like(while_it_reads($text->(2, 'SELECT ' . $n++), $call), $anew, "another text: $call");
	is(error_of($node, 'anew', $call), '', 'repeated, it works');
}
# Runs keep whisper_register() out: only who writes the tables himself gets so far.
for my $case (
	[ q{UPDATE whisper.revision SET up_sql = 'SELECT 3', checksum = '\x00' WHERE revision = 'made2'}, 'SELECT whisper_upgrade()', 'another text' ],
	[ q{UPDATE whisper.revision SET registered_by = 'low', registered_by_oid = 'low'::regrole WHERE revision = 'made2'}, 'SELECT whisper_upgrade()', 'another author' ],
	[ q{UPDATE whisper.revision SET registered_by = 'postgres', registered_by_oid = 'postgres'::regrole WHERE revision = 'made2'},
		'SELECT whisper_sql()', 'a better author' ],
	[ q{UPDATE whisper.revision SET registered_by_oid = 'stranger'::regrole WHERE revision = 'made2'}, q{SET statement_timeout = '20s'; CALL whisper_deploy()}, 'another OID' ])
{
	my ($change, $call, $what) = @$case;
	like(while_it_reads($change, $call), $anew, "$what: $call");
	is(rows($node, 'anew', q{SELECT count(*) FROM whisper.applied WHERE revision = 'made2'}), '0', 'and nothing has run');
}
# Neither does a migration that rewrites the next one.
rows($node, 'anew', q{DELETE FROM whisper.applied; DELETE FROM whisper.revision;} . $text->(1,
		q{UPDATE whisper.revision SET up_sql = 'ALTER ROLE low SUPERUSER', checksum = '\\x01' WHERE revision = 'made2'}) . $text->(2, 'SELECT 2'));
like(error_of($node, 'anew', 'SELECT whisper_upgrade()'), qr/^55006: a migration cannot write to table whisper\.revision/, 'a text that rewrites the next one');
is(rows($node, 'anew', 'SELECT count(*) FROM whisper.applied'), '0', 'nothing of it stays');

# A stranger who holds the engine's locks: what its users see

my ($left_over, $nothing) = deploy_left_over();
my $top = "-- migrate:up transaction:false\n";
database_of($node, 'held', 'h1_x.sql' => "-- migrate:up\nCREATE TABLE h1 ();\n", 'h2_x.sql' => "-- migrate:up\nSELECT pg_sleep(3);\n",
	'h3_x.sql' => "${top}CREATE TABLE h3 ();\n");
rows($node, 'held', q{GRANT EXECUTE ON FUNCTION whisper_upgrade TO low; GRANT EXECUTE ON PROCEDURE whisper_deploy TO low;
	GRANT CREATE ON SCHEMA public TO low; ALTER DATABASE held SET client_min_messages = notice});
my %keys = (deploy => 1684369516, worker => 2003792491, run => 1835624306);
sub stranger_takes
{
	my ($key, $how) = @_;
	my $stranger = start_sql($node, 'held', 'SET SESSION AUTHORIZATION stranger', q{SET application_name = 'my secrets'},
		"SELECT pg_advisory_lock$how(2003333744, $keys{$key}), pg_sleep(600)");
	wait_for($node, "SELECT count(*) = 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = $keys{$key} AND granted");
	return $stranger;
}
sub stranger_goes
{
	my ($stranger) = @_;
	rows($node, 'held', q{SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)' AND pid <> pg_backend_pid()});
	finish_sql($stranger);
	return;
}
sub says
{
	my ($sql, @patterns) = @_;
	my (undef, undef, $stderr) = $node->psql('held', "\\set VERBOSITY verbose\nSET SESSION AUTHORIZATION low; SET statement_timeout = '60s';\n$sql", on_error_stop => 0);
	my $name = "$sql beside a stranger: " . shift @patterns;
	my @wrong = grep { $stderr !~ $_ } @patterns;
	ok(!@wrong, $name) or diag("said: $stderr\ndoes not match: @wrong");
	unlike($stderr, qr/my secrets|pg_sleep/, 'and nothing of what the stranger does');
	return;
}
for my $key ('deploy', 'worker')
{
	my $stranger = stranger_takes($key, '');
	says('SELECT whisper_upgrade()', "lock of $key", qr/ERROR:  55006: this database is being migrated by whisper_deploy/,
		qr/DETAIL:  It is process \d+\./, qr/HINT:  see SELECT \* FROM whisper_progress\(\), and repeat the call when it is done/);
	says(q{CALL whisper_deploy(max_wait => '1 s')}, "lock of $key", qr/NOTICE:.*waiting for process \d+, which is migrating this database/,
		qr/ERROR:  55P03: another migration of this database took longer than max_wait/, qr/DETAIL:  It is process \d+\./);
	is(rows($node, 'held', 'SELECT count(*) FROM whisper_status(); SELECT count(*) FROM whisper_plan(); SELECT count(*) FROM whisper_progress()') =~ s/\n\d+\z//r,
		"1\n3", 'what reads goes on');
	stranger_goes($stranger);
}
my $stranger = stranger_takes('deploy', '_shared');
like(error_of($node, 'held', q{BEGIN; SELECT whisper_upgrade('h1'); ROLLBACK}), qr/\A\z/, 'a shared lock keeps no upgrade out');
says(q{CALL whisper_deploy(max_wait => '1 s')}, 'a shared lock', qr/ERROR:  55P03: .*max_wait/);
stranger_goes($stranger);
$stranger = stranger_takes('run', '');
says(q{SET lock_timeout = '1 s'; SELECT whisper_upgrade('h1')}, 'lock of runs', qr/NOTICE:.*waiting for process \d+, which is migrating this database/,
	qr/ERROR:  55P03: canceling statement due to lock timeout/);
stranger_goes($stranger);

# One who takes the worker's lock when the deploy has looked for it already
my $deploy = start_sql($node, 'held', q{CALL whisper_deploy(max_wait => '2 s')});
wait_for($node, q{SELECT count(*) = 1 FROM pg_stat_activity WHERE application_name LIKE 'whisper: 2/3%'});
$stranger = stranger_takes('worker', '');
my (undef, $said) = finish_sql($deploy);
like($said, qr/waiting for process \d+.*, which holds the lock of the deploy's worker.*ERROR:  another session held the lock of the deploy's worker for longer than max_wait/s,
	'the worker waits for it no longer than max_wait');
is(rows($node, 'held', q{SELECT string_agg(revision, ' ' ORDER BY revision) FROM whisper.applied}), 'h1 h2', 'what is done stays done');
stranger_goes($stranger);
is(rows($node, 'held', $left_over), $nothing, 'nothing is left over');
is(rows($node, 'held', 'CALL whisper_deploy(); SELECT count(*) FROM whisper.applied'), '3', 'then it goes on');

$node->stop;
done_testing();
