package WhisperPairs;

# Tools that have several files for a migration, or a folder: how they write the project's, and what the releases of
# each have in their history table when all of it is applied.

use strict;
use warnings FATAL => 'all';

use Exporter qw(import);
use WhisperProject qw(new_format stamp rows_of);
our @EXPORT_OK = qw(several_files);

my @formats;
sub add { push @formats, new_format(@_); return }

my $by_number = rows_of(sub { $_[0]{n} });
my $by_stamp = rows_of(\&stamp);

add('sqlx, reversible', sub {
	my ($m) = @_;
	my ($name, $alone) = ("$m->{n}_$m->{name}", $m->{alone} ? "-- no-transaction\n" : '');
	("$name.up.sql" => $alone . $m->{up}, "$name.down.sql" => $alone . $m->{down});
}, [ [ 'today', "CREATE TABLE _sqlx_migrations (version bigint PRIMARY KEY, description text NOT NULL,
	installed_on timestamptz NOT NULL DEFAULT now(), success boolean NOT NULL, checksum bytea NOT NULL, execution_time bigint NOT NULL);
	INSERT INTO _sqlx_migrations SELECT v::bigint, 'x', now(), true, '\\x00', 1 FROM $by_number" ] ], tables => ['_sqlx_migrations']);

add('golang-migrate', sub { my ($m) = @_; ("$m->{n}_$m->{name}.up.sql" => $m->{up}, "$m->{n}_$m->{name}.down.sql" => $m->{down}) },
	[ map({ [ $_, "CREATE TABLE $_ (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL); INSERT INTO $_ VALUES (11, false)" ] }
	'schema_migrations', 'shop_versions'),
	[ 'before it was forked', "CREATE TABLE schema_migrations (version int NOT NULL PRIMARY KEY);
	INSERT INTO schema_migrations SELECT v::int FROM $by_number" ] ], tables => ['schema_migrations']);

my $flyway = 'installed_rank int NOT NULL, version varchar(50), description varchar(200) NOT NULL, type varchar(20) NOT NULL,
	script varchar(1000) NOT NULL, checksum int, installed_by varchar(100) NOT NULL, installed_on timestamp NOT NULL DEFAULT now(),
	execution_time int NOT NULL, success boolean NOT NULL';
my $flyway_row = q{'x', 'SQL', 'x', 0, 'me', now(), 1, true};
sub flyway_rows
{
	my (@rows) = @_;
	return join ', ', map { my ($rank, $version, $type) = @$_; "($rank, $version, 'x', '$type', 'x', 0, 'me', now(), 1, true)" } @rows;
}
add('Flyway', sub {
	my ($m) = @_;
	my $conf = sub { $m->{alone} ? ("$_[0].conf" => "executeInTransaction=false\n") : () };
	map { ($_->[0] => $_->[1], $conf->($_->[0])) } [ "V$m->{n}__$m->{name}.sql", $m->{up} ], [ "U$m->{n}__$m->{name}.sql", $m->{down} ];
}, [ map({ [ $_, "CREATE TABLE $_ ($flyway, CONSTRAINT ${_}_pk PRIMARY KEY (installed_rank)); INSERT INTO $_ SELECT n, v, $flyway_row FROM $by_number" ] }
	'flyway_schema_history', 'schema_version', 'shop_history'),
	[ 'release 3', "CREATE TABLE schema_version (version_rank int NOT NULL, $flyway); INSERT INTO schema_version SELECT n, n, v, $flyway_row FROM $by_number" ],
	[ 'a baseline, a version undone and done again', "CREATE TABLE flyway_schema_history ($flyway); INSERT INTO flyway_schema_history VALUES "
	  . flyway_rows([ 0, 'NULL', 'SCHEMA' ], [ 1, "'9'", 'BASELINE' ], [ 2, "'10'", 'SQL' ], [ 3, "'11'", 'SQL' ], [ 4, "'11'", 'UNDO_SQL' ],
		[ 10, "'11'", 'SQL' ]) ] ], tables => ['flyway_schema_history']);

add('popx', sub {
	my ($m) = @_;
	my ($name, $commit) = (stamp($m) . "_$m->{name}", $m->{alone} ? '.autocommit' : '');
	("$name.postgres$commit.up.sql" => $m->{up}, "$name.postgres$commit.down.sql" => $m->{down},
		"$name.mysql.up.sql" => "CREATE TABLE `accounts` (id int AUTO_INCREMENT);\n", "$name.sqlite3.down.sql" => "DROP TABLE accounts;\n");
}, [ [ 'today', "CREATE TABLE schema_migration (version varchar(48) NOT NULL, version_self int NOT NULL DEFAULT 0);
	INSERT INTO schema_migration (version) SELECT v FROM $by_stamp" ],
	[ 'pop', "CREATE TABLE schema_migration (version varchar(14) PRIMARY KEY); INSERT INTO schema_migration SELECT v FROM $by_stamp" ] ],
	tables => ['schema_migration']);

add('diesel', sub {
	my ($m) = @_;
	my $folder = sprintf '2024-01-%02d-120000_%s', $m->{n}, $m->{name};
	("$folder/up.sql" => $m->{up}, "$folder/down.sql" => $m->{down}, $m->{alone} ? ("$folder/metadata.toml" => "run_in_transaction = false\n") : ());
}, [ [ 'today', "CREATE TABLE __diesel_schema_migrations (version varchar(50) PRIMARY KEY NOT NULL,
	run_on timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP); INSERT INTO __diesel_schema_migrations (version) SELECT v FROM $by_stamp" ] ],
	tables => ['__diesel_schema_migrations']);

my $by_folder = rows_of(sub { stamp($_[0]) . "_$_[0]{name}" });
add('Prisma', sub { my ($m) = @_; (stamp($m) . "_$m->{name}/migration.sql" => $m->{up}) },
	[ [ 'today, with one that failed before', "CREATE TABLE _prisma_migrations (id varchar(36) PRIMARY KEY NOT NULL, checksum varchar(64) NOT NULL,
	finished_at timestamptz, migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamptz,
	started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count integer NOT NULL DEFAULT 0);
	INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, logs, rolled_back_at)
	SELECT n::text, '', now(), v, NULL, NULL FROM $by_folder UNION ALL SELECT 'x' || n, '', NULL, v, 'failed', now() FROM $by_folder WHERE n = 2" ] ],
	others => { 'migration_lock.toml' => "provider = \"postgresql\"\n" }, tables => ['_prisma_migrations'], has_down => 0);

my $millis = sub { 1620000000000 + $_[0]{n} };
my $by_millis = rows_of($millis);
add('Hasura', sub {
	my ($m) = @_;
	my $folder = $millis->($m) . "_$m->{name}";
	("$folder/up.sql" => $m->{up}, "$folder/down.sql" => $m->{down});
}, [ [ 'today', "CREATE SCHEMA hdb_catalog; CREATE TABLE hdb_catalog.hdb_version (hasura_uuid uuid, version text NOT NULL,
	cli_state jsonb NOT NULL DEFAULT '{}', console_state jsonb NOT NULL DEFAULT '{}'); INSERT INTO hdb_catalog.hdb_version (version, cli_state)
	SELECT '48', jsonb_build_object('migrations', jsonb_build_object('default', jsonb_object_agg(v, false))) FROM $by_millis" ],
	[ 'release 1', "CREATE SCHEMA hdb_catalog; CREATE TABLE hdb_catalog.schema_migrations (version bigint PRIMARY KEY NOT NULL,
	dirty boolean NOT NULL); INSERT INTO hdb_catalog.schema_migrations SELECT v::bigint, false FROM $by_millis" ] ]);

sub several_files { return @formats }

1;
