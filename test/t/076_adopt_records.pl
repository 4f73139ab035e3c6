# What is taken over as applied although the catalogs no longer show how it went, and what no upgrade runs a second time.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database rows error_of raises);

my $node = new_node('adopt_records');

# A database in which $sql has run, where a client has registered these ways up, id => text, each after the one before.
my $databases = 0;
sub registered
{
	my ($sql, @ups) = @_;
	my $db = 'adopted' . ++$databases;
	new_database($node, $db);
	$node->safe_psql($db, "ALTER DATABASE $db SET whisper_migrate.script_location = ''");
	rows($node, $db, $sql);
	add($db, @ups);
	return $db;
}

sub add
{
	my ($db, @ups) = @_;
	my $tier = rows($node, $db, 'SELECT count(*) FROM whisper.tier') eq '0' ? ", 'main'" : '';
	while (my ($id, $up) = splice @ups, 0, 2)
	{
		my $header = $id =~ /:/ ? join('', map { "-- $_\n" } split /; /, $id) : "-- revision: $id\n";
		rows($node, $db, "SELECT whisper_register(\$x\$$header-- migrate:up\n$up\n\$x\$$tier)");
		$tier = '';
	}
	return;
}

my $verdicts = q{SELECT string_agg(revision || ' ' || verdict, ', ' ORDER BY revision) FROM whisper_adopt(apply => true)};
my $upgrade = 'SELECT revision FROM whisper_upgrade()';

# Dropped, and made again

my $k = 'CREATE TABLE k (id int PRIMARY KEY);';
my $db = registered("$k INSERT INTO k VALUES (1)", '001' => $k, '002' => 'DROP TABLE k;', '003' => $k);
is(rows($node, $db, "$verdicts; $upgrade; SELECT count(*) FROM k"), "001 present, 002 present, 003 present\n1",
	'a table that was dropped and made again is the last one, and nothing runs');

$db = registered("$k CREATE TABLE z (id int)", '001' => $k, '002' => 'DROP TABLE k; CREATE TABLE z (id int);', '003' => $k);
is(rows($node, $db, "$verdicts; $upgrade"), '001 present, 002 present, 003 present', 'also where that revision made something else');

$db = registered("$k INSERT INTO k VALUES (1)", '001' => $k, '002' => 'DROP TABLE k;', '003' => 'CREATE TABLE k (id int PRIMARY KEY, v text);');
raises($node, $db, $verdicts, 'WM023', 'another table of that name is a difference', qr/k\.v is missing/);
is(rows($node, $db, "SELECT count(*) FROM k; SELECT count(*) FROM whisper.applied"), "1\n0", '... and nothing has happened');

my $v = 'CREATE TABLE k (id int PRIMARY KEY, v text NOT NULL UNIQUE);';
$db = registered("$v CREATE TABLE z (id int)", '001' => "$v CREATE INDEX k_i ON k (v);
	CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE TRIGGER g BEFORE UPDATE ON k FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();",
	'002' => 'CREATE TABLE z (id int); DROP INDEX k_i; DROP FUNCTION f(); DROP TRIGGER g ON k;');
is(rows($node, $db, "$verdicts; $upgrade; SELECT to_regclass('k_i') IS NULL"), "001 present, 002 present\nt",
	'what a later revision dropped is not missing, be it an index, a function or a trigger');

$db = registered("$k INSERT INTO k VALUES (1); CREATE TABLE z (id int)", '001' => $k, '002' => 'CREATE TABLE z (id int); DROP TABLE k;');
raises($node, $db, $verdicts, 'WM023', 'a drop that a revision has left undone is a difference', qr/table public\.k is still there/);
is(rows($node, $db, "SELECT count(*) FROM whisper_adopt(apply => true, accept_differences => true); $upgrade; SELECT count(*) FROM k"), "2\n1",
	'... and no statement for the upgrade');

# Alembic's table names heads alone. What they stand on has run, though the catalogs show nothing of it.

my $alembic = q{CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY); INSERT INTO alembic_version VALUES %s;};
my $accounts = 'CREATE TABLE accounts (id int PRIMARY KEY, cents int);';
my $double = 'UPDATE accounts SET cents = cents * 100;';
my $there = "$accounts INSERT INTO accounts VALUES (1, 500);";
my $cents = 'SELECT cents FROM accounts';

sub not_run
{
	my ($name, $revision, $heads, @ups) = @_;
	my $made = registered($there . sprintf($alembic, join ', ', map { "('$_')" } @$heads), r1 => $accounts, @ups);
	rows($node, $made, 'SELECT whisper_adopt(apply => true)');
	raises($node, $made, "SELECT whisper_upgrade('$revision')", 'WM023', "$name: is not run", qr/revision "$revision" is applied by the records of Alembic/);
	raises($node, $made, "CALL whisper_deploy('heads')", 'WM023', "$name: nor by a deploy");
	is(rows($node, $made, $cents), 500, "$name: nothing has changed");
	return $made;
}

not_run('a table that is not there, and rows of one that is', 'r2', ['r3'], r2 => "CREATE TABLE gone (id int); $double", r3 => 'CREATE TABLE other (id int);');
not_run('a column that is not there, and its rows', 'r2', ['r3'], r2 => "ALTER TABLE accounts ADD rate int; $double", r3 => 'CREATE TABLE other (id int);');
not_run('the rest of what is there in part', 'r2', ['r3'],
	r2 => "CREATE INDEX accounts_cents ON accounts (cents); CREATE TABLE gone (id int); DO \$\$ BEGIN $double END \$\$;", r3 => 'CREATE TABLE other (id int);');
not_run('branches below a merge', 'b1', ['m1'], 'revision: a1; down_revision: r1' => 'CREATE TABLE a (id int);',
	'revision: b1; down_revision: r1' => "CREATE TABLE b (id int); $double", 'revision: m1; down_revision: a1, b1' => 'SELECT 1;');
not_run('branches of two heads', 'b1', [ 'a1', 'b2' ], 'revision: a1; down_revision: r1' => 'CREATE TABLE a (id int);',
	'revision: b1; down_revision: r1' => "CREATE TABLE b (id int); $double", 'revision: b2; down_revision: b1' => 'CREATE TABLE c (id int);');

$db = registered($there . sprintf($alembic, q{('r2')}), r1 => $accounts, r2 => $double);
is(rows($node, $db, "$verdicts; $upgrade"), 'r1 present, r2 present', 'a head that writes rows alone');
add($db, r3 => "CREATE TABLE gone (id int); $double", r4 => 'CREATE TABLE other (id int);');
rows($node, $db, q{UPDATE alembic_version SET version_num = 'r4'});
raises($node, $db, "SELECT whisper_upgrade('r3')", 'WM023', 'what a head stands on that the tool has reached since', qr/revision "r3" is applied/);
is(rows($node, $db, $cents), 500, '... has not run');

# A gap is filled: what makes only what is missing.
$db = registered($there . sprintf($alembic, q{('r3')}), r1 => $accounts,
	r2 => 'CREATE TABLE gone (id int); INSERT INTO gone VALUES (1); CREATE INDEX ON gone (id);', r3 => $double);
rows($node, $db, 'SELECT whisper_adopt(apply => true)');
is(rows($node, $db, "$upgrade; SELECT count(*) FROM gone; $cents"), "r2\n1\n500", 'a table that alone is missing is made, with its rows');

$node->stop;
done_testing();
