# The history tables of other tools: read as evidence, what they claim never run a second time, made where a directory is
# a tool's, and kept in step.

use strict;
use warnings FATAL => 'all';

use Compress::Zlib ();
use Digest::SHA ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database rows raises write_files);

my $node = new_node('tool_history');
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

# Every tool's table tells that a revision which only writes rows has run.

my @tools = (
	[ 'sqlx', '_sqlx_migrations', 'version bigint PRIMARY KEY, description text, installed_on timestamptz, success boolean,
		checksum bytea, execution_time bigint', q{(1, 'a', now(), true, '', 0), (2, 'b', now(), true, '', 0),
		(3, 'c', now(), false, '', -1)} ],
	[ 'goose', 'goose_db_version', 'id serial PRIMARY KEY, version_id bigint NOT NULL, is_applied boolean NOT NULL,
		tstamp timestamp DEFAULT now()', q{(1, 0, true), (2, 1, true), (3, 2, true), (4, 3, true), (5, 3, false)} ],
	[ 'diesel', '__diesel_schema_migrations', 'version varchar(50) PRIMARY KEY, run_on timestamp NOT NULL DEFAULT now()',
		q{('1'), ('2')} ],
	[ 'Prisma', '_prisma_migrations', 'id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL, finished_at timestamptz,
		migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamptz,
		started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count integer NOT NULL DEFAULT 0',
		q{('a', '', now(), '1_a', NULL, NULL), ('b', '', NULL, '2_b', 'failed', now()), ('c', '', now(), '2_b', NULL, NULL),
		('d', '', NULL, '3_c', 'failed', NULL)}, 'name' ],
	[ 'sql-migrate', 'gorp_migrations', 'id text PRIMARY KEY, applied_at timestamptz', q{('1_a.sql', now()), ('2_b.sql', now())},
		'name' ],
	[ 'rambler', 'migrations', 'migration varchar(255) NOT NULL', q{('1_a.sql'), ('2_b.sql')}, 'name' ],
	[ 'postgres-migrations', 'migrations', 'id integer PRIMARY KEY, name varchar(100) UNIQUE NOT NULL,
		hash varchar(40) NOT NULL, executed_at timestamp DEFAULT now()',
		q{(0, 'create-migrations-table', ''), (1, '1_a', ''), (2, '2_b', '')}, 'name' ],
	[ 'refinery', 'refinery_schema_history', 'version int4 PRIMARY KEY, name varchar(255), applied_on varchar(255),
		checksum varchar(255)', q{(1, 'a', '', ''), (2, 'b', '', '')} ],
	[ 'refinery since 0.9', 'refinery_schema_history', 'version int8 PRIMARY KEY, name varchar(255), applied_on varchar(255),
		checksum varchar(255)', q{(1, 'a', '', ''), (2, 'b', '', '')} ],
	[ 'node-pg-migrate', 'pgmigrations', 'id serial PRIMARY KEY, name varchar(255) NOT NULL, run_on timestamp NOT NULL',
		q{(1, '1_a', now()), (2, '2_b', now())}, 'name' ],
	[ 'tern', 'schema_version', 'version int4 NOT NULL', q{(2)} ],
	[ 'golang-migrate', 'schema_migrations', 'version bigint PRIMARY KEY, dirty boolean NOT NULL', q{(3, true)} ],
	[ 'golang-migrate under another name', 'my_versions', 'version bigint PRIMARY KEY, dirty boolean NOT NULL', q{(2, false)} ],
	[ 'dbmate', 'schema_migrations', 'version varchar(128) PRIMARY KEY', q{('1'), ('2')} ],
	[ 'popx', 'schema_migration', 'version varchar(48) NOT NULL, version_self int NOT NULL DEFAULT 0', q{('1'), ('2')} ],
	[ 'pop', 'schema_migration', 'version varchar(14) NOT NULL', q{('1'), ('2')} ],
	[ 'Play', 'play_evolutions', 'id int PRIMARY KEY, hash varchar(255) NOT NULL, applied_at timestamp NOT NULL,
		apply_script text, revert_script text, state varchar(255), last_problem text',
		q{(1, '', now(), '', '', 'applied'), (2, '', now(), '', '', 'applied'), (3, '', now(), '', '', 'applying_up')} ],
	[ 'Liquibase', 'databasechangelog', 'id varchar(255) NOT NULL, author varchar(255) NOT NULL, filename varchar(255) NOT NULL,
		dateexecuted timestamp NOT NULL, orderexecuted int NOT NULL, exectype varchar(10) NOT NULL, md5sum varchar(35)',
		q{('1', 'me', 'x.sql', now(), 1, 'EXECUTED', ''), ('2', 'me', 'x.sql', now(), 2, 'RERAN', ''),
		('3', 'me', 'x.sql', now(), 3, 'FAILED', '')} ],
	[ 'Supabase', 'supabase_migrations.schema_migrations', 'version text PRIMARY KEY, statements text[], name text',
		q{('1'), ('2')} ],
	[ 'Hasura 1', 'hdb_catalog.schema_migrations', 'version bigint PRIMARY KEY, dirty boolean NOT NULL',
		q{(1, false), (2, false), (3, true)} ],
	[ 'Hasura', 'hdb_catalog.hdb_version', 'hasura_uuid uuid, version text, cli_state jsonb NOT NULL DEFAULT \'{}\'',
		q{(NULL, '47', '{"migrations": {"default": {"1": false, "2": false, "3": true}}}')} ],
	[ 'graphile-migrate', 'graphile_migrate.migrations', 'hash text PRIMARY KEY, previous_hash text, filename text NOT NULL,
		date timestamptz NOT NULL DEFAULT now()', q{('sha1:a', NULL, '1_a.sql'), ('sha1:b', 'sha1:a', '2_b.sql')}, 'name' ],
	[ 'Atlas', 'atlas_schema_revisions.atlas_schema_revisions', 'version varchar PRIMARY KEY, description varchar NOT NULL,
		type bigint NOT NULL DEFAULT 2, applied bigint NOT NULL DEFAULT 0, total bigint NOT NULL DEFAULT 0,
		executed_at timestamptz, execution_time bigint, error text, error_stmt text, hash varchar',
		q{('1', 'a', 2, 1, 1), ('2', 'b', 2, 1, 1), ('3', 'c', 2, 0, 1)} ],
	[ 'Flyway', 'flyway_schema_history', 'installed_rank int PRIMARY KEY, version varchar(50), description varchar(200) NOT NULL,
		type varchar(20) NOT NULL, script varchar(1000) NOT NULL, checksum int, installed_by varchar(100) NOT NULL,
		installed_on timestamp NOT NULL DEFAULT now(), execution_time int NOT NULL, success boolean NOT NULL',
		q{(1, '1', 'a', 'SQL', '', 0, '', now(), 0, true), (2, '2.0', 'b', 'SQL', '', 0, '', now(), 0, true),
		(3, '3', 'c', 'SQL', '', 0, '', now(), 0, true), (10, '3', 'c', 'UNDO_SQL', '', 0, '', now(), 0, true)}, 'flyway' ],
	[ 'Flyway 3', 'schema_version', 'version_rank int, installed_rank int, version varchar(50) PRIMARY KEY, description varchar(200),
		type varchar(20), script varchar(1000), checksum int, installed_by varchar(100), installed_on timestamp,
		execution_time int, success boolean', q{(1, 1, '2', 'b', 'INIT', '', 0, '', now(), 0, true)}, 'flyway' ],
	[ 'Sqitch', 'sqitch.changes', 'change_id text PRIMARY KEY, script_hash text, change text NOT NULL, project text NOT NULL',
		q{('1', '', '1', 'x'), ('2', '', '2', 'x')} ],
	[ 'Alembic', 'alembic_version', 'version_num varchar(32) PRIMARY KEY', q{('2')} ]);
for my $case (@tools)
{
	my ($tool, $table, $columns, $values, $names) = @$case;
	$names //= '';
	my ($schema) = $table =~ /^(\w+)\./;
	my $id = sub { $names eq 'name' ? "-- revision: $_[0]_$_[1]\n" : $names eq 'flyway' ? "-- revision: V$_[0]\n" : '' };
	my $listed = $table =~ /supabase|schema_migration$/ ? '(version)' : $tool eq 'diesel' ? '(version)'
	  : $tool eq 'goose' ? '(id, version_id, is_applied)' : '';
	my $db = 'tool' . ++$databases;
	new_database($node, $db);
	$node->safe_psql($db, "ALTER DATABASE $db SET whisper_migrate.script_location = ''");
	rows($node, $db, ($schema ? "CREATE SCHEMA $schema;" : '')
		  . "CREATE TABLE $table ($columns); INSERT INTO $table $listed VALUES $values; CREATE TABLE a (n int); INSERT INTO a VALUES (1)");
	rows($node, $db, 'SELECT whisper_register($x$' . $id->(@$_[0, 1]) . "-- migrate:up\n$_->[2]\$x\$, "
		  . "tier => " . ($_->[0] == 1 ? "'main'" : 'NULL') . ", name => '$_->[0]_$_->[1].sql')")
	  for [ 1, 'a', 'CREATE TABLE a (n int);' ], [ 2, 'b', 'INSERT INTO a VALUES (1);' ], [ 3, 'c', 'INSERT INTO a VALUES (3);' ];
	my $seen = rows($node, $db, $adopt);
	my $shown = $table =~ /\./ ? $table : "public.$table";
	like($seen, qr/^\S*1\S*\|present\|.*; \Q$shown\E agrees\n\S*2\S*\|present\|.*; \Q$shown\E agrees\n\S*3\S*\|absent\|[^;\n]*$/,
		"$tool: its table is evidence") or diag($seen);
	is(rows($node, $db, "SELECT count(*) FROM whisper_upgrade('head'); SELECT string_agg(n::text, ',') FROM a"), "1\n1,3",
		"$tool: what it has is not run again, what failed is");
}

# What a tool has as applied and the catalogs do not show is never run.

my @dropped = ('001_a.sql' => 'CREATE TABLE k (id int PRIMARY KEY);', '002_b.sql' => 'DROP TABLE k;',
	'003_c.sql' => 'CREATE TABLE k (id int PRIMARY KEY);');
my $db = registered(q{CREATE TABLE schema_migrations (version text PRIMARY KEY);
	CREATE TABLE k (id int PRIMARY KEY); INSERT INTO k VALUES (1), (2);
	INSERT INTO schema_migrations VALUES ('001'), ('002'), ('003')}, @dropped);
rows($node, $db, $adopt);
my $claimed = rows($node, $db, q{SELECT count(*) FROM whisper.applied WHERE revision = '002'}) eq '0';
SKIP:
{
	skip 'it was found by its state', 3 if !$claimed;
	raises($node, $db, $upgrade, 'WM023', 'a table that was dropped and made again: the DROP is not run',
		qr/revision "002" is applied by the records of dbmate/, qr/HINT:  if it has run, SELECT \* FROM whisper_stamp\('003'\)/);
	rows($node, $db, 'DROP TABLE schema_migrations');
	raises($node, $db, $upgrade, 'WM023', 'not even when the table with the records is gone');
	raises($node, $db, 'CALL whisper_deploy()', 'WM023', 'nor by a deploy');
}
rows($node, $db, q{SELECT * FROM whisper_stamp('003')});
is(rows($node, $db, "$upgrade; SELECT string_agg(id::text, ',') FROM k"), '1,2', 'the stamp of the hint mends it');

$db = registered(q{CREATE TABLE schema_migrations (version text PRIMARY KEY);
	CREATE TABLE k (id int PRIMARY KEY, cents int); INSERT INTO k VALUES (1, 500);
	INSERT INTO schema_migrations VALUES ('001'), ('002')},
	'001_a.sql' => 'CREATE TABLE k (id int PRIMARY KEY, cents int);',
	'002_b.sql' => q{CREATE FUNCTION pg_temp.f(int) RETURNS int LANGUAGE sql AS 'SELECT $1 * 100';
		CREATE TEMP TABLE once (n int) ON COMMIT DROP; UPDATE k SET cents = pg_temp.f(cents);});
like(rows($node, $db, $adopt), qr/^002\|present\|leaves nothing in the catalogs; public\.schema_migrations agrees$/m,
	'temporary objects leave nothing: the record tells');
is(rows($node, $db, "$upgrade; SELECT cents FROM k"), '500', '... and the UPDATE is not run again');

# A version that nobody had registered then, and one that the tool has run since.
$db = registered(q{CREATE TABLE schema_migrations (version text PRIMARY KEY); CREATE TABLE k (id int);
	INSERT INTO schema_migrations VALUES ('001'), ('002')}, '001_a.sql' => 'CREATE TABLE k (id int);');
rows($node, $db, $adopt);
rows($node, $db, q{SELECT whisper_register(E'-- migrate:up\nINSERT INTO k VALUES (2);', name => '002_b.sql')});
raises($node, $db, $upgrade, 'WM023', 'a version that is registered later', qr/"002" is applied by the records/);
rows($node, $db, q{DELETE FROM schema_migrations WHERE version = '002'; SELECT * FROM whisper_adopt(apply => true)});
is(rows($node, $db, $upgrade), '002', 'without the row, and adopted again, it is run: the other half of the hint');
rows($node, $db, q{SELECT whisper_register(E'-- migrate:up\nINSERT INTO k VALUES (3);', name => '003_c.sql');
	INSERT INTO schema_migrations VALUES ('003')});
raises($node, $db, $upgrade, 'WM023', 'a version that the tool has run since', qr/"003" is applied by the records/);
rows($node, $db, q{SELECT whisper_stamp('003'); SELECT whisper_stamp('002')});
is(rows($node, $db, $upgrade), '003', 'what was taken back here runs again');

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

$db = registered(q{CREATE TABLE goose_db_version (id serial PRIMARY KEY, version_id bigint NOT NULL, is_applied boolean NOT NULL,
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

$node->stop;
done_testing();
