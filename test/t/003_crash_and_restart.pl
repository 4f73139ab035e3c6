# All or nothing, whatever ends the server or the session; and a dump that goes on where the database stood.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database set_location rows schema_of write_files start_sql finish_sql wait_for);

my $node = new_node('crash');
# The tests' servers end when a backend dies; a real one goes on.
$node->append_conf('postgresql.conf', "restart_after_crash = on\nsynchronous_commit = on");
$node->restart;

my $pack = PostgreSQL::Test::Utils::tempdir;
write_files($pack,
	'e001_x.sql' => "-- migrate:up\nCREATE TABLE first_table (id serial);\nINSERT INTO first_table DEFAULT VALUES;\n"
	  . "-- migrate:down\nDROP TABLE first_table;\n",
	'e002_x.sql' => "-- migrate:up\nCREATE TABLE second_table (id int);\n"
	  . "SELECT pg_sleep(current_setting('test.sleep', true)::float);\n-- migrate:down\nDROP TABLE second_table;\n");
new_database($node, 'crash', $pack);
my $empty = schema_of($node, 'crash');
my $catalog = q{SELECT (SELECT count(*) FROM whisper.revision), (SELECT count(*) FROM whisper.applied),
	(SELECT count(*) FROM whisper.history), (SELECT count(*) FROM whisper.owned_object),
	(SELECT count(*) FROM pg_locks WHERE locktype = 'advisory')};
my $sleeping = q{FROM pg_stat_activity WHERE datname = 'crash' AND wait_event = 'PgSleep'};

sub interrupted_upgrade
{
	my ($how, $interrupt, $come_back) = @_;
	my $session = start_sql($node, 'crash', q{SET test.sleep = '600'}, q{SELECT whisper_upgrade('head')});
	wait_for($node, "SELECT count(*) = 1 $sleeping");
	$interrupt->();
	my ($stdout, $stderr) = finish_sql($session);
	is($stdout, '', "$how: the upgrade ends without a result");
	$come_back->();
	is(schema_of($node, 'crash'), $empty, "$how: nothing of it is in the schema");
	is(rows($node, 'crash', $catalog), '0|0|0|0|0', "$how: nor in the catalog, and nobody holds the lock");
	return;
}
my $connect = sub { $node->poll_query_until('crash', 'SELECT true') or die 'the server did not come back' };

interrupted_upgrade('immediate stop', sub { $node->stop('immediate') }, sub { $node->start });
interrupted_upgrade('fast stop', sub { $node->stop('fast') }, sub { $node->start });
interrupted_upgrade('killed backend',
	sub { kill 'KILL', $node->safe_psql('postgres', "SELECT pid $sleeping") or die 'no backend to kill' }, $connect);
interrupted_upgrade('terminated backend',
	sub { $node->safe_psql('postgres', "SELECT pg_terminate_backend(pid) $sleeping") }, $connect);

is(rows($node, 'crash', q{SET test.sleep = '0'; SELECT revision FROM whisper_upgrade('head')}), "e001\ne002",
	'then it works');
my $whole = schema_of($node, 'crash');
$node->stop('immediate');
$node->start;
is(rows($node, 'crash', $catalog), '2|2|2|2|0', 'what was committed is there after a crash');
is(schema_of($node, 'crash'), $whole, 'with its schema');
is(rows($node, 'crash', q{SELECT revision FROM whisper_downgrade('base', allow_data_loss => true)}), "e002\ne001",
	'and goes down');
is(schema_of($node, 'crash'), $empty, 'to the ground');

# A transaction of the caller's that is rolled back takes the upgrade with it.
is(rows($node, 'crash', q{SET test.sleep = '0';
	BEGIN; CREATE TABLE callers (id int); SELECT count(*) FROM whisper_upgrade('head'); ROLLBACK;
	SELECT to_regclass('callers'), to_regclass('first_table'), count(*) FROM whisper.applied}), "2\n||0",
		'a rollback undoes it');
is(rows($node, 'crash', q{SET test.sleep = '0';
	BEGIN; SAVEPOINT s; SELECT count(*) FROM whisper_upgrade('head'); ROLLBACK TO s;
	SELECT count(*) FROM whisper_upgrade('e001'); COMMIT; SELECT revision FROM whisper_current()}), "2\n1\ne001",
	'a savepoint, too, and the run after it counts');

# Dump and restore

my $dump = "$pack/dump";

sub restored
{
	my ($from, $to) = @_;
	$node->command_ok([ 'pg_dump', '-Fc', '-f', $dump, '-d', $node->connstr($from) ], "dump of $from");
	$node->safe_psql('postgres', "CREATE DATABASE $to");
	$node->command_ok([ 'pg_restore', '--exit-on-error', '-d', $node->connstr($to), $dump ], "restored as $to");
	return;
}
# Every row of the extension's catalog, and where its sequences stand.
my $everything = rows($node, 'crash', q{
	SELECT string_agg(CASE relkind
	        WHEN 'r' THEN format('(SELECT %L, to_jsonb(t)::text FROM whisper.%I t ORDER BY 2)', relname, relname)
	        ELSE format('SELECT %L, concat_ws('':'', last_value, is_called) FROM whisper.%I', relname, relname) END,
	    ' UNION ALL ' ORDER BY relname)
	FROM pg_class WHERE relnamespace = 'whisper'::regnamespace AND relkind IN ('r', 'S')});
like($everything, qr/whisper\.owned_object.*whisper\.run_id/s, 'the catalog has tables and sequences');

new_database($node, 'half');
rows($node, 'half', q{
	SELECT whisper_upgrade('a1b2c3d4e5f6');
	SELECT whisper_downgrade('-2');
	SELECT whisper_register(E'-- revision: sent_by_client\n-- migrate:up\nCREATE TABLE sent (id int);', 'clients');
	SELECT whisper_upgrade('sent_by_client')});
restored('half', 'half_again');
is(rows($node, 'half_again', $everything), rows($node, 'half', $everything),
	'half-way: catalog and sequences are the same');
is(schema_of($node, 'half_again'), schema_of($node, 'half'), 'half-way: the schema is the same');
for my $dbname (qw(half half_again))
{
	rows($node, $dbname, q{SELECT whisper_upgrade('head')});
}
is(schema_of($node, 'half_again'), schema_of($node, 'half'), 'half-way: the upgrade goes on to the same schema');
is(rows($node, 'half_again', q{SELECT count(*) FROM whisper_verify() WHERE NOT ok}), '0',
	'half-way: and is verified');
is(rows($node, 'half_again', q{SELECT count(DISTINCT id) = count(*), max(run) FROM whisper.history}), 't|4',
	'half-way: runs are numbered on');

rows($node, 'half', q{SELECT whisper_upgrade('head', 'research')});
restored('half', 'head_again');
is(rows($node, 'head_again', $everything), rows($node, 'half', $everything),
	'at head: catalog and sequences are the same');
is(rows($node, 'head_again', q{SELECT count(*) FROM whisper_upgrade('head', 'research')}), '0',
	'at head: nothing to do');
is(rows($node, 'head_again', q{SELECT count(*) FROM whisper_verify('research') WHERE NOT ok}), '0',
	'at head: verified');
like(rows($node, 'head_again', q{SELECT whisper_downgrade('core@base', allow_data_loss => true)}), qr/^\(1,/,
	'at head: what the dump owns can go down');

# The extension goes, the tables stay

my $tables = schema_of($node, 'half');
rows($node, 'half', 'DROP EXTENSION whisper_migrate');
is(schema_of($node, 'half'), $tables, 'DROP EXTENSION leaves the tables as they are');
is(rows($node, 'half', q{SELECT to_regnamespace('whisper')}), '', 'but not its own schema');
rows($node, 'half', 'CREATE EXTENSION whisper_migrate');
is(rows($node, 'half', q{SELECT count(*) FROM whisper_current()}), '0', 'a new extension knows nothing of them');
is(rows($node, 'half', q{SELECT count(*) FROM whisper_stamp('head')}), '30', 'and can be told by a stamp');
is(rows($node, 'half', q{SELECT count(*) FROM whisper_upgrade('head')}), '0', 'which an upgrade believes');

$node->stop;
done_testing();
