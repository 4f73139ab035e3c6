# What counts as lost on the way up, and hints that mend it: each is followed as it is written.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database set_location rows error_of raises write_files);

my $node = new_node('loss_hints');
new_database($node, 'loss', '');
rows($node, 'loss', 'CREATE ROLE loser');

# What an upgrade says to this way up, after $before has been committed; it is rolled back. The table is "t".
my $number = 0;
sub verdict
{
	my ($before, $up) = @_;
	my $schema = 's' . ++$number;
	rows($node, 'loss', "SET client_min_messages = error; CREATE SCHEMA $schema; SET search_path = $schema; $before");
	return error_of($node, 'loss', "BEGIN; SET LOCAL search_path = $schema, public; SELECT whisper_register(\$x\$-- revision: r$number
-- migrate:up\n$up;\n\$x\$, tier => 'main'); SELECT count(*) FROM whisper_upgrade(); ROLLBACK");
}

sub refused
{
	my ($name, $before, $up, $detail) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	like(verdict($before, $up), qr/\AWM012: the upgrade would lose data\nDETAIL:  (?s:.*)$detail/, "refused: $name");
	return;
}

sub passes
{
	my ($name, $before, $up) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is(verdict($before, $up), '', "passes: $name");
	return;
}

my $empty = 'CREATE TABLE t (a int, b text)';
my $t = "$empty; INSERT INTO t SELECT i, i FROM generate_series(1, 5) i";
my $own = "INSERT INTO t VALUES (7, 'x'), (8, 'y')";

# Rows that the run has written are its own, whatever it does with them.
passes('own rows, updated', $empty, "$own; UPDATE t SET a = a + 1; DROP TABLE t");
passes('own rows, updated often and by more than one statement', $empty, "$own; UPDATE t SET a = a + 1 WHERE a = 7;
	UPDATE t SET b = 'z'; UPDATE t SET a = 0; DELETE FROM t WHERE b = 'y'; TRUNCATE t");
passes('own rows, updated before an error that was caught', $empty, "$own; UPDATE t SET a = 1; DO \$\$ BEGIN UPDATE t SET a = 2;
	RAISE EXCEPTION 'x'; EXCEPTION WHEN OTHERS THEN NULL; END \$\$; UPDATE t SET a = 3; DROP TABLE t");
passes('own rows, rewritten', $empty, "$own; ALTER TABLE t ALTER a TYPE bigint; DROP TABLE t");
passes('own rows, rewritten, updated, and more of them', $empty, "$own; ALTER TABLE t ALTER a TYPE bigint; UPDATE t SET a = 1;
	$own; ALTER TABLE t ADD c float DEFAULT random(); ALTER TABLE t DROP COLUMN b; DROP TABLE t");
passes('own rows in place of others', $t, "DELETE FROM t; $own; UPDATE t SET a = 1; ALTER TABLE t ALTER a TYPE bigint; DROP TABLE t");
passes('own values in a column', "$empty; INSERT INTO t VALUES (1)", "$own; UPDATE t SET b = 'z' WHERE a > 1; ALTER TABLE t DROP COLUMN b");
refused('others among own rows', $t, "$own; UPDATE t SET a = a + 1; DROP TABLE t", qr/t": 5 rows/);
refused('others, updated by the run', $t, 'UPDATE t SET a = a + 1; UPDATE t SET a = a + 1; DROP TABLE t', qr/t": 5 rows/);
refused('others, rewritten', $t, "$own; ALTER TABLE t ALTER a TYPE bigint; DROP TABLE t", qr/t": 7 rows/);
refused('others, where a rewrite of own rows was rolled back', $t, "DO \$\$ BEGIN DELETE FROM t; ALTER TABLE t ALTER a TYPE bigint;
	RAISE EXCEPTION 'x'; EXCEPTION WHEN OTHERS THEN NULL; END \$\$; DROP TABLE t", qr/t": 5 rows/);
refused('values that the run put into rows of others', $t, "ALTER TABLE t ADD c int; UPDATE t SET b = 'z'; ALTER TABLE t DROP COLUMN b",
	qr/t\.b", not null in: 5 rows/);

# Kinds of tables and columns
refused('a partitioned table', 'CREATE TABLE t (a int) PARTITION BY LIST (a); CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1);
	CREATE TABLE t2 PARTITION OF t DEFAULT; INSERT INTO t VALUES (1), (2), (3)', 'DROP TABLE t', qr/t2": 2 rows\ntable "s\d+\.t1": 1 row/);
refused('an unlogged table', $t =~ s/TABLE/UNLOGGED TABLE/r, 'DROP TABLE t', qr/t": 5 rows/);
refused('a function that is called', "$t; CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'TRUNCATE t'", 'SELECT f()', qr/t": 5 rows/);
refused('a column of a composite type', 'CREATE TYPE c AS (x int, y int); CREATE TABLE t (a c); INSERT INTO t VALUES (ROW(1, NULL)), (ROW(NULL, 1))',
	'ALTER TYPE c DROP ATTRIBUTE x', qr/c\.x", not null in: 1 row/);
refused('tables in a schema', "CREATE SCHEMA other; $t; ALTER TABLE t SET SCHEMA other", 'DROP SCHEMA other CASCADE', qr/other\.t": 5 rows/);
refused('what a role owns', "$t; ALTER TABLE t OWNER TO loser", 'DROP OWNED BY loser', qr/t": 5 rows/);
rows($node, 'loss', 'DROP SCHEMA other CASCADE');
passes('a generated column', 'CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a + 1) STORED); INSERT INTO t VALUES (1)', 'ALTER TABLE t DROP COLUMN b');
passes('a column of another type', $t, 'ALTER TABLE t ALTER b TYPE int USING b::int; ALTER TABLE t ALTER b TYPE text USING NULL');
passes('a column of nulls', "$empty; INSERT INTO t VALUES (1)", 'ALTER TABLE t DROP COLUMN b');
passes('views, indexes and constraints', "$t; CREATE VIEW v AS SELECT * FROM t; CREATE MATERIALIZED VIEW m AS SELECT * FROM t;
	CREATE INDEX i ON t (a); ALTER TABLE t ADD CHECK (a > 0)", 'DROP VIEW v; DROP MATERIALIZED VIEW m; DROP INDEX i; ALTER TABLE t DROP CONSTRAINT t_a_check');
passes('a temporary table', '', 'CREATE TEMP TABLE x AS SELECT 1 AS a; UPDATE x SET a = 2; DROP TABLE x');
SKIP:
{
	my ($extension) = rows($node, 'loss', q{SELECT name FROM pg_available_extensions WHERE name = 'pg_prewarm'}) || undef;
	skip 'no other extension is installed', 1 if !$extension;
	refused('a table that an extension has', "$t; CREATE EXTENSION pg_prewarm; ALTER EXTENSION pg_prewarm ADD TABLE t", 'DROP EXTENSION pg_prewarm',
		qr/t": 5 rows/);
}

# The hints, as they are

my $root = PostgreSQL::Test::Utils::tempdir;
my $clock = time;
sub revision
{
	my ($name, $text) = @_;
	write_files($root, $name => $text);
	$clock += 10;
	utime $clock, $clock, "$root/$name" or die "could not touch \"$root/$name\": $!";
	return;
}

sub hint_of
{
	my ($statement, $name) = @_;
	my $error = error_of($node, 'hints', $statement);
	my ($hint) = $error =~ /\AWM012: .*^HINT:  ([^\n]*)/ms;
	ok($hint, "$name: WM012 with a hint") or diag($error);
	return $hint // '';
}

# Runs the command of the hint.
sub follow
{
	my ($hint, $name) = @_;
	my ($command) = $hint =~ /\Aback the rows up, then run ((?:SELECT|CALL) .*?allow_data_loss => true\))(?:, or|\z)/;
	is(defined $command ? error_of($node, 'hints', $command) : "no command in: $hint", '', "$name: the command of the hint mends it");
	return;
}

my $allowed = "-- allow_data_loss: true\n";
revision('001_a.sql', "-- migrate:up\nCREATE TABLE a (i int);\n-- migrate:down\nDROP TABLE a;\n");
new_database($node, 'hints', $root);
rows($node, 'hints', 'SELECT whisper_upgrade(); INSERT INTO a VALUES (1)');
revision('002_b.sql', "-- migrate:up\nTRUNCATE a;\n-- migrate:down\n");
my $hint = hint_of(q{SELECT whisper_upgrade('head', 'default')}, 'upgrade');
like($hint, qr/whisper_upgrade\('head', profile => 'default', allow_data_loss => true\), or write "-- allow_data_loss: true" into the header of revision "002"/,
	'upgrade: with what it was called with, and the other way');
follow($hint, 'upgrade');
rows($node, 'hints', 'INSERT INTO a VALUES (1)');
revision('003_c.sql', "-- migrate:up\nTRUNCATE a;\n-- migrate:down\n");
hint_of('SELECT whisper_upgrade()', 'header');
revision('003_c.sql', "$allowed-- migrate:up\nTRUNCATE a;\n-- migrate:down\n");
is(error_of($node, 'hints', 'SELECT whisper_upgrade()'), '', 'header: the file mends it');
rows($node, 'hints', 'INSERT INTO a VALUES (1)');
revision('004_d.sql', "-- migrate:up\nALTER TABLE a DROP COLUMN i;\n-- migrate:down\nALTER TABLE a ADD i int;\n");
follow(hint_of('CALL whisper_deploy()', 'deploy'), 'deploy');
rows($node, 'hints', 'INSERT INTO a DEFAULT VALUES');
revision('005_e.sql', "-- migrate:up transaction:false\nTRUNCATE a;\n-- migrate:down\n");
like(hint_of('CALL whisper_deploy()', 'deploy in the worker'), qr/repeat the CALL with allow_data_loss => true, or write .* of revision "005"/,
	'deploy in the worker: both ways');
revision('005_e.sql', "$allowed-- migrate:up transaction:false\nTRUNCATE a;\n-- migrate:down\n");
is(error_of($node, 'hints', 'CALL whisper_deploy()'), '', 'deploy in the worker: the file mends it');
rows($node, 'hints', 'INSERT INTO a DEFAULT VALUES');
follow(hint_of(q{SELECT whisper_downgrade('base')}, 'downgrade'), 'downgrade');

# A rebuild was confirmed already; only the file can say more.
unlink glob "$root/*.sql" or die;
revision('101_a.sql', "-- migrate:up\nDROP TABLE IF EXISTS old;\nCREATE TABLE a (i int);\n-- migrate:down\nDROP TABLE a;\n");
rows($node, 'hints', 'SELECT whisper_upgrade(); CREATE TABLE old AS SELECT 1 AS i');
my $rebuild = q{SELECT count(*) FROM whisper_rebuild(confirm => 'hints')};
$hint = hint_of($rebuild, 'rebuild');
unlike($hint, qr/whisper_upgrade|allow_data_loss =>/, 'rebuild: no argument that it does not have');
like($hint, qr/write "-- allow_data_loss: true" into the header of revision "101", and repeat it/, 'rebuild: but the header');
revision('101_a.sql', "$allowed-- migrate:up\nDROP TABLE IF EXISTS old;\nCREATE TABLE a (i int);\n-- migrate:down\nDROP TABLE a;\n");
is(error_of($node, 'hints', $rebuild), '', 'rebuild: which mends it');
is(rows($node, 'hints', q{SELECT to_regclass('old') IS NULL}), 't', 'rebuild: and it has run');

$node->stop;
done_testing();
