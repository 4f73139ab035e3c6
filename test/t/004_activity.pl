# What other sessions see of a run, and what they can do to it.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database rows raises write_files start_sql finish_sql wait_for);

my $node = new_node('activity');
my $pack = PostgreSQL::Test::Utils::tempdir;
write_files($pack,
	'f001_x.sql' => "-- migrate:up\nCREATE TABLE one (id int);\n-- migrate:down\nDROP TABLE one;\n",
	'f002_x.sql' => "-- message: waits\n-- migrate:up\nCREATE TABLE two (id int);\n"
	  . "SELECT pg_sleep(current_setting('test.sleep', true)::float);\n-- migrate:down\nDROP TABLE two;\n",
	'f003_x.sql' => "-- migrate:up\nSELECT 1 / current_setting('test.divisor')::int;\n-- migrate:down\n");
new_database($node, 'activity', $pack);

my $others = q{FROM pg_stat_activity WHERE datname = 'activity' AND pid <> pg_backend_pid()};
my $shown = q{SELECT application_name FROM pg_stat_activity WHERE pid = pg_backend_pid()};
my $sleeping = "$others AND wait_event = 'PgSleep'";
my @settings = (q{SET application_name = 'deploy'}, q{SET test.divisor = 1}, q{SET client_min_messages = warning});
my $count = 'SELECT count(*) FROM whisper.applied';

# The name during a step, and after success

my $first = start_sql($node, 'activity', @settings, q{SET test.sleep = 600},
	'SELECT count(*) FROM whisper_upgrade()', $shown);
wait_for($node, "SELECT count(*) = 1 $sleeping");
is(rows($node, 'postgres', "SELECT application_name $sleeping"), 'whisper: 2/3 f002', 'the step is shown as it runs');

# A second runner waits, says for whom, and finds nothing left to do

my $holder = rows($node, 'postgres', "SELECT pid $sleeping");
my $second = start_sql($node, 'activity', @settings[ 0, 1 ], q{SET test.sleep = 0},
	'SELECT count(*) FROM whisper_upgrade()');
wait_for($node, "SELECT count(*) = 1 $others AND wait_event_type = 'Lock' AND wait_event = 'advisory'");
is(rows($node, 'postgres', q{SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND mode = 'ExclusiveLock'}), '1',
	'one runner has the lock');
my $reader = rows($node, 'activity', q{
	SET statement_timeout = '20s';
	SELECT count(*) FROM whisper_plan();
	SELECT count(*) FROM whisper_verify()});
like($reader, qr/\A3\n\d+\z/, 'readers do not wait for it');

# Cancelled, the first run leaves nothing, and the second one does it all

is(rows($node, 'postgres', "SELECT pg_cancel_backend($holder)"), 't',
	'the first run is cancelled by another session');
my ($stdout, $stderr) = finish_sql($first);
is($stdout, "deploy\n", 'it has no result, and its application_name is put back');
like($stderr,
	qr/ERROR:  canceling statement due to user request\nCONTEXT:  .*revision "f002", file "f002_x.sql", line \d+, statement 2/s,
	'the error says where it was');
($stdout, $stderr) = finish_sql($second);
like($stderr, qr/NOTICE:  waiting for process $holder \(whisper: 2\/3 f002\), which is migrating this database/,
	'the second runner names the process it waited for');
is($stdout, "3\n", 'and does the whole of it');
like($stderr, qr/NOTICE:  upgraded \S+\/f001 in [0-9.]+ ms\n.*upgraded \S+\/f002 in [0-9.]+ ms: waits\n/s,
	'with a notice per step');
is(rows($node, 'activity', 'SELECT count(*) FROM whisper_upgrade()'), '0', 'a third has nothing to do');

# After an error, after statement_timeout, and after success

rows($node, 'activity', q{SELECT whisper_downgrade('base')});
for my $case (
	[ 'success', 'SET test.divisor = 1; SET test.sleep = 0', qr/\A\z/ ],
	[ 'an error in a step', 'SET test.divisor = 0; SET test.sleep = 0', qr/\AERROR:  division by zero/ ],
	[ 'statement_timeout', q{SET test.sleep = 600; SET test.divisor = 1; SET statement_timeout = '200ms'},
		qr/\AERROR:  canceling statement due to statement timeout/ ])
{
	my ($name, $set, $error) = @$case;
	my $session = start_sql($node, 'activity', @settings, split(/; /, $set), q{SELECT whisper_upgrade()}, $shown,
		'SHOW application_name');
	($stdout, $stderr) = finish_sql($session);
	like($stdout, qr/^deploy\ndeploy\n\z/m, "application_name is as before after $name");
	like($stderr, $error, "$name is what it was");
	rows($node, 'activity', q{SELECT whisper_downgrade('base')});
}
is(rows($node, 'activity', $count), '0', 'nothing is left applied');

my $run = q{SET lock_timeout = '5s'; SET test.sleep = 0; SET test.divisor = 1; SELECT count(*) FROM whisper_upgrade()};

# The lock ends with its session, and with a rolled back transaction

my $held = start_sql($node, 'activity', @settings, q{SET test.sleep = 600}, 'SELECT count(*) FROM whisper_upgrade()');
wait_for($node, "SELECT count(*) = 1 $sleeping");
rows($node, 'postgres', "SELECT pg_terminate_backend(pid) $sleeping");
($stdout, $stderr) = finish_sql($held);
like($stderr, qr/FATAL:  terminating connection due to administrator command/, 'a terminated run ends');
wait_for($node, q{SELECT count(*) = 0 FROM pg_locks WHERE locktype = 'advisory'});
is(rows($node, 'activity', $run), '3',
	'its lock has died with it');

# A snapshot from before another run cannot be trusted; one from before a run that came to nothing can.
for my $case ([ 2, '', "ERROR:  40001\n", 'finished' ], [ 600, "3\n", '', 'was cancelled' ])
{
	my ($sleep, $result, $error, $end) = @$case;
	rows($node, 'activity', q{SELECT whisper_downgrade('base')});
	$first = start_sql($node, 'activity', @settings, "SET test.sleep = $sleep", 'SELECT count(*) FROM whisper_upgrade()');
	wait_for($node, "SELECT count(*) = 1 $sleeping");
	$second = start_sql($node, 'activity', @settings, 'SET test.sleep = 0', '\set VERBOSITY sqlstate',
		'BEGIN ISOLATION LEVEL REPEATABLE READ', 'SELECT count(*) FROM whisper_upgrade()', 'COMMIT');
	wait_for($node, "SELECT count(*) = 1 $others AND wait_event_type = 'Lock' AND wait_event = 'advisory'");
	rows($node, 'postgres', "SELECT pg_cancel_backend(pid) $sleeping") if $result ne '';
	finish_sql($first);
	($stdout, $stderr) = finish_sql($second);
	is("$stdout|$stderr", "$result|$error", "REPEATABLE READ after a run that $end");
}
rows($node, 'activity', q{SELECT whisper_downgrade('base')});

# Another database is nobody's business.
new_database($node, 'neighbour', $pack);
$first = start_sql($node, 'activity', @settings, q{SET test.sleep = 600}, 'SELECT count(*) FROM whisper_upgrade()');
wait_for($node, "SELECT count(*) = 1 $sleeping");
is(rows($node, 'neighbour', $run), '3',
	'a run in another database does not wait');
rows($node, 'postgres', "SELECT pg_cancel_backend(pid) $sleeping");
finish_sql($first);

$node->stop;
done_testing();
