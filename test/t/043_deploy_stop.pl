# Asking a deploy to stop, a server without a free worker, autovacuum and concurrent changes in its way.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);
use WhisperTest qw(new_node database_of deploy_left_over rows raises write_files start_sql finish_sql wait_for);

my $node = new_node('stop');
$node->append_conf('postgresql.conf', "client_connection_check_interval = 100\nautovacuum = off");
$node->restart;
my $top = '-- migrate:up transaction:false';
my $count = 0;

# A database with these files, and a table of the application's.
sub database_with
{
	my (%files) = @_;
	my $dbname = 'stop_' . ++$count;
	database_of($node, $dbname, %files);
	$node->safe_psql($dbname, 'CREATE TABLE item (id int PRIMARY KEY, n int); INSERT INTO item SELECT g, 0 FROM generate_series(1, 100) g');
	return $dbname;
}

my ($left_over, $nothing) = deploy_left_over();

# A session that does this and then sleeps.
sub hold
{
	my ($dbname, $sql) = @_;
	my $holder = start_sql($node, $dbname, "BEGIN; $sql; SELECT pg_sleep(600)");
	wait_for($node, "SELECT count(*) = 1 FROM pg_stat_activity WHERE datname = '$dbname' AND wait_event = 'PgSleep'");
	return $holder;
}

sub release
{
	my ($dbname, $holder) = @_;
	rows($node, 'postgres', "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '$dbname' AND wait_event = 'PgSleep'");
	finish_sql($holder);
	return;
}

sub deploy
{
	my ($dbname, $arguments, @settings) = @_;
	return start_sql($node, $dbname, '\set VERBOSITY verbose', @settings, "CALL whisper_deploy($arguments)");
}

# It ends with 57014 within 3 seconds of being asked, and says why.
sub stops
{
	my ($dbname, $session, $name) = @_;
	my $began = time;
	is(rows($node, $dbname, 'SELECT whisper_cancel()'), 't', "$name: asked");
	my (undef, $said) = finish_sql($session);
	like($said, qr/ERROR:  57014: the deploy was stopped by whisper_cancel\(\)\nDETAIL:  .*\nHINT:  repeat the CALL/, "$name: stops");
	cmp_ok(time - $began, '<', 3, "$name: soon");
	is(rows($node, $dbname, $left_over), $nothing, "$name: nothing is left over");
	is(rows($node, $dbname, q{SELECT direction || ' ' || sqlstate FROM whisper.history ORDER BY id DESC LIMIT 1}), 'failed 57014',
		"$name: it is in the history");
	return;
}

is(rows($node, database_with(), 'SELECT whisper_cancel()'), 'f', 'nobody to ask');

# whisper_cancel

{
	my $dbname = database_with('b01_x.sql' => "-- migrate:up\n-- migrate:batch table=item key=id size=10 pause=1min\n"
		  . "UPDATE item SET n = n + 1 WHERE id BETWEEN :batch_start AND :batch_end;\n");
	my $session = deploy($dbname, '');
	$node->poll_query_until($dbname, q{SELECT rows_done = 10 FROM whisper.unfinished_statement WHERE section = 'batch'});
	stops($dbname, $session, 'in the pause of a batch');
	is(rows($node, $dbname, 'SELECT count(*) FILTER (WHERE n = 1), sum(n) FROM item'), '10|10', 'a range is done');
	rows($node, $dbname, q{SELECT 1});
}
{
	my $dbname = database_with('t01_x.sql' => "-- migrate:up\nALTER TABLE item ADD COLUMN more int;\n");
	my $holder = hold($dbname, 'SELECT FROM item');
	my $session = deploy($dbname, q{lock_timeout => '20 ms'});
	$session->{run}->pump until $session->{stderr} =~ /try 8 follows/;
	stops($dbname, $session, 'in a pause between tries');
	release($dbname, $holder);
	is(rows($node, $dbname, 'CALL whisper_deploy(); SELECT more FROM item LIMIT 0'), '', 'then it works');
}
{
	my $dbname = database_with('w01_x.sql' => "$top\nUPDATE item SET n = n + 1;\nSELECT pg_sleep(1);\nUPDATE item SET n = n + 1;\n");
	my $session = deploy($dbname, '');
	wait_for($node, q{SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND backend_type LIKE 'whisper%'});
	stops($dbname, $session, q{in a worker's statement});
	is(rows($node, $dbname, q{SELECT number, state FROM whisper.unfinished_statement ORDER BY 1}), "1|done\n2|done",
		'which is done and recorded');
	is(rows($node, $dbname, 'CALL whisper_deploy(); SELECT DISTINCT n FROM item'), '2', 'the next one runs the rest');
}
{
	my $dbname = database_with('w01_x.sql' => "$top\nALTER TABLE item ADD COLUMN more int;\nVACUUM item;\n");
	my $holder = hold($dbname, 'SELECT FROM item');
	my $session = deploy($dbname, q{lock_timeout => '20 ms'});
	$session->{run}->pump until $session->{stderr} =~ /try 8 follows/;
	stops($dbname, $session, q{in a worker's pause between tries});
	release($dbname, $holder);
	is(rows($node, $dbname, 'CALL whisper_deploy(); SELECT more FROM item LIMIT 0'), '', 'then it works, too');
}

# What a half-done revision stands on stays.

{
	my $dbname = database_with('t01_x.sql' => "-- migrate:up\nCREATE TABLE big AS SELECT g AS id, 0 AS n FROM generate_series(1, 100) g;\n"
		  . "ALTER TABLE big ADD PRIMARY KEY (id);\n-- migrate:down\nDROP TABLE big;\n",
		't02_x.sql' => "-- migrate:up\n-- migrate:batch table=big key=id size=10 pause=1min\n"
		  . "UPDATE big SET n = n + 1 WHERE id BETWEEN :batch_start AND :batch_end;\n-- migrate:down\n");
	my $session = deploy($dbname, '');
	$node->poll_query_until($dbname, q{SELECT rows_done = 10 FROM whisper.unfinished_statement WHERE section = 'batch'});
	stops($dbname, $session, 'in a batch over a table of a revision before');
	for my $call ("SELECT whisper_downgrade('base', allow_data_loss => true)",
		"CALL whisper_deploy('base', direction => 'downgrade', allow_data_loss => true)",
		"SELECT whisper_stamp('base')", 'SELECT whisper_adopt(apply => true)', "SELECT whisper_rebuild(confirm => '$dbname')")
	{
		raises($node, $dbname, $call, '55000', "$call of what a half-done revision stands on",
			qr/done a part of revision "t02"/, qr/HINT:  finish it with CALL whisper_deploy\('t02'\), or .*whisper_repair\('t02'\)/);
	}
	is(rows($node, $dbname, q{SELECT whisper_repair('t02'); SELECT whisper_downgrade('base', allow_data_loss => true)}) =~ s/.*\n//r =~ /t01/,
		1, 'forgotten, it is in nobody\'s way');
	write_files(rows($node, $dbname, q{SHOW whisper_migrate.script_location}), 't02_x.sql' => "-- migrate:up\n-- migrate:batch table=big key=id size=10\n"
		  . "UPDATE big SET n = n + 1 WHERE id BETWEEN :batch_start AND :batch_end;\n-- migrate:down\n");
	is(rows($node, $dbname, 'CALL whisper_deploy(); SELECT count(*), min(n), max(n) FROM big'), '100|1|1',
		'and the next deploy begins it anew');
}

# A table that changes while a batch is at work

{
	my $dbname = database_with('p01_x.sql' => "-- migrate:up\nCREATE TABLE part (id int NOT NULL, side text, n int) PARTITION BY LIST (side);\n"
		  . "CREATE TABLE part_a PARTITION OF part FOR VALUES IN ('a');\nCREATE INDEX ON part (id);\nCREATE TABLE part_b (LIKE part);\n"
		  . "INSERT INTO part SELECT g, 'a', 0 FROM generate_series(1, 3000) g;\nINSERT INTO part_b SELECT g, 'b', 0 FROM generate_series(2001, 2900) g;\n",
		'p02_x.sql' => "-- migrate:up\n-- migrate:batch table=part key=id size=100 pause=100ms\n"
		  . "UPDATE part SET n = n + 1 WHERE id BETWEEN :batch_start AND :batch_end;\n");
	my $session = deploy($dbname, '');
	# After so many runs of it the server keeps a statement's plan.
	$node->poll_query_until($dbname, q{SELECT last_key::int >= 800 FROM whisper.unfinished_statement WHERE section = 'batch'});
	rows($node, $dbname, 'ALTER TABLE part ATTACH PARTITION part_b FOR VALUES IN (\'b\'); REINDEX TABLE part_a');
	finish_sql($session);
	is(rows($node, $dbname, q{SELECT side, count(*), min(n), max(n) FROM part GROUP BY 1 ORDER BY 1}),
		"a|3000|1|1\nb|900|1|1", 'a partition that is attached in front of a batch is not left out');
}

# A client that vanishes

{
	my $dbname = database_with('c01_x.sql' => "$top\nCREATE INDEX CONCURRENTLY ON item (n);\n");
	my $holder = hold($dbname, 'LOCK TABLE item IN ROW EXCLUSIVE MODE');
	my $session = deploy($dbname, '');
	wait_for($node, q{SELECT count(*) > 0 FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE NOT l.granted AND a.backend_type LIKE 'whisper%'});
	$session->{run}->kill_kill;
	wait_for($node, qq{SELECT count(*) = 0 FROM pg_stat_activity WHERE backend_type LIKE 'whisper%' OR query LIKE 'CALL%'});
	is(rows($node, $dbname, q{SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'}), '0', 'a client that vanishes takes the worker along');
	release($dbname, $holder);
	is(rows($node, $dbname, q{CALL whisper_deploy(); SELECT indexrelid::regclass, indisvalid FROM pg_index WHERE NOT indisprimary
		AND indrelid = 'item'::regclass}), 'item_n_idx|t', 'the next deploy builds the index again');
	is(rows($node, $dbname, $left_over), $nothing, 'nothing is left over');
}

# Concurrent changes under REPEATABLE READ

{
	my $dbname = database_with('r01_x.sql' => "-- migrate:up\n-- migrate:batch table=item key=id size=50\n"
		  . "UPDATE item SET n = n + 1 WHERE id BETWEEN :batch_start AND :batch_end;\n");
	my $holder = start_sql($node, $dbname, 'BEGIN; UPDATE item SET n = 10 WHERE id = 70; SELECT pg_sleep(1); COMMIT');
	wait_for($node, "SELECT count(*) = 1 FROM pg_stat_activity WHERE datname = '$dbname' AND wait_event = 'PgSleep'");
	my (undef, $said) = finish_sql(deploy($dbname, q{lock_timeout => '30 s'}, q{SET default_transaction_isolation = 'repeatable read'}));
	finish_sql($holder);
	like($said, qr/NOTICE:  00000: revision "r01" met a concurrent change, try 2 follows/, 'a serialization failure is tried again');
	unlike($said, qr/ERROR/, 'and gets through');
	is(rows($node, $dbname, 'SELECT n, count(*) FROM item GROUP BY n ORDER BY n'), "1|99\n11|1", 'no row twice');
}

# An autovacuum worker goes away, as for everybody who waits for deadlock_timeout

{
	my $dbname = database_with('v01_x.sql' => "-- migrate:up\nALTER TABLE item ADD COLUMN more int;\n");
	$node->safe_psql($dbname, 'ALTER TABLE item SET (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0,'
		  . ' autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1);'
		  . ' INSERT INTO item SELECT g, 0 FROM generate_series(101, 20000) g; DELETE FROM item WHERE id > 100; SELECT pg_stat_force_next_flush()');
	rows($node, 'postgres', q{ALTER SYSTEM SET autovacuum_naptime = '1 s'});
	rows($node, 'postgres', 'ALTER SYSTEM SET autovacuum = on; SELECT pg_reload_conf()');
	wait_for($node, "SELECT count(*) = 1 FROM pg_stat_progress_vacuum WHERE datname = '$dbname'");
	my (undef, $said) = finish_sql(deploy($dbname, q{lock_timeout => '500 ms', max_wait => '5 s'}));
	unlike($said, qr/ERROR/, 'a vacuum that nobody asked for is no obstacle') or diag($said);
	rows($node, 'postgres', 'ALTER SYSTEM RESET ALL; SELECT pg_reload_conf()');
}

# No worker

{
	my $dbname = database_with(
		'n01_x.sql' => "-- migrate:up\nCREATE TABLE plain ();\n",
		'n02_x.sql' => "$top\nCREATE INDEX CONCURRENTLY ON item (n);\n");
	$node->append_conf('postgresql.conf', 'max_worker_processes = 0');
	$node->restart;
	raises($node, $dbname, 'CALL whisper_deploy()', '53000', 'no worker is free', qr/max_worker_processes \(0\)/, qr/HINT:  raise max_worker_processes/);
	is(rows($node, $dbname, q{SELECT revision FROM whisper.applied}), 'n01', 'what is done stays done');
	is(rows($node, $dbname, $left_over), $nothing, 'nothing is left over');
	$node->append_conf('postgresql.conf', 'max_worker_processes = 8');
	$node->restart;
	is(rows($node, $dbname, q{CALL whisper_deploy(); SELECT count(*) FROM whisper.applied}), '2', 'then it works');
}

$node->stop;
done_testing();
