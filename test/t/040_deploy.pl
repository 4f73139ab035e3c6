# whisper_deploy and its background worker: who it runs as, what comes back from it, and every way to stop it.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database database_of deploy_left_over set_location rows error_of raises write_files start_sql
  finish_sql wait_for);

my $node = new_node('deploy');
my $top = '-- migrate:up transaction:false';
my $quiet = 'SET client_min_messages = warning';

sub database_with { database_of($node, @_); return }

my ($left_over, $nothing) = deploy_left_over();

sub worker_gone { wait_for($node, q{SELECT count(*) = 0 FROM pg_stat_activity WHERE backend_type LIKE 'whisper%'}); return }

# Somebody who has written to the table, which CONCURRENTLY waits for.
sub hold
{
	my ($dbname, $table, $mode) = @_;
	my $holder = start_sql($node, $dbname, "BEGIN; LOCK TABLE $table IN $mode MODE; SELECT pg_sleep(600)");
	wait_for($node, "SELECT count(*) = 1 FROM pg_stat_activity WHERE datname = '$dbname' AND wait_event = 'PgSleep'");
	return $holder;
}

sub release
{
	my ($dbname, $holder) = @_;
	rows($node, 'postgres',
		"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '$dbname' AND wait_event = 'PgSleep'");
	finish_sql($holder);
	return;
}

my $worker_waits = q{SELECT count(*) > 0 FROM pg_locks l JOIN pg_stat_activity a USING (pid)
	WHERE NOT l.granted AND a.backend_type LIKE 'whisper%'};

# Who it is, in a database whose name is one.

my $strange = q{it's a "deploy"};
my $pack = PostgreSQL::Test::Utils::tempdir;
write_files($pack,
	'a01_x.sql' => "$top\nCREATE TABLE seen AS SELECT session_user::text AS session, current_user::text AS role,\n"
	  . "current_setting('search_path') AS path, current_setting('shop.tenant') AS tenant,\n"
	  . "current_setting('work_mem') AS work_mem, current_setting('TimeZone') AS zone,\n"
	  . "current_setting('lock_timeout') AS lock_timeout;\n"
	  . "SET work_mem = '9MB';\nINSERT INTO seen SELECT session_user, current_user, current_setting('search_path'),\n"
	  . "current_setting('shop.tenant'), current_setting('work_mem'), 'again', current_setting('lock_timeout');\n"
	  . "VACUUM seen;\n-- migrate:down transaction:false\nVACUUM seen; DROP TABLE seen;\n");
$node->safe_psql('postgres', q{CREATE DATABASE "it's a ""deploy"""; CREATE ROLE deployer LOGIN; CREATE ROLE owner;
	GRANT owner TO deployer});
rows($node, $strange, qq{CREATE EXTENSION whisper_migrate; CREATE SCHEMA "My App" AUTHORIZATION owner;
	ALTER DATABASE "it's a ""deploy""" SET whisper_migrate.script_location = '$pack';
	GRANT EXECUTE ON PROCEDURE whisper_deploy TO owner;});
sub as_deployer
{
	my ($call) = @_;
	return join '', finish_sql(start_sql($node, $strange, 'SET SESSION AUTHORIZATION deployer', $quiet, 'SET ROLE owner',
		q{SET search_path = "My App", public}, q{SET shop.tenant = 'north'}, q{SET TimeZone = 'Asia/Kolkata'},
		q{SET work_mem = '5MB'}, $call));
}
is(as_deployer('CALL whisper_deploy()'), '', 'a deploy by a role that is set, to a database of a strange name');
is(rows($node, $strange, q{SELECT * FROM "My App".seen ORDER BY work_mem}),
	qq{deployer|owner|"My App", public|north|5MB|Asia/Kolkata|500ms\n}
	  . q{deployer|owner|"My App", public|north|9MB|again|500ms}, 'its worker has the same user, role and settings');
is(rows($node, $strange, q{SELECT tableowner FROM pg_tables WHERE tablename = 'seen'}), 'owner', 'the role owns');
is(rows($node, $strange, q{SELECT DISTINCT executed_by FROM whisper.history}), 'owner', 'and is in the history');
is(as_deployer(q{CALL whisper_deploy('base', direction => 'downgrade', allow_data_loss => true)}), '', 'down again');
is(rows($node, $strange, q{SELECT to_regclass('"My App".seen')}), '', 'it is gone');

# What comes back

database_with('messages',
	'm01_x.sql' => "$top\n\nDO \$\$ BEGIN RAISE NOTICE 'half way' USING DETAIL = 'a detail', HINT = 'a hint'; END \$\$;\n"
	  . "SELECT 1 / (current_setting('test.fail') <> 'yes')::int;\n"
	  . "DO \$\$ BEGIN IF current_setting('test.fail') = 'plpgsql' THEN RAISE EXCEPTION 'no good'\n"
	  . "USING ERRCODE = 'WX123', DETAIL = 'the detail', HINT = 'the hint'; END IF; END \$\$;\nCREATE TABLE made ();\n");
my (undef, $said) = finish_sql(start_sql($node, 'messages', '\set VERBOSITY verbose', q{SET test.fail = 'yes'},
	'CALL whisper_deploy()'));
like($said, qr/NOTICE:  00000: half way\nDETAIL:  a detail\nHINT:  a hint\n/, 'a notice of the worker arrives');
raises($node, 'messages', q{SET test.fail = 'yes'; CALL whisper_deploy()}, '22012', 'an error of the server itself',
	qr/division by zero\nCONTEXT:  tier "\w+", revision "m01", file "m01_x.sql", line 4, statement 2/);
raises($node, 'messages', q{SET test.fail = 'plpgsql'; CALL whisper_deploy()}, 'WX123', 'the error of the worker',
	qr/no good\nDETAIL:  the detail\nHINT:  the hint\nCONTEXT:/,
	qr/PL\/pgSQL function inline_code_block line 1 at RAISE/,
	qr/revision "m01", file "m01_x.sql", line 5, statement 3/);
is(rows($node, 'messages', q{SELECT direction, revision, step, statements, sqlstate, message FROM whisper_log()
	ORDER BY executed_at}), "failed|m01|1|1|22012|division by zero\n" x 2 . 'failed|m01|1|2|WX123|no good',
	'the history has them, and how many statements are done');
is(rows($node, 'messages', $left_over), $nothing, 'nothing is left over');
is(rows($node, 'messages', q{SET test.fail = 'no'; CALL whisper_deploy(); SELECT to_regclass('made')}), 'made',
	'the next one gets through');

# A constraint that is checked at the end

database_with('deferred',
	'd01_x.sql' => "-- migrate:up\nCREATE TABLE parent (id int PRIMARY KEY);\nCREATE TABLE child (id int, parent int\n"
	  . "REFERENCES parent DEFERRABLE INITIALLY DEFERRED);\n",
	'd02_x.sql' => "-- migrate:up\nCREATE TABLE plain ();\nINSERT INTO child VALUES (1, 1);\n",
	'd03_x.sql' => "$top\nCREATE TABLE top_level ();\nINSERT INTO child VALUES (2, 2);\n");
raises($node, 'deferred', 'CALL whisper_deploy()', '23503', 'a revision whose COMMIT fails',
	qr/violates foreign key constraint "child_parent_fkey"\nDETAIL:  Key \(parent\)=\(1\) is not present/);
is(rows($node, 'deferred', q{SELECT count(*), (SELECT count(*) FROM whisper.applied), to_regclass('plain') FROM child}),
	'0|1|', 'has left nothing');
is(rows($node, 'deferred', q{SELECT direction, revision, sqlstate FROM whisper.history ORDER BY id DESC LIMIT 1}),
	'failed|d02|23503', 'is in the history');
rows($node, 'deferred', 'INSERT INTO parent VALUES (1)');
raises($node, 'deferred', 'CALL whisper_deploy()', '23503', 'a statement of the worker whose COMMIT fails', qr/Key \(parent\)=\(2\)/);
is(rows($node, 'deferred', q{SELECT number, state FROM whisper.unfinished_statement ORDER BY 1}), "1|done\n2|started",
	'is known to be unfinished');
rows($node, 'deferred', 'INSERT INTO parent VALUES (2)');
is(rows($node, 'deferred', q{CALL whisper_deploy(); SELECT * FROM child ORDER BY 1}), "1|1\n2|2", 'then it works');
is(rows($node, 'deferred', $left_over), $nothing, 'and nothing is left over');

# Isolation levels

my %levels = (
	'l01_x.sql' => "-- migrate:up\nCREATE TABLE numbers (id int PRIMARY KEY, n int);\n"
	  . "INSERT INTO numbers SELECT g, 0 FROM generate_series(1, 100) g;\n",
	'l02_x.sql' => "$top\nCREATE INDEX CONCURRENTLY numbers_n ON numbers (n);\nUPDATE numbers SET n = n + 1;\n"
	  . "REINDEX INDEX CONCURRENTLY numbers_n;\n",
	'l03_x.sql' => "-- migrate:up\nUPDATE numbers SET n = n + 10;\n-- migrate:batch table=numbers key=id size=7\n"
	  . "UPDATE numbers SET n = n + 100 WHERE id BETWEEN :batch_start AND :batch_end;\n",
	'l04_x.sql' => "$top\nDROP INDEX CONCURRENTLY numbers_n;\n");
for my $level ('repeatable read', 'serializable')
{
	(my $dbname = "level $level") =~ tr/ /_/;
	database_with($dbname, %levels);
	is(rows($node, $dbname, qq{SET default_transaction_isolation = '$level'; CALL whisper_deploy();
		SELECT count(*), min(n), max(n) FROM numbers}), '100|111|111', "$level by default");
	is(rows($node, $dbname, $left_over), $nothing, "$level: nothing is left over");
}

# Every way to stop it while its worker is at work

my %index = (
	'i01_x.sql' => "-- migrate:up\nCREATE TABLE big (id int PRIMARY KEY, n int);\nINSERT INTO big SELECT g, g FROM generate_series(1, 1000) g;\n",
	'i02_x.sql' => "$top\nCREATE INDEX CONCURRENTLY ON big (n);\n");
my $leader = q{FROM pg_stat_activity WHERE query LIKE 'CALL%'};
my $worker = q{FROM pg_stat_activity WHERE backend_type LIKE 'whisper%'};
database_with('stop', %index);
rows($node, 'stop', q{CALL whisper_deploy('i01')});
rows($node, 'stop', 'GRANT ALL ON big TO PUBLIC');

for my $way (
	[ 'the leader is cancelled', "SELECT pg_cancel_backend(pid) $leader", '57014', qr/canceling statement due to user request/ ],
	[ 'its time is over', '', '57014', qr/canceling statement due to statement timeout/, q{SET statement_timeout = '1 s'} ],
	[ 'the leader is terminated', "SELECT pg_terminate_backend(pid) $leader", '57P01', qr/terminating connection/ ],
	[ 'the worker is cancelled', "SELECT pg_cancel_backend(pid) $worker", '57014', qr/canceling statement due to user request/ ],
	[ 'the worker is terminated', "SELECT pg_terminate_backend(pid) $worker", '57P01', qr/terminating background worker/ ],
	[ 'max_wait is over', '', '55P03', qr/waited for other transactions for longer than max_wait/, '', q{max_wait => '1 s'} ])
{
	my ($name, $stop, $sqlstate, $message, $before, $arguments) = @$way;
	my $holder = hold('stop', 'big', 'ROW EXCLUSIVE');
	my $deploy = start_sql($node, 'stop', '\set VERBOSITY verbose', $quiet, $before || 'SELECT', 'CALL whisper_deploy(' . ($arguments // '') . ')');
	wait_for($node, $worker_waits);
	rows($node, 'postgres', $stop) if $stop;
	(undef, $said) = finish_sql($deploy);
	like($said, qr/(?:ERROR|FATAL):  $sqlstate: /, "$name: SQLSTATE");
	like($said, $message, "$name: message");
	worker_gone();
	is(rows($node, 'stop', q{SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'}), '0', "$name: no lock is left");
	is(rows($node, 'stop', q{SELECT indexrelid::regclass, indisvalid FROM pg_index WHERE NOT indisprimary AND indrelid = 'big'::regclass}),
		'big_n_idx|f', "$name: an index is left invalid");
	release('stop', $holder);
	is(rows($node, 'stop', q{CALL whisper_deploy(); SELECT indexrelid::regclass, indisvalid FROM pg_index
		WHERE NOT indisprimary AND indrelid = 'big'::regclass}), 'big_n_idx|t', "$name: the next deploy builds it again");
	is(rows($node, 'stop', $left_over), $nothing, "$name: nothing is left over");
	rows($node, 'stop', q{DROP INDEX big_n_idx; DELETE FROM whisper.owned_object WHERE object_type = 'index';
		DELETE FROM whisper.applied WHERE revision = 'i02'});
}

# What REINDEX leaves aside, of whatever it takes in: TOAST tables, partitions, schemas, the database

for my $what ('INDEX CONCURRENTLY app.one_note', 'TABLE CONCURRENTLY app.one', 'TABLE CONCURRENTLY app.parts',
	'SCHEMA CONCURRENTLY app', 'DATABASE CONCURRENTLY reindex')
{
	my $dbname = $what =~ /reindex/ ? 'reindex' : 'reindex_' . lc $what =~ s/\W+/_/gr;
	database_with($dbname, 'x01_x.sql' => "$top\nREINDEX $what;\n");
	rows($node, $dbname, q{CREATE SCHEMA app; CREATE TABLE app.one (note text); CREATE INDEX one_note ON app.one (note);
		CREATE TABLE app.parts (id int, note text) PARTITION BY RANGE (id); CREATE INDEX ON app.parts (id);
		CREATE TABLE app.part PARTITION OF app.parts FOR VALUES FROM (1) TO (10)});
	my $holder = hold($dbname, $what =~ /parts/ ? ('app.part', 'ACCESS SHARE') : ('app.one', 'ROW EXCLUSIVE'));
	my $deploy = start_sql($node, $dbname, $quiet, 'CALL whisper_deploy()');
	wait_for($node, $worker_waits);
	rows($node, 'postgres', "SELECT pg_cancel_backend(pid) $leader");
	finish_sql($deploy);
	worker_gone();
	release($dbname, $holder);
	my $invalid = 'SELECT count(*) FROM pg_index WHERE NOT indisvalid';
	isnt(rows($node, $dbname, $invalid), '0', "REINDEX $what is broken off");
	is(rows($node, $dbname, "CALL whisper_deploy(); $invalid"), '0', 'the next deploy clears up');
}

# The leader is gone, and its worker does not hear of it: the next deploy waits for the worker.
{
	my $holder = hold('stop', 'big', 'ROW EXCLUSIVE');
	my $deploy = start_sql($node, 'stop', $quiet, 'CALL whisper_deploy()');
	wait_for($node, $worker_waits);
	my $stopped = rows($node, 'postgres', "SELECT pid $worker");
	kill 'STOP', $stopped;
	rows($node, 'postgres', "SELECT pg_terminate_backend(pid) $leader");
	finish_sql($deploy);
	my $next = start_sql($node, 'stop', 'CALL whisper_deploy()');
	wait_for($node, "SELECT count(*) = 1 $leader AND wait_event = 'advisory'");
	release('stop', $holder);
	is(rows($node, 'stop', "SELECT count(*) $leader AND wait_event = 'advisory'"), '1',
		'the next deploy waits for a worker that lives on');
	kill 'CONT', $stopped;
	(undef, $said) = finish_sql($next);
	like($said, qr/waiting for process $stopped .*which is migrating this database/, 'and says so');
	is(rows($node, 'stop', q{SELECT indexrelid::regclass, indisvalid FROM pg_index WHERE NOT indisprimary AND indrelid = 'big'::regclass}),
		'big_n_idx|t', 'then goes on');
	is(rows($node, 'stop', $left_over), $nothing, 'nothing is left over');
}

$node->stop;
done_testing();
