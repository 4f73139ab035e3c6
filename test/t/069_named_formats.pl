# Directories of Supabase, refinery, postgres-migrations and graphile-migrate, the key "format" that names a tool, and
# which order counts.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database rows raises write_files);

my $node = new_node('named');
my $root = PostgreSQL::Test::Utils::tempdir;
my $loaded = q{SELECT string_agg(revision || ' ' || state, ', ') FROM whisper_load()};
my $upgrade = q{SELECT coalesce(string_agg(revision, ' '), '') FROM whisper_upgrade('head')};
my $adopt = q{SELECT string_agg(revision || ' ' || verdict, ', ' ORDER BY revision) FROM whisper_adopt(apply => true)};
my $tables = q{SELECT coalesce(string_agg(relname, ' ' ORDER BY relname), '') FROM pg_class
	WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'};

# A pack with the tier "main", whose files these are, as this tool's.
sub pack_of
{
	my ($dbname, $format, %files) = @_;
	my $pack = "$root/$dbname";
	write_files($pack, (map { ("main/$_" => $files{$_}) } keys %files),
		'pack.json' => qq({"name": "$dbname", "tiers": [{"name": "main", "format": "$format"}]}));
	new_database($node, $dbname, $pack);
	return $pack;
}

# A copy of its migrations for a database that the tool has built up to the first one.
sub built_by_tool
{
	my ($dbname, $pack, $sql) = @_;
	new_database($node, $dbname, $pack);
	rows($node, $dbname, $sql);
	return;
}

# Supabase: as a pack's tier, and a project of its own

my %supabase = ('20230101000000_create_a.sql' => 'CREATE TABLE a (i int);',
	'20240101000000_fill.sql' => "INSERT INTO a VALUES (1);\nINSERT INTO supabase_migrations.schema_migrations (version) VALUES ('x');");
my $pack = pack_of('supabase', 'supabase', %supabase);
is(rows($node, 'supabase', $loaded), '20230101000000 added, 20240101000000 added', 'Supabase: loaded');
is(rows($node, 'supabase', "$upgrade; SELECT i FROM a"), "20230101000000 20240101000000\n1", 'up, with its own table there');
is(rows($node, 'supabase', q{SELECT format FROM whisper.tier}), 'supabase', 'the catalog says whose files they are');
raises($node, 'supabase', q{SELECT whisper_downgrade('-1')}, 'WM015', 'it has no way down');
# What its releases have made of the table: version alone, with statements, with a name, and more
my $n = 0;
for my $columns ('version text NOT NULL PRIMARY KEY', 'version text NOT NULL PRIMARY KEY, statements text[]',
	'version text NOT NULL PRIMARY KEY, statements text[], name text',
	'version text NOT NULL PRIMARY KEY, statements text[], name text, created_by text, idempotency_key text UNIQUE')
{
	my $db = 'supabase_' . ++$n;
	built_by_tool($db, $pack, "CREATE SCHEMA supabase_migrations; CREATE TABLE supabase_migrations.schema_migrations ($columns);
		INSERT INTO supabase_migrations.schema_migrations (version) VALUES ('20230101000000'); CREATE TABLE a (i int)");
	is(rows($node, $db, $adopt), '20230101000000 present, 20240101000000 absent', "Supabase: adopted, table of $n column(s)");
	is(rows($node, $db, "$upgrade; SELECT i FROM a"), "20240101000000\n1", 'and goes on');
}
write_files("$root/project", 'config.toml' => "project_id = \"shop\"\n", 'seed.sql' => 'INSERT INTO a VALUES (7);',
	'functions/hello/index.ts' => '', map { ("migrations/$_" => $supabase{$_}) } keys %supabase);
new_database($node, 'project', "$root/project");
is(rows($node, 'project', "$upgrade; SELECT i FROM a"), "20230101000000 20240101000000\n1", 'a project is read at its migrations');

# refinery

my %refinery = ('V1__users.sql' => 'CREATE TABLE users (id int);', 'U2__cars.sql' => 'CREATE TABLE cars (id int);',
	'sub/V10__more.sql' => 'CREATE TABLE more (n text DEFAULT \'${not_ours}\');');
$pack = pack_of('refinery', 'refinery', %refinery);
is(rows($node, 'refinery', "$upgrade; $tables"), "V1 U2 V10\ncars more refinery_schema_history users", 'refinery: both letters go up');
for my $type ('int4', 'int8')
{
	built_by_tool("refinery_$type", $pack, "CREATE TABLE refinery_schema_history (version $type PRIMARY KEY, name varchar(255),
		applied_on varchar(255), checksum varchar(255)); INSERT INTO refinery_schema_history VALUES (1, 'users', '', '1'), (2, 'cars', '', '2');
		CREATE TABLE users (id int); CREATE TABLE cars (id int)");
	is(rows($node, "refinery_$type", $adopt), 'U2 present, V1 present, V10 absent', "refinery: adopted, versions of $type");
}
write_files("$root/flyway_like", map { ($_ => $refinery{$_}) } 'V1__users.sql', 'U2__cars.sql');
new_database($node, 'flyway_like', "$root/flyway_like");
raises($node, 'flyway_like', 'SELECT whisper_load()', 'WM014', 'for Flyway, U is a way down: nothing is guessed', qr/HINT:.*"format": "refinery"/);
write_files("$root/flyway_like", 'refinery.toml' => "[main]\ndb_type = \"Postgres\"\n");
is(rows($node, 'flyway_like', $upgrade), 'V1 U2', 'its settings beside the files tell');

# postgres-migrations

my %numbered = map { ("$_-add_$_.sql" => "CREATE TABLE t$_ (i int);") } 1 .. 10;
$numbered{'11_index.sql'} = "-- postgres-migrations disable-transaction\nCREATE INDEX CONCURRENTLY t1_i ON t1 (i);";
write_files("$root/postgres_migrations", %numbered);
new_database($node, 'postgres_migrations', "$root/postgres_migrations");
is(rows($node, 'postgres_migrations', q{SELECT string_agg(revision, ' ') FROM whisper_upgrade('10')}), '1 2 3 4 5 6 7 8 9 10',
	'postgres-migrations: its marker tells, numbers count');
rows($node, 'postgres_migrations', 'CALL whisper_deploy()');
is(rows($node, 'postgres_migrations', q{SELECT to_regclass('t1_i')::text, to_regclass('migrations')::text}), 't1_i|migrations', 'its marker is followed');
built_by_tool('postgres_migrations_2', "$root/postgres_migrations", q{CREATE TABLE migrations (id integer PRIMARY KEY, name varchar(100) UNIQUE NOT NULL,
	hash varchar(40) NOT NULL, executed_at timestamp DEFAULT current_timestamp); CREATE TABLE t1 (i int); CREATE TABLE t2 (i int);
	INSERT INTO migrations VALUES (0, 'create-migrations-table', ''), (1, 'add_1', ''), (2, 'add_2', '')});
like(rows($node, 'postgres_migrations_2', $adopt), qr/^1 present, 10 absent, 11 absent, 2 present, 3 absent/, 'adopted by the number');
unlink "$root/postgres_migrations/5-add_5.sql";
raises($node, 'postgres_migrations_2', 'SELECT whisper_load()', 'WM014', 'a gap is an error, as it is for the tool', qr/number out of its turn in file "6-add_6\.sql"/);

# graphile-migrate

my %graphile = (
	'committed/000001.sql' => "--! Previous: -\n--! Hash: sha1:a\n\nCREATE TABLE a (i int);\nGRANT SELECT ON a TO :VISITOR;\n",
	'committed/000002-more.sql' => "--! Previous: sha1:a\n--! Hash: sha1:b\n--! Message: more\n\nCOMMENT ON TABLE a IS ':DATABASE_NAME';\nCREATE TABLE b (i int);\n",
	'current.sql' => 'DROP TABLE a;', '../.gmrc' => '{}');
$node->safe_psql('postgres', 'CREATE ROLE visitor');
write_files("$root/graphile", %graphile);
new_database($node, 'graphile', "$root/graphile");
raises($node, 'graphile', 'SELECT whisper_load()', 'WM019', 'graphile-migrate: a placeholder without a value', qr/committed\/000001\.sql/);
rows($node, 'graphile', q{ALTER DATABASE graphile SET whisper_migrate.placeholders = '{":VISITOR": "visitor"}'});
is(rows($node, 'graphile', "$upgrade; $tables"), "000001 000002\na b", 'what is committed comes up, what is current does not');
is(rows($node, 'graphile', q{SELECT obj_description('a'::regclass), has_table_privilege('visitor', 'a', 'SELECT'), to_regclass('graphile_migrate.migrations')::text}),
	'graphile|t|graphile_migrate.migrations', 'placeholders have their values, its table is there');
is(rows($node, 'graphile', q{SELECT message FROM whisper_history() WHERE revision = '000002'}), 'more', 'its message');
new_database($node, 'graphile_2', "$root/graphile/committed");
rows($node, 'graphile_2', q{ALTER DATABASE graphile_2 SET whisper_migrate.placeholders = '{":VISITOR": "visitor"}'; CREATE SCHEMA graphile_migrate;
	CREATE TABLE graphile_migrate.migrations (hash text PRIMARY KEY, previous_hash text REFERENCES graphile_migrate.migrations, filename text NOT NULL,
	date timestamptz NOT NULL DEFAULT now()); CREATE TABLE a (i int); GRANT SELECT ON a TO visitor;
	INSERT INTO graphile_migrate.migrations VALUES ('sha1:a', NULL, '000001.sql')});
is(rows($node, 'graphile_2', $adopt), '000001 present, 000002 absent', 'adopted, from the folder of the committed files');
is(rows($node, 'graphile_2', "$upgrade; $tables"), "000002\na b", 'and goes on');
write_files("$root/graphile", 'committed/000003.sql' => "--! Previous: sha1:a\n--! Hash: sha1:c\n\nSELECT 1;\n");
raises($node, 'graphile', 'SELECT whisper_load()', 'WM014', 'a broken chain of hashes', qr/hash of another file than the one before it/, qr/"sha1:b"/);

# The key

pack_of('wrong', 'goose', '1_a.sql' => "-- +migrate Up\nCREATE TABLE a (i int);\n-- +migrate Down\nDROP TABLE a;\n");
raises($node, 'wrong', 'SELECT whisper_load()', 'WM014', 'a wrong format says what is there', qr/directory "main\/" is not one of goose, as pack\.json says/,
	qr/DETAIL:  File "main\/1_a\.sql", line 1 is as sql-migrate has it/, qr/HINT:  write "format": "sql_migrate"/);
my $two = "$root/two";
write_files($two, '1_a.sql' => "-- +goose Up\nCREATE TABLE a (i int);\n", '2_b.sql' => "-- +migrate Up\nCREATE TABLE b (i int);\n");
new_database($node, 'two', $two);
raises($node, 'two', 'SELECT whisper_load()', 'WM014', 'two tools in one directory', qr/migrations of goose and of sql-migrate/,
	qr/HINT:.*"format": "goose" or "format": "sql_migrate"/);
my $sqlx = pack_of('sqlx', 'sqlx', '1_a.up.sql' => 'CREATE TABLE a (i int);', '1_a.down.sql' => 'DROP TABLE a;');
is(rows($node, 'sqlx', "$upgrade; $tables"), "1\n_sqlx_migrations a", 'names of golang-migrate, files of sqlx');
write_files($sqlx, 'pack.json' => '{"name": "sqlx", "format": "golang_migrate", "tiers": [{"name": "main"}]}');
rows($node, 'sqlx', 'SELECT whisper_load()');
is(rows($node, 'sqlx', 'SELECT format FROM whisper.tier'), 'golang_migrate', 'for all tiers that name none');
write_files($sqlx, 'pack.json' => '{"name": "sqlx", "tiers": [{"name": "main", "format": "golang"}]}');
raises($node, 'sqlx', 'SELECT whisper_load()', 'WM014', 'an unknown one', qr/unknown format "golang"/, qr/DETAIL:  The formats are "plain".*"tern"/);

# Which order counts

sub notices
{
	my ($dbname, $sql) = @_;
	my (undef, undef, $stderr) = $node->psql($dbname, $sql);
	return $stderr;
}
my @ten = map { ("${_}_t.sql" => "CREATE TABLE t$_ (i int);") } 1 .. 10;
write_files("$root/unpadded", @ten);
new_database($node, 'unpadded', "$root/unpadded");
my $notice = notices('unpadded', 'SELECT whisper_load()');
like($notice, qr/NOTICE:  files of tier "unpadded" are in the order of their numbers\nDETAIL:  File "9_t\.sql" comes before file "10_t\.sql"/,
	'numbers count: the first pair of files is named');
is(notices('unpadded', 'SELECT whisper_load()'), '', 'once');
# Release 1.1.0 followed the bytes of the names.
rows($node, 'unpadded', q{UPDATE whisper.revision SET down_revisions = CASE revision WHEN '10' THEN '{}' WHEN '1' THEN '{10}'
	ELSE ARRAY[(revision::int - 1)::text] END; UPDATE whisper.tier SET format = NULL});
rows($node, 'unpadded', q{CREATE TABLE t1 (i int); CREATE TABLE t10 (i int);
	INSERT INTO whisper.applied SELECT revision, tier, 1, current_user, now(), '0', 1, checksum, 'upgrade' FROM whisper.revision
	WHERE revision IN ('1', '10')});
is(rows($node, 'unpadded', $upgrade), '2 3 4 5 6 7 8 9', 'a database that it has left in between gets what is missing, in the order of the numbers');
is(rows($node, 'unpadded', q{SELECT string_agg(down_revisions::text, ' ') FROM whisper_history() WHERE revision IN ('10', '2')}), '{9} {1}', 'the registry has it');
write_files("$root/padded", map { (sprintf('%02d_t.sql', $_) => "CREATE TABLE t$_ (i int);") } 1 .. 10);
new_database($node, 'padded', "$root/padded");
is(notices('padded', 'SELECT whisper_load()'), '', 'of one order nothing is said');
write_files("$root/own", map { ("${_}_t.sql" => "-- migrate:up\nCREATE TABLE t$_ (i int);\n") } 1, 2, 10);
new_database($node, 'own', "$root/own");
like(notices('own', 'SELECT whisper_load()'), qr/NOTICE:  files of tier "own" are in the order of their names, not of their numbers\nDETAIL:  File "10_t\.sql" comes before file "1_t\.sql"/,
	"dbmate's names count as bytes");
is(rows($node, 'own', $upgrade), '10 1 2', 'and do');

# Numbers begin to count when the tenth file comes; what is applied keeps its name.
write_files("$root/hyphens", map { ("$_-t.sql" => "CREATE TABLE t$_ (i int);") } 1 .. 9);
new_database($node, 'hyphens', "$root/hyphens");
rows($node, 'hyphens', $upgrade);
write_files("$root/hyphens", '10-t.sql' => 'CREATE TABLE t10 (i int);');
is(rows($node, 'hyphens', $upgrade), '10-t', 'the tenth file of a directory runs alone');

$node->stop;
done_testing();
