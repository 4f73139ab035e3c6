# The history tables of other tools, made where a directory is a tool's, and kept in step.

use strict;
use warnings FATAL => 'all';

use Compress::Zlib ();
use Digest::SHA ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database rows raises write_files);

my $node = new_node('history_sync');
my $root = PostgreSQL::Test::Utils::tempdir;

# A database where a client has registered these texts, name => SQL in order, and this SQL has run.
my $databases = 0;
sub registered
{
	my ($sql, @files) = @_;
	my $name = 'registered' . ++$databases;
	new_database($node, $name);
	$node->safe_psql($name, "ALTER DATABASE $name SET whisper_migrate.script_location = ''");
	rows($node, $name, $sql);
	my $tier = ", 'main'";
	while (my ($file, $text) = splice @files, 0, 2)
	{
		rows($node, $name, "SELECT whisper_register(\$x\$-- migrate:up\n$text\$x\$$tier, name => '$file')");
		$tier = '';
	}
	return $name;
}

# A database that follows a directory with these files.
sub directory
{
	my ($name, %files) = @_;
	write_files("$root/$name", %files);
	new_database($node, $name, "$root/$name");
	return $name;
}

my $adopt = 'SELECT revision, verdict, evidence FROM whisper_adopt(apply => true) ORDER BY 1';
my $upgrade = "SELECT revision FROM whisper_upgrade('head')";

# A directory of a tool's has the tool's table, which its migrations may touch

directory('touching', '000001_a.up.sql' => "CREATE TABLE ta (a int);\nALTER TABLE schema_migrations ADD COLUMN note text;\n",
	'000001_a.down.sql' => "DROP TABLE ta;\n");
is(rows($node, 'touching', q{SELECT revision FROM whisper_upgrade()}), '000001', 'the table is made before the first revision');
is(rows($node, 'touching', q{SELECT string_agg(attname, ',' ORDER BY attnum) FROM pg_attribute
	WHERE attrelid = 'schema_migrations'::regclass AND attnum > 0}), 'version,dirty,note', '... in the shape of golang-migrate');
is(rows($node, 'touching', q{SELECT revision FROM whisper.owned_object WHERE object_identity = 'public.schema_migrations'}),
	'000001', '... and belongs to that revision');
is(rows($node, 'touching', q{SET whisper_migrate.sync_history = on; SELECT count(*) FROM whisper_upgrade();
	SELECT version FROM schema_migrations; SELECT count(*) FROM whisper_downgrade('base');
	SELECT to_regclass('schema_migrations') IS NULL}), "0\n1\n1\nt", 'base takes it away, rows and all');
rows($node, 'touching', 'CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL); SELECT whisper_upgrade(); SELECT whisper_downgrade($$base$$)');
is(rows($node, 'touching', q{SELECT to_regclass('schema_migrations') IS NULL}), 'f', 'one that was there stays');

# The tools' tables in step

my $synced = sub { my ($name) = @_; $node->safe_psql($name, "ALTER DATABASE $name SET whisper_migrate.sync_history = on"); };
my %numbered = map { ("00000$_\_t$_.up.sql" => "CREATE TABLE t$_ (a int);\n", "00000$_\_t$_.down.sql" => "DROP TABLE t$_;\n") } 1 .. 3;
directory('golang', %numbered);
$synced->('golang');
rows($node, 'golang', 'CREATE TABLE IF NOT EXISTS schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL)');
my $golang = q{SELECT string_agg(version || ' ' || dirty, ',') FROM schema_migrations};
is(rows($node, 'golang', "SELECT count(*) FROM whisper_upgrade('+2'); $golang"), "2\n2 false", 'golang-migrate: one row, the last version');
is(rows($node, 'golang', "SELECT count(*) FROM whisper_upgrade(); $golang"), "1\n3 false", '... that goes on');
is(rows($node, 'golang', "SELECT count(*) FROM whisper_downgrade('-1'); $golang"), "1\n2 false", '... and back');
is(rows($node, 'golang', "BEGIN; SELECT count(*) FROM whisper_upgrade(); ROLLBACK; $golang"), "1\n2 false", '... in the same transaction');
is(rows($node, 'golang', "SET whisper_migrate.sync_history = off; SELECT count(*) FROM whisper_upgrade(); $golang"), "1\n2 false",
	'without the setting it stays as it is');
is(rows($node, 'golang', "SET whisper_migrate.sync_history = off; SET whisper_migrate.sync_alembic_version = on;
	SELECT count(*) FROM whisper_upgrade(); $golang"), "0\n3 false", 'the older name means the same; nothing to do brings it in step');
rows($node, 'golang', 'UPDATE schema_migrations SET version = 2, dirty = true; SELECT whisper_upgrade()');
is(rows($node, 'golang', $golang), '3 false', 'a version that is applied is not dirty');
rows($node, 'golang', 'SELECT whisper_stamp($$000001$$)');
is(rows($node, 'golang', $golang), '1 false', 'a stamp moves it, too');

my $first = "\x{ef}\x{bb}\x{bf}CREATE TABLE f1 (a int);\r\n-- two\n\nCREATE TABLE f2 (a int);";
directory('flyway', 'V1__first_one.sql' => $first, 'V1.1__it\'s.sql' => "CREATE TABLE f3 (a int);\n",
	'U1.1__it\'s.sql' => "DROP TABLE f3;\n", 'R__seen.sql' => "CREATE OR REPLACE VIEW seen AS SELECT 1 AS a;\n");
$synced->('flyway');
rows($node, 'flyway', q{CREATE TABLE IF NOT EXISTS flyway_schema_history (installed_rank int PRIMARY KEY, version varchar(50),
	description varchar(200) NOT NULL, type varchar(20) NOT NULL, script varchar(1000) NOT NULL, checksum int,
	installed_by varchar(100) NOT NULL, installed_on timestamp NOT NULL DEFAULT now(), execution_time int NOT NULL, success boolean NOT NULL);
	INSERT INTO flyway_schema_history VALUES (1, '1', 'first one', 'SQL', 'x', 0, 'me', now(), 0, false); SELECT whisper_upgrade('heads')});
(my $lines = $first) =~ s/\A\x{ef}\x{bb}\x{bf}|[\r\n]//g;
my $crc = unpack 'l', pack 'L', Compress::Zlib::crc32($lines);
my $flyway = q{SELECT version, description, type, script, installed_by, success FROM flyway_schema_history ORDER BY installed_rank};
is( rows($node, 'flyway', $flyway), join("\n", '1|first one|SQL|V1__first_one.sql|postgres|t', q{1.1|it's|SQL|V1.1__it's.sql|postgres|t},
		'|seen|SQL|R__seen.sql|postgres|t'), 'Flyway: a row for each file, and none that failed');
is(rows($node, 'flyway', q{SELECT checksum FROM flyway_schema_history WHERE version = '1'}), $crc, 'with its checksum');
rows($node, 'flyway', q{SELECT whisper_downgrade('V1')});
is(rows($node, 'flyway', q{SELECT string_agg(version, ',') FROM flyway_schema_history}), '1', 'what is taken back has none');

my $sql = "-- a comment\nCREATE TABLE s1 (a int);\n";
directory('sqlx', '1_first.sql' => $sql, '20_second.sql' => "CREATE TABLE s2 (a int);\n");
$synced->('sqlx');
rows($node, 'sqlx', q{CREATE TABLE IF NOT EXISTS _sqlx_migrations (version bigint PRIMARY KEY, description text NOT NULL,
	installed_on timestamptz NOT NULL DEFAULT now(), success boolean NOT NULL, checksum bytea NOT NULL, execution_time bigint NOT NULL);
	SELECT whisper_upgrade('heads')});
is( rows($node, 'sqlx', q{SELECT version, success, encode(checksum, 'hex') FROM _sqlx_migrations ORDER BY 1}),
	"1|t|" . Digest::SHA::sha384_hex($sql) . "\n20|t|" . Digest::SHA::sha384_hex("CREATE TABLE s2 (a int);\n"),
	'sqlx: SHA-384 of the files');

my $db = registered(q{CREATE TABLE goose_db_version (id serial PRIMARY KEY, version_id bigint NOT NULL, is_applied boolean NOT NULL,
	tstamp timestamp DEFAULT now())}, '001_a.sql' => 'CREATE TABLE a (n int);', '002_b.sql' => 'CREATE TABLE b (n int);');
$synced->($db);
rows($node, $db, 'SELECT whisper_upgrade()');
my $goose = q{SELECT string_agg(version_id || ' ' || is_applied, ',' ORDER BY id) FROM goose_db_version};
is(rows($node, $db, $goose), '0 true,1 true,2 true', 'goose: its first row, and one for each version');
rows($node, $db, q{SELECT whisper_stamp('001')});
is(rows($node, $db, $goose), '0 true,1 true', 'goose: and back');

$db = registered(q{CREATE TABLE schema_migrations (version varchar(128) PRIMARY KEY);
	CREATE TABLE __diesel_schema_migrations (version varchar(50) PRIMARY KEY, run_on timestamp NOT NULL DEFAULT now());
	CREATE TABLE _prisma_migrations (id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL, finished_at timestamptz,
	migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamptz, started_at timestamptz NOT NULL DEFAULT now(),
	applied_steps_count int NOT NULL DEFAULT 0)}, '001_a.sql' => 'CREATE TABLE a (n int);', '002_b.sql' => 'CREATE TABLE b (n int);');
$synced->($db);
rows($node, $db, 'SELECT whisper_upgrade()');
is( rows($node, $db, q{SELECT (SELECT string_agg(version, ',') FROM schema_migrations), (SELECT string_agg(version, ',') FROM __diesel_schema_migrations),
	(SELECT string_agg(migration_name || ' ' || length(checksum) || ' ' || (finished_at IS NOT NULL) || ' ' || applied_steps_count, ',') FROM _prisma_migrations)}),
	'001,002|001,002|001 64 true 1,002 64 true 1', 'dbmate, diesel and Prisma');

# Whose table it is: its triggers run with its owner's rights, and nobody else's is touched.
$node->safe_psql($db, q{CREATE ROLE tool_owner; CREATE ROLE tool_user; GRANT SELECT ON whisper.applied TO tool_user;
	GRANT EXECUTE ON FUNCTION whisper_stamp TO tool_user; GRANT SELECT ON schema_migrations TO tool_user;
	CREATE TABLE seen_as (who name); GRANT ALL ON seen_as TO PUBLIC; GRANT ALL ON SCHEMA public TO tool_owner;
	CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.seen_as VALUES (current_user); RETURN NULL; END';
	CREATE TRIGGER look AFTER DELETE ON schema_migrations FOR EACH ROW EXECUTE FUNCTION look();
	ALTER TABLE schema_migrations OWNER TO tool_owner});
rows($node, $db, q{SELECT whisper_stamp('001')});
is(rows($node, $db, 'SELECT * FROM seen_as'), 'tool_owner', 'a trigger runs with the rights of the table\'s owner');
$node->safe_psql($db, 'ALTER TABLE __diesel_schema_migrations OWNER TO tool_user; ALTER TABLE _prisma_migrations OWNER TO tool_user');
my (undef, undef, $stderr) = $node->psql($db, q{SET ROLE tool_user; SELECT whisper_stamp('002')});
like($stderr, qr/WARNING:  table public\.schema_migrations is not kept in step\nDETAIL:  It belongs to role "tool_owner"/,
	'a table of a role for which the caller may not act is left alone');
is(rows($node, $db, q{SELECT (SELECT string_agg(version, ',') FROM schema_migrations),
	(SELECT string_agg(version, ',') FROM __diesel_schema_migrations)}), '001|001,002', '... and the others are in step');
rows($node, $db, q{TRUNCATE schema_migrations; INSERT INTO schema_migrations VALUES ('777')});
(undef, undef, $stderr) = $node->psql($db, q{SELECT whisper_stamp('001')});
like($stderr, qr/WARNING:  table public\.schema_migrations is not kept in step\nDETAIL:  No version in it is registered, "777"/,
	'another project\'s table is, too');

# The table that was made for the tool goes with the first revision; what its owner has hung on it has his rights alone.
$node->safe_psql('postgres', 'CREATE ROLE table_owner LOGIN');
for my $trigger ('CREATE TRIGGER t BEFORE DELETE ON schema_migrations FOR EACH ROW EXECUTE FUNCTION grab.fires()',
	'CREATE CONSTRAINT TRIGGER t AFTER DELETE ON schema_migrations DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION grab.fires()')
{
	my $name = 'owned' . ++$databases;
	directory($name, '000001_t1.up.sql' => "CREATE TABLE t1 (a int);\n", '000001_t1.down.sql' => "DROP TABLE t1;\n");
	$synced->($name);
	rows($node, $name, q{SELECT whisper_upgrade('heads'); CREATE SCHEMA grab AUTHORIZATION table_owner;
		ALTER TABLE schema_migrations OWNER TO table_owner});
	$node->safe_psql($name, qq{CREATE FUNCTION grab.fires() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN
		ALTER ROLE table_owner SUPERUSER; RETURN OLD; EXCEPTION WHEN insufficient_privilege THEN RETURN OLD; END \$\$; $trigger},
		extra_params => [ '-U', 'table_owner' ]);
	$node->psql($name, q{SELECT whisper_downgrade('base')});
	is(rows($node, $name, q{SELECT rolsuper FROM pg_roles WHERE rolname = 'table_owner'}), 'f',
		'a downgrade lends the owner of a history table no rights');
	$node->safe_psql('postgres', 'ALTER ROLE table_owner NOSUPERUSER');
}

$node->stop;
done_testing();
