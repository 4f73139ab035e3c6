# What directories of projects have that no tool's manual shows.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database rows raises write_files);

my $node = new_node('directories_as_they_are');
my $root = PostgreSQL::Test::Utils::tempdir;

sub new_directory
{
	my ($name, @files) = @_;
	write_files("$root/$name", @files);
	return "$root/$name";
}

# A value of an enum is usable once it is committed: the way to run it has a transaction for each revision.
my $enum = new_directory('enum', '1_kind.up.sql' => "CREATE TYPE kind AS ENUM ('a');\n", '1_kind.down.sql' => "DROP TYPE kind;\n",
	'2_more.up.sql' => "ALTER TYPE kind ADD VALUE 'b';\n", '2_more.down.sql' => "-- down migration: nothing to undo\n",
	'3_use.up.sql' => "-- +migrate Up\n-- atlas:nolint MF101\nCREATE TABLE kinds (k kind DEFAULT 'b');\n",
	'3_use.down.sql' => "-- Down Migration\nDROP TABLE kinds;\n", 'atlas.sum' => "h1:x\n");
new_database($node, 'enum', $enum);
raises($node, 'enum', q{SELECT whisper_upgrade('head')}, '55P04', 'a new value of an enum', qr/CALL whisper_deploy\('head'\)/);
rows($node, 'enum', q{CALL whisper_deploy('head')});
is(rows($node, 'enum', 'SELECT string_agg(revision, \',\' ORDER BY revision) FROM whisper_current() WHERE is_head'), '3', 'a deploy runs it');
is(rows($node, 'enum', q{SELECT count(*) FROM whisper_downgrade('base')}), '3', 'and comments in it are comments');

# A column takes the place of another one that an earlier revision has added.
my $column = new_directory('place', '1_a.up.sql' => "CREATE TABLE t (id int);\n", '2_b.up.sql' => "ALTER TABLE t ADD a text, ADD c int;\n",
	'3_c.up.sql' => "ALTER TABLE t ADD a_json jsonb;\n",
	'4_d.up.sql' => "ALTER TABLE t DROP COLUMN a;\nALTER TABLE t DROP COLUMN c;\nALTER TABLE t RENAME COLUMN a_json TO a;\n");
my $owned = q{SELECT object_identity || ' ' || revision FROM whisper.owned_object WHERE object_type = 'table column' ORDER BY 1};
new_database($node, 'place', $column);
rows($node, 'place', q{SELECT whisper_upgrade('3')});
is(rows($node, 'place', q{SELECT revision FROM whisper_upgrade('head')}), '4', 'a column renamed to the name of a dropped one');
is(rows($node, 'place', $owned), 'public.t.a 3', 'the dropped ones are gone');
new_database($node, 'places', $column);
rows($node, 'places', q{CALL whisper_deploy('head')});
is(rows($node, 'places', $owned), 'public.t.a 3', 'so it is in a deploy');

# Tables of tools have their indexes, too.
my $flyway = new_directory('flyway', 'V1__a.sql' => "CREATE TABLE a (i int);\n");
new_database($node, 'flyway', $flyway);
rows($node, 'flyway', 'SELECT whisper_upgrade()');
is(rows($node, 'flyway', q{SELECT indexrelid::regclass FROM pg_index WHERE indrelid = 'flyway_schema_history'::regclass ORDER BY 1::text}),
	"flyway_schema_history_pk\nflyway_schema_history_s_idx", 'as the tool makes them');
my $popx = new_directory('popx', '1_a.postgres.up.sql' => "CREATE TABLE a (i int);\n", '1_a.mysql.up.sql' => "CREATE TABLE a (i int);\n");
new_database($node, 'popx', $popx);
rows($node, 'popx', 'SELECT whisper_upgrade()');
is(rows($node, 'popx', q{SELECT indexrelid::regclass FROM pg_index WHERE indrelid = 'schema_migration'::regclass ORDER BY 1::text}),
	"schema_migration_version_idx\nschema_migration_version_self_idx", 'of every tool');

# Names of folders as long as file systems allow.
my $long = '20240101_' . 'x' x 200;
my $prisma = new_directory('prisma', "$long/migration.sql" => "CREATE TABLE a (i int);\n",
	'20240102_b copy/migration.sql' => "CREATE TABLE b (i int);\nCOMMIT;\n", 'migration_lock.toml' => "provider = \"postgresql\"\n");
new_database($node, 'prisma', $prisma);
rows($node, 'prisma', q{SET whisper_migrate.sync_history = on; SELECT whisper_upgrade('head')});
is(rows($node, 'prisma', q{SELECT string_agg(migration_name, ',' ORDER BY migration_name) FROM _prisma_migrations}),
	"$long,20240102_b copy", 'the tool knows them by their names');
is(rows($node, 'prisma', 'SELECT revision FROM whisper_current() WHERE is_head'), '20240102_b_copy', 'a blank is an underscore');

$node->stop;
done_testing();
