# What the server says of a migration gets the hint that mends it; where it is a command, or a line for a file, the test
# does what it says.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database set_location rows error_of raises write_files);

my $node = new_node('mending');
my $applied = q{SELECT coalesce(string_agg(revision, ',' ORDER BY revision), '') FROM whisper.applied};
my $upgrade = 'SELECT count(*) FROM whisper_upgrade()';
my $deploy = 'CALL whisper_deploy()';

sub hint_of
{
	my ($database, $statement) = @_;
	my ($hint) = error_of($node, $database, $statement) =~ /^HINT:  (.*)$/m;
	return $hint // 'no hint';
}

# A database whose migrations are in a directory of their own, which it gives.
sub database_with
{
	my ($database, %files) = @_;
	my $pack = PostgreSQL::Test::Utils::tempdir;
	write_files($pack, %files);
	new_database($node, $database, $pack);
	return $pack;
}

# Made twice

my $pack = database_with('twice', '1_one.sql' => "CREATE TABLE crates (id int, kind text);\nCREATE INDEX crates_kind ON crates (kind);\n",
	'2_two.sql' => "CREATE TABLE IF NOT EXISTS crates (id int, kind text);\nCREATE INDEX crates_kind ON crates (kind);\n");
is(hint_of('twice', $_), q{revision "1" (file "1_one.sql") makes it earlier in the same run: take it out of one of the two}, "$_ knows whose it is")
  for $upgrade, $deploy;
write_files($pack, '2_two.sql' => "CREATE TABLE IF NOT EXISTS crates (id int, kind text);\n");
is(rows($node, 'twice', $upgrade), '1', 'then it runs');

database_with('same', '1_one.sql' => "CREATE TABLE a ();\nCREATE TABLE a ();\n");
for my $case ([ 'column', 'ALTER TABLE a ADD COLUMN b int' ], [ 'function', 'CREATE FUNCTION b() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$' ],
	[ 'schema', 'CREATE SCHEMA b' ], [ 'type', q{CREATE TYPE b AS ENUM ('c')} ], [ 'view', 'CREATE VIEW b AS SELECT 1' ],
	[ 'constraint', 'ALTER TABLE a ADD CONSTRAINT b CHECK (true)' ], [ 'trigger', 'CREATE TRIGGER b BEFORE INSERT ON a EXECUTE FUNCTION suppress_redundant_updates_trigger()' ])
{
	my ($kind, $sql) = @$case;
	my $files = PostgreSQL::Test::Utils::tempdir;
	write_files($files, '0_t.sql' => "CREATE TABLE a ();\n", '1_one.sql' => "$sql;\n", '2_two.sql' => "$sql;\n");
	like(hint_of('same', "SET whisper_migrate.script_location = '$files'; $upgrade"), qr/^revision "1" \(file "1_one\.sql"\) makes it earlier in the same run/, "a $kind");
}
is(hint_of('same', $upgrade), 'the section makes it twice: take one of the two statements out', 'twice in one file');
$pack = database_with('before', '1_one.sql' => "CREATE TABLE a ();\n");
rows($node, 'before', $upgrade);
write_files($pack, '2_two.sql' => "CREATE TABLE a ();\n");
is(hint_of('before', $upgrade), q{revision "1" (file "1_one.sql"), which is applied, makes it: take it out of revision "2" (file "2_two.sql")},
	'made by an earlier run');
database_with('foreigner', '1_one.sql' => "CREATE TABLE a (id int);\n");
rows($node, 'foreigner', 'CREATE TABLE a (id int)');
is(rows($node, 'foreigner', (hint_of('foreigner', $upgrade) =~ /take it over with (SELECT .*)$/)[0] . "; $applied") =~ s/.*\n//sr, '1',
	'what nobody made is adopted');

# A view with other columns

$pack = database_with('viewed', '1_v.sql' => "CREATE VIEW v AS SELECT 1 AS a, 2 AS b;\n");
rows($node, 'viewed', $upgrade);
for my $columns ('1 AS a', '1 AS a, 2 AS c')
{
	write_files($pack, '2_v.sql' => "CREATE OR REPLACE VIEW v AS SELECT $columns;\n");
	raises($node, 'viewed', $upgrade, '42P16', "a view of $columns");
	my ($drop) = hint_of('viewed', $upgrade) =~ /can append columns and nothing else: write (DROP VIEW IF EXISTS v;) in front of it/;
	write_files($pack, '2_v.sql' => ($drop // '') . "\nCREATE OR REPLACE VIEW v AS SELECT $columns;\n");
	is(rows($node, 'viewed', "BEGIN; $upgrade; ROLLBACK"), '1', 'with the statement of the hint in front of it');
}

# What needs the top level, and nobody could know before

sub mends_by_marker
{
	my ($database, $pack, $file, $sql, $sqlstate) = @_;
	for my $call ($upgrade, $deploy)
	{
		raises($node, $database, $call, $sqlstate, "$database: $call");
		my ($line, $command) = hint_of($database, $call) =~ /^write "(-- .*)" above the section, and run it with (CALL .*)$/;
		write_files($pack, $file => ($line // 'SELECT 1/0;') . "\n$sql");
		is(hint_of($database, $upgrade), $command, 'the next hint is the same command') if $call eq $upgrade;
		is(rows($node, $database, "$command; $applied"), '1', 'which mends it') if $call eq $deploy;
		write_files($pack, $file => "-- migrate:up\n$sql");
	}
	return;
}
my $sql = "CREATE PROCEDURE p() LANGUAGE plpgsql AS 'BEGIN COMMIT; END';\nCALL p();\n";
mends_by_marker('commits', database_with('commits', '1_p.sql' => "-- migrate:up\n$sql"), '1_p.sql', $sql, '2D000');
my $partitioned = "CREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id);\nCREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9);\n";
mends_by_marker('at_once', database_with('at_once', '1_p.sql' => "-- migrate:up\n${partitioned}REINDEX TABLE p;\n"), '1_p.sql',
	"${partitioned}REINDEX TABLE p;\n", '25001');

# Partitioned relations

for my $statement ('REINDEX TABLE p', 'REINDEX INDEX p_pkey', 'CLUSTER p USING p_pkey', 'REINDEX (VERBOSE false) TABLE public.p')
{
	next if $statement =~ /CLUSTER/ && $node->pg_version < 15;
	(my $database = lc $statement) =~ s/\W+/_/g;
	database_with($database, '1_p.sql' => "-- migrate:up\n$partitioned", '2_r.sql' => "-- migrate:up\nSELECT 1;\n$statement;\n-- migrate:down\n$statement;\n");
	is(rows($node, $database, 'SELECT string_agg(transactional::text, $$ $$ ORDER BY step) FROM whisper_plan()'), 'true true',
		"$statement of what is not there yet");
	raises($node, $database, $upgrade, '25001', 'an upgrade that makes the table');
	is(hint_of($database, $upgrade), q{CALL whisper_deploy('head')}, 'a deploy finds it partitioned');
	is(rows($node, $database, "BEGIN; SELECT count(*) FROM whisper_upgrade('1'); SELECT transactional FROM whisper_plan(); ROLLBACK"), "1\nf",
		'as does a plan once it is there');
	is(rows($node, $database, hint_of($database, $upgrade) . "; $applied"), '1,2', 'the hint mends it');
	raises($node, $database, q{SELECT whisper_downgrade('1')}, '25001', 'on the way down',
		qr/DETAIL:  Line 5 is \Q$statement\E, of a partitioned relation, which cannot run inside a transaction block/);
	unlike(rows($node, $database, q{SELECT whisper_sql('1', direction => 'downgrade')}), qr/BEGIN;/, 'a script has no transaction around it');
	is(rows($node, $database, hint_of($database, q{SELECT whisper_downgrade('1')}) . "; $applied"), '1', 'too');
}
database_with('plain', '1_p.sql' => "-- migrate:up\nCREATE TABLE p (id int PRIMARY KEY);\n", '2_r.sql' => "-- migrate:up\nREINDEX TABLE p;\nCLUSTER p USING p_pkey;\n");
is(rows($node, 'plain', $upgrade), '2', 'a table without partitions needs no deploy');
database_with('quiet', '1_p.sql' => "-- migrate:up\n$partitioned", '2_r.sql' => "-- migrate:up\nCOMMENT ON TABLE p IS 'REINDEX TABLE p';\n");
is(rows($node, 'quiet', $upgrade), '2', 'nor does a text that speaks of it');

# The session's settings

database_with('slow', '1_a.sql' => "SELECT pg_sleep(0.4);\n", '2_b.sql' => "SELECT pg_sleep(0.4);\n", '3_c.sql' => "-- migrate:up transaction:false\nSELECT pg_sleep(0.4);\n");
my $limit = "SET statement_timeout = '600ms'";
for my $call (q{SELECT count(*) FROM whisper_upgrade('2')}, $deploy, $deploy)
{
	raises($node, 'slow', "$limit; $call", '57014', "statement_timeout over $call", qr/statement timeout/);
	my ($mend) = hint_of('slow', "$limit; $call") =~ /counts the whole call: (SET statement_timeout = 0; .*)/;
	if ($call eq $deploy)
	{
		is(rows($node, 'slow', "$limit; $mend; $applied"), '1,2,3', 'the hint goes on with it') if rows($node, 'slow', $applied) ne '1,2,3';
		rows($node, 'slow', q{SELECT whisper_stamp('2')});
		$limit = "SET statement_timeout = '200ms'";   # now within the worker's
	}
	else { is(rows($node, 'slow', "$limit; BEGIN; " . ($mend =~ s/;.*//sr) . "; $call; ROLLBACK"), '2', 'the hint lets it run') }
}
my ($status, undef, $stderr) = $node->psql('slow', "SET statement_timeout = '1min'; SET lock_timeout = '1s'; DO \$\$ BEGIN PERFORM pg_cancel_backend(pg_backend_pid()); PERFORM pg_sleep(5); END \$\$");
unlike($stderr, qr/HINT/, 'a cancel is none');

for my $call ($upgrade, $deploy)
{
	my $read_only = 'SET default_transaction_read_only = on';
	raises($node, 'slow', "$read_only; $call", '25006', "default_transaction_read_only: $call", qr/cannot run migrations in a read-only transaction/);
	my $mend = hint_of('slow', "$read_only; $call");
	is($mend, 'SET default_transaction_read_only = off', 'the hint');
	rows($node, 'slow', q{SELECT whisper_stamp('1')});
	like(rows($node, 'slow', "$read_only; $mend; " . ($call eq $deploy ? "$call; SELECT 1" : q{SELECT count(*) FROM whisper_upgrade('2')})), qr/^1$/, 'lets it run');
}
raises($node, 'slow', "BEGIN READ ONLY; $upgrade", '25006', 'a transaction that reads', qr/HINT:  begin it with BEGIN READ WRITE/);

raises($node, 'slow', "\\set AUTOCOMMIT off\n$deploy", '25001', 'a driver that begins transactions by itself',
	qr/HINT:  CALL it by itself, outside of BEGIN … COMMIT, and with autocommit on where the client's driver begins transactions/);
is(rows($node, 'slow', "\\set AUTOCOMMIT on\n$deploy"), '', 'with autocommit on it runs');

$node->stop;
done_testing();
