# Sections whose files say where their transactions end and how they begin.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database database_of deploy_left_over rows error_of raises start_sql finish_sql wait_for write_files);

my $node = new_node('own');
my $applied = q{SELECT coalesce(string_agg(revision, ',' ORDER BY revision), '') FROM whisper.applied};
my ($left_over, $nothing) = deploy_left_over();

sub hint_of
{
	my ($database, $statement) = @_;
	my ($hint) = error_of($node, $database, $statement) =~ /^HINT:  (.*)$/m;
	return $hint // 'no hint';
}

# A tool begins a transaction around the file, which ends it and begins another one

my $enum = "CREATE TYPE mood AS ENUM ('ok');\nCREATE TABLE a (m mood);\n"
  . "ALTER TYPE mood ADD VALUE 'sad';\nCOMMIT;\nBEGIN;\nINSERT INTO a VALUES ('sad');\nSET LOCAL work_mem = '1MB';\n"
  . "CREATE TABLE b AS SELECT current_setting('work_mem') AS w;\n";
database_of($node, 'divided', '001_a.sql' => "-- migrate:up\n$enum-- migrate:down\nDROP TABLE b;\nCOMMIT;\nBEGIN;\nDROP TABLE a;\nDROP TYPE mood;\n");
raises($node, 'divided', 'SELECT whisper_upgrade()', '25001', 'an upgrade is one transaction',
	qr/DETAIL:  Line 5 is COMMIT, after which the section goes on in a transaction of its own\./);
is(rows($node, 'divided', q{SELECT transactional FROM whisper_plan()}), 'f', 'a plan says so');
is(rows($node, 'divided', hint_of('divided', 'SELECT whisper_upgrade()')), '', 'the hint deploys it');
is(rows($node, 'divided', "$applied; SELECT m, w FROM a, b"), "001\nsad|1MB", 'a transaction each');
is(rows($node, 'divided', q{SELECT count(*) FROM whisper.unfinished_statement}), '0', 'nothing is unfinished');
my $script = rows($node, 'divided', q{SELECT whisper_sql('base', direction => 'downgrade')});
like($script, qr/BEGIN;\nDROP TABLE b;\nCOMMIT;\nBEGIN;\nDROP TABLE a;\nDROP TYPE mood;\nCOMMIT;/, 'a script has them, too');
rows($node, 'divided', q{DELETE FROM a; DELETE FROM b; CALL whisper_deploy('base', direction => 'downgrade')});
is(rows($node, 'divided', q{SELECT count(*) FROM pg_class WHERE relname IN ('a', 'b')}), '0', 'down in the same way');
is(rows($node, 'divided', $left_over), $nothing, 'nothing is left over');
$script = rows($node, 'divided', 'SELECT whisper_sql()');
$node->safe_psql('postgres', 'CREATE DATABASE printed');
$node->safe_psql('printed', $script);
is($node->safe_psql('printed', 'SELECT m, w FROM a, b'), 'sad|1MB', 'the script does what the deploy does');

# Broken off between two of them

my $stop = "CREATE TABLE one (i int);\nINSERT INTO one VALUES (1);\nSET search_path = other, public;\nCOMMIT;\nSELECT 1;\nBEGIN;\n"
  . "CREATE TABLE two (i int);\nINSERT INTO two SELECT 1 / count(*) FROM allowed;\n";
database_of($node, 'stopped', '001_a.sql' => "-- migrate:up\n$stop-- migrate:down\nDROP TABLE other.two;\nDROP TABLE one;\n");
rows($node, 'stopped', 'CREATE SCHEMA other; CREATE TABLE allowed (i int)');
raises($node, 'stopped', 'CALL whisper_deploy()', '22012', 'an error in the second one', qr/file "001_a.sql", line 9, statement 6/);
is(rows($node, 'stopped', q{SELECT count(*) FROM one; SELECT to_regclass('other.two'); SELECT number, state FROM whisper.unfinished_statement ORDER BY 1}),
	"1\n\n1|done\n2|done\n3|done\n4|done\n5|started\n6|started", 'leaves the first one, recorded, and takes all of the second back');
is(rows($node, 'stopped', $applied), '', 'the revision is not applied');
rows($node, 'stopped', 'INSERT INTO allowed VALUES (1); CALL whisper_deploy()');
is(rows($node, 'stopped', "$applied; SELECT count(*) FROM one; SELECT i FROM other.two"), "001\n1\n1",
	'the next deploy goes on with the second, under the settings of the first');
is(rows($node, 'stopped', q{SELECT object_identity FROM whisper.owned_object ORDER BY 1}), "other.two\npublic.one",
	'what both have made is owned');

# Killed in the second one

database_of($node, 'killed', '001_a.sql' => "-- migrate:up\nCREATE TABLE one (i int);\nCOMMIT;\nBEGIN;\nCREATE TABLE two (i int);\n"
	  . "SELECT pg_sleep(600) WHERE EXISTS (SELECT FROM slow);\n");
rows($node, 'killed', 'CREATE TABLE slow AS SELECT 1');
my $killed = start_sql($node, 'killed', 'CALL whisper_deploy()');
wait_for($node, q{SELECT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type LIKE 'whisper%' AND wait_event = 'PgSleep')});
rows($node, 'killed', q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'CALL whisper_deploy()'});
finish_sql($killed);
wait_for($node, q{SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type LIKE 'whisper%')});
is(rows($node, 'killed', q{SELECT to_regclass('one'), to_regclass('two')}), 'one|', 'one transaction is done');
rows($node, 'killed', 'DELETE FROM slow; CALL whisper_deploy()');
is(rows($node, 'killed', "$applied; SELECT to_regclass('one'), to_regclass('two')"), "001\none|two", 'and the other one follows');

# Between them, and where the section says transaction:false

database_of($node, 'mixed', '001_a.sql' => "-- migrate:up transaction:false\nCREATE TABLE a (i int);\nCOMMIT;\nBEGIN;\nCREATE TABLE b (i int);\n"
	  . "-- migrate:down\n", '002_b.sql' => "-- migrate:up\nBEGIN;\nINSERT INTO a VALUES (1);\nINSERT INTO b VALUES (1);\nCOMMIT;\n"
	  . "CREATE INDEX CONCURRENTLY ai ON a (i);\nBEGIN;\nCOPY b FROM stdin;\n2\n\\.\nSELECT 1 / 0;\nCOMMIT;\n-- migrate:down\n");
raises($node, 'mixed', 'CALL whisper_deploy()', '22012', 'a block behind an index');
is(rows($node, 'mixed', q{SELECT indisvalid FROM pg_index WHERE indexrelid = 'ai'::regclass; SELECT count(*) FROM b; SELECT count(*) FROM a}),
	"t\n1\n1", 'is taken back alone');

# What cannot stand there

my $place = qr/file "001_a\.sql", line 4/;
for my $case (
	[ 'CONCURRENTLY in a block', "BEGIN;\nSELECT 1;\nCREATE INDEX CONCURRENTLY x ON y (z);\nCOMMIT;\n", qr/CREATE INDEX cannot run between BEGIN and COMMIT/ ],
	[ 'a second COMMIT', "SELECT 1;\nCOMMIT;\nCOMMIT;\nSELECT 1;\n", qr/transaction control/ ],
	[ 'COMMIT AND CHAIN', "SELECT 1;\n\nCOMMIT AND CHAIN;\nSELECT 1;\n", qr/transaction control/ ],
	[ 'ROLLBACK after COMMIT', "SELECT 1;\nCOMMIT;\nROLLBACK;\n", qr/transaction control/ ])
{
	my ($name, $sql, $pattern) = @$case;
	my $pack = PostgreSQL::Test::Utils::tempdir;
	write_files($pack, '001_a.sql' => "-- migrate:up\n$sql-- migrate:down\n");
	raises($node, 'divided', "SET whisper_migrate.script_location = '$pack'; SELECT whisper_plan()", '2D000', $name, $pattern, $place);
}
my $checked = PostgreSQL::Test::Utils::tempdir;
write_files($checked, 'pack.json' => q({"name": "c", "tiers": [{"name": "main", "kind": "versioned"}]}),
	'main/001_a.sql' => "SELECT 1;\n", 'verify/v.sql' => "SELECT true;\nCOMMIT;\nDELETE FROM x;\n");
raises($node, 'divided', "SET whisper_migrate.script_location = '$checked'; SELECT whisper_plan()", '2D000', 'a check that commits');
database_of($node, 'calling', '001_a.sql' => "-- migrate:up\nCREATE PROCEDURE p() LANGUAGE plpgsql AS 'BEGIN COMMIT; END';\nCOMMIT;\nBEGIN;\n"
	  . "CREATE TABLE t (i int);\nCALL p();\n");
raises($node, 'calling', 'CALL whisper_deploy()', '2D000', 'a procedure that commits within a block');
is(rows($node, 'calling', q{SELECT to_regclass('t')}), '', 'which is one transaction');

# Data-loss guards

database_of($node, 'loss', '001_a.sql' => "-- migrate:up\nCREATE TABLE a (i int);\n-- migrate:down\nDROP TABLE a;\n",
	'002_b.sql' => "-- migrate:up\nCREATE TABLE b (i int);\nCOMMIT;\nBEGIN;\nCREATE TABLE c (i int);\nDROP TABLE a;\n-- migrate:down\n");
rows($node, 'loss', q{SELECT whisper_upgrade('001'); INSERT INTO a VALUES (1)});
raises($node, 'loss', 'CALL whisper_deploy()', 'WM012', 'rows are not lost in a part');
is(rows($node, 'loss', q{SELECT to_regclass('a'), to_regclass('b'), to_regclass('c')}), 'a|b|', 'which is taken back');
is(rows($node, 'loss', q{CALL whisper_deploy(allow_data_loss => true); SELECT to_regclass('a'), to_regclass('c')}), '|c', 'unless it is allowed');

# SET TRANSACTION, which has to come before any query

my $levels = "CREATE TABLE level AS SELECT current_setting('transaction_isolation') AS is;\n-- migrate:down\nDROP TABLE level;\n";
my $number = 0;
for my $case (
	[ "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;\n", 'serializable' ],
	[ "BEGIN;\nSET TRANSACTION ISOLATION LEVEL REPEATABLE READ;\n", 'repeatable read', "COMMIT;\n" ],
	[ "SET LOCAL transaction_isolation = 'serializable';\n", 'serializable' ],
	[ "SET LOCAL lock_timeout = '5s';\n", 'read committed' ])
{
	my ($begin, $level, $end) = @$case;
	my $database = 'level' . ++$number;
	database_of($node, $database, '001_a.sql' => "-- migrate:up\n$begin" . ($levels =~ s/(?=-- migrate:down)/$end \/\/ ''/er));
	if ($level ne 'read committed')
	{
		raises($node, $database, 'SELECT whisper_upgrade()', '25001', "$begin in an upgrade", qr/which has to be the first of its transaction/);
	}
	is(rows($node, $database, "CALL whisper_deploy(); SELECT * FROM level; $applied"), "$level\n001", "$begin in a deploy");
	is(rows($node, $database, q{SELECT object_identity FROM whisper.owned_object}), 'public.level', 'is recorded');
}
database_of($node, 'late', '001_a.sql' => "-- migrate:up\nSELECT 1;\nSET TRANSACTION ISOLATION LEVEL SERIALIZABLE;\n$levels");
raises($node, 'late', 'CALL whisper_deploy()', '25001', 'a late one', qr/HINT:  write .* as the first statement of the section/);

$node->stop;
done_testing();
