# Directories that must not load: what a tool means by a marker, a name or a folder is never passed over.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database rows raises write_files);

my $node = new_node('foreign_files');
my $root = PostgreSQL::Test::Utils::tempdir;
new_database($node, 'strange', '');
rows($node, 'strange', 'CREATE TABLE a (id int); INSERT INTO a VALUES (1)');

my $number = 0;
sub directory
{
	my (@files) = @_;
	my $path = "$root/d" . ++$number . '/db';
	write_files($path, @files);
	return $path;
}

sub refused
{
	my ($name, $files, @patterns) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $path = directory(@$files);
	raises($node, 'strange', "SELECT * FROM whisper_load('$path'); SELECT * FROM whisper_upgrade('head')", 'WM014', $name, @patterns, qr/HINT:/);
	return;
}

my $up = "CREATE TABLE IF NOT EXISTS a (id int);\n";
my $down = "DROP TABLE IF EXISTS a;\n";

# Markers of tools that are not supported, in the middle of plain files
for my $case (
	[ 'micrate', "-- +micrate Up\n$up-- +micrate Down\n$down", qr/line 1 of file "1_a\.sql"\nDETAIL:  .*as micrate writes it/ ],
	[ 'shmig', "-- ==== UP ====\n$up-- ==== DOWN ====\n$down", qr/as shmig writes it/ ],
	[ 'MyBatis', "$up-- //\@UNDO\n$down", qr/line 2 .*\nDETAIL:  .*as MyBatis Migrations writes it/ ],
	[ 'bun', "$up--bun:split\n$down", qr/as bun writes it/ ],
	[ 'yoyo', "-- depends: 0_x\n$up", qr/as yoyo writes it/ ],
	[ 'a heading', "$up-- DOWN\n$down", qr/line 2 of file/ ],
	[ 'a marker without its colon', "-- migrate up\n$up-- migrate down\n$down", qr/line 1 of file/ ],
	[ 'a blank in a marker', "-- migrate: up\n$up", qr/line 1 of file/ ])
{
	my ($name, $text, @patterns) = @$case;
	refused("$name: its marker", [ '1_a.sql' => $text ], @patterns);
}
refused('a marker of a tool in the files of another', [ '1_a.sql' => "-- +goose Up\n$up-- +goose Down\n$down", '2_b.sql' => "-- +migrate Up\n$up" ],
	qr/goose/, qr/sql-migrate/);
refused('goose: a marker that cannot be followed', [ '1_a.sql' => "-- +goose ENVSUB ON\n-- +goose Up\n$up" ], qr/line 1 of file "1_a\.sql"/);

# Names
refused('a way down beside its way up', [ '1-a.up.sql' => $up, '1-a.down.sql' => $down ], qr/file "1-a\.down\.sql" is named after one way/);
refused('postgrator', [ '001.do.a.sql' => $up, '001.undo.a.sql' => $down, '002.do.sql' => $up, '002.undo.sql' => $down ], qr/file "002\.do\.sql"/);
refused('yoyo: a rollback', [ '1_a.sql' => $up, '1_a.rollback.sql' => $down ], qr/"1_a\.rollback\.sql"/);
refused('db-migrate', [ '20150101-a.js' => '', 'sqls/20150101-a-up.sql' => $up, 'sqls/20150101-a-down.sql' => $down ], qr{"sqls/20150101-a-down\.sql"});
refused('folders of two ways', [ 'up/1_a.sql' => $up, 'down/1_b.sql' => $down ], qr/folder "down" is named after a way down/);
refused('capitals', [ '1_a.sql' => $up, '2_b.SQL' => $down ], qr/file "2_b\.SQL" does not end in "\.sql"/);
refused('capitals beside folders', [ 'core/1_a.sql' => $up, 'B.SQL' => $down ], qr/"B\.SQL"/);
refused('capitals among the checks', [ '1_a.sql' => $up, 'verify/x.Sql' => 'SELECT 1' ], qr{"verify/x\.Sql"});
refused('capitals in a folder of diesel', [ '1_a/up.sql' => $up, '1_a/DOWN.SQL' => $down ], qr{"1_a/DOWN\.SQL"});
refused('a name of no rule', [ '1_a.up.sql' => $up, 'note.sql' => $down ], qr/file "note\.sql" is no migration of golang-migrate/);
refused('names of two tools', [ '1_a.up.sql' => $up, 'V2__b.sql' => $down ], qr/V2__b\.sql/);
refused('a version of Flyway among the checks', [ 'V1__a.sql' => $up, 'verify/V2__b.sql' => $down ], qr{migration in the folder of checks in file "verify/V2__b\.sql"});

# Migrations in code beside the .sql files, which their tool runs in their turn
my $goose = "-- +goose Up\n$up";
refused('goose: Go', [ '00001_a.sql' => $goose, '00002_b.go' => 'package migrations' ],
	qr/file "00002_b\.go" is a migration in Go\nDETAIL:  .*goose/, qr/HINT:  write what it does into a \.sql file/);
refused('goose: Go in a tier', [ 'pack.json' => '{"name": "db", "tiers": [{"name": "core", "kind": "versioned"}]}',
	'core/1_a.sql' => $goose, 'core/2_b.go' => '' ], qr{file "core/2_b\.go"});
refused('Flyway: Java', [ 'V1__a.sql' => $up, 'V2__b.java' => '' ], qr/"V2__b\.java" is a migration in Java\nDETAIL:  .*Flyway/);
refused('node-pg-migrate: JavaScript', [ '1_a.sql' => "-- Up Migration\n$up", '2_b.js' => '' ], qr/"2_b\.js".*\nDETAIL:  .*node-pg-migrate/);
refused('Rails', [ '20240101000000_a.sql' => $up, '20240102000000_b.rb' => '' ], qr/_b\.rb" is a migration in Ruby\nDETAIL:  .*Rails/);

# Template text
refused('a template', [ '1_a.sql' => "CREATE TABLE {{ name }} (id int);\n" ], qr/template text at line 1 of file "1_a\.sql"/);
refused('a template in a name', [ '1_a.sql' => "\nCREATE ROLE \"\${owner}\";\n" ], qr/template text at line 2/);
refused('a template of Ruby', [ '1_a.sql' => "CREATE TABLE <%= name %> (id int);\n" ], qr/template text/);
refused('a template in a comment', [ '1_a.sql' => "/* TEMPLATE name */\n$up" ], qr/a template engine/);
refused('tern: a template in a string', [ '1_a.sql' => "SELECT '{{ .name }}';\n---- create above / drop below ----\n" ], qr/template text/);
refused('sqlx: a template', [ '1_a.sql' => "-- no-transaction\nDROP TABLE \${name};\n" ], qr/template text at line 2/);

is(rows($node, 'strange', 'SELECT count(*) FROM a; SELECT count(*) FROM whisper.revision'), "1\n0", 'nothing has run, nothing is registered');

# What is no sign of anything
my @harmless = ('0001_clean_up.sql' => "-- goes down well, up to here\nSELECT '{{1},{2}}'::int[], '\n-- +goose Down\n';\n", '0002_lock_down.sql' => 'SELECT 1;',
	'code/x.go' => 'package code', 'notes/README' => '{{ x }}', 'readme.SQLITE' => '', 'verify/v2.sql' => 'SELECT true AS ok;');
is(rows($node, 'strange', "SELECT string_agg(state, ',') FROM whisper_load('" . directory(@harmless) . "'); SELECT count(*) FROM whisper_upgrade()"), "added,added\n2",
	'words, arrays, strings, other files and folders of code are no migrations of a tool');
my @code = ('db/1_a.sql' => $up, 'db/2_b.py' => '', 'pack.json' =>
	'{"name": "db", "tiers": [{"name": "db", "kind": "versioned", "format": "plain"}]}');
is(rows($node, 'strange', "SELECT state FROM whisper_load('" . directory(@code) . "') WHERE revision = '1'"), 'added',
	'nor is code where pack.json says that files are plain');
my @settings = ('migration_lock.toml' => "# It's made by a {program}\n# <%= so %>\nprovider = \"postgresql\"\n", '1_a/migration.sql' => "SELECT 1;\n");
is(rows($node, 'strange', "SELECT state FROM whisper_load('" . directory(@settings) . "') WHERE revision = '1_a'"), 'added', 'settings are no SQL');

$node->stop;
done_testing();
