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
		q{(0, 'create-migrations-table', ''), (1, 'a', ''), (2, 'b', '')} ],
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

my @files = ('001_a.sql' => 'CREATE TABLE k (id int PRIMARY KEY);', '002_b.sql' => 'CREATE TABLE gone (id int); UPDATE k SET id = id + 1;',
	'003_c.sql' => 'CREATE TABLE z (id int);');
my $db = registered(q{CREATE TABLE schema_migrations (version text PRIMARY KEY);
	CREATE TABLE k (id int PRIMARY KEY); INSERT INTO k VALUES (1), (2); CREATE TABLE z (id int);
	INSERT INTO schema_migrations VALUES ('001'), ('002'), ('003')}, @files);
rows($node, $db, $adopt);
raises($node, $db, $upgrade, 'WM023', 'a table that somebody has dropped: its revision is not run',
	qr/revision "002" is applied by the records of dbmate/, qr/HINT:  if it has run, SELECT \* FROM whisper_stamp\('003'\)/);
rows($node, $db, 'DROP TABLE schema_migrations');
raises($node, $db, $upgrade, 'WM023', 'not even when the table with the records is gone');
raises($node, $db, 'CALL whisper_deploy()', 'WM023', 'nor by a deploy');
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

$node->stop;
done_testing();
