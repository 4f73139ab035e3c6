# pg_upgrade --link: from the older server that "oldinstall" names, as in PostgreSQL's own tests, else from this one. A
# database half-way goes on, up and down.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperCatalog qw(extension_in_catalogs catalog_contents differences);
use WhisperTest qw(new_database set_location rows raises write_files);

my $pack = PostgreSQL::Test::Utils::tempdir;
write_files($pack,
	'001_customers.sql' => "-- revision: customers\n-- migrate:up\n"
	  . "CREATE TABLE customers (id serial PRIMARY KEY, name text);\n-- migrate:down\nDROP TABLE customers;\n",
	'002_orders.sql' => "-- revision: orders\n-- migrate:up\nCREATE TABLE orders (id int, at timestamptz DEFAULT now());\n"
	  . "CREATE VIEW latest AS SELECT max(at) FROM orders;\n-- migrate:down\nDROP VIEW latest;\nDROP TABLE orders;\n"
	  . "-- migrate:verify\nSELECT to_regclass('latest') IS NOT NULL;\n",
	'003_payments.sql' => "-- revision: payments\n-- migrate:up\nCREATE TABLE payments (cents integer);\n"
	  . "-- migrate:down\nDROP TABLE payments;\n");

# Checksums of pages are the default of some servers and not of others, and must be the same.
my @initdb = ('--encoding=UTF8', '--no-locale', '--data-checksums');
my $old = PostgreSQL::Test::Cluster->new('before', $ENV{oldinstall} ? (install_path => $ENV{oldinstall}) : ());
$old->init(extra => \@initdb);
$old->start;
my $new = PostgreSQL::Test::Cluster->new('after');
$new->init(extra => \@initdb);
my ($from, $to) = map { $_->config_data('--version') } $old, $new;
note("from $from to $to");

# Some servers mark columns with an option that others refuse in a dump; then no database with a table can be upgraded.
my $marked = q{CREATE TABLE marked (id int); SELECT count(*) FROM pg_attribute WHERE attoptions::text ~ 'pg_attver'};
$new->start;
my $new_marks = $new->safe_psql('postgres', "BEGIN; $marked; ROLLBACK");
$new->stop;
if ($old->safe_psql('postgres', "BEGIN; $marked; ROLLBACK") > 0 && $new_marks == 0)
{
	$old->stop;
	plan(skip_all => "columns of $from have the option pg_attver, which $to does not know");
}

new_database($old, 'shop', $pack);
rows($old, 'shop', q{
	CREATE ROLE deployer;
	GRANT EXECUTE ON FUNCTION whisper_upgrade TO deployer;
	SELECT whisper_upgrade();
	INSERT INTO customers (name) VALUES ('Ada'), ('Grace');
	INSERT INTO orders SELECT g FROM generate_series(1, 1000) AS g;
	SELECT whisper_downgrade('-1')});
# A second one that never used it, and a third at head with the bundled pack.
new_database($old, 'idle');
new_database($old, 'bundled');
rows($old, 'bundled', q{SELECT whisper_upgrade('head', 'research')});
# And one that is to be brought to the current version of the extension afterwards.
$old->safe_psql('postgres', 'CREATE DATABASE former');
rows($old, 'former', q{CREATE EXTENSION whisper_migrate VERSION '1.0.0'});

my @databases = qw(shop idle bundled);
my %contents = map { $_ => catalog_contents($old, $_) } @databases;
my %catalogs = map { $_ => extension_in_catalogs($old, $_) } @databases;
my $file_of_orders = q{SELECT pg_relation_filenode('orders')};
my $node_of_orders = rows($old, 'shop', $file_of_orders);
my $orders = q{SELECT count(*), min(at), max(at) FROM orders};
my $rows_of_orders = rows($old, 'shop', $orders);
$old->stop;

my $directory = PostgreSQL::Test::Utils::tempdir;
chdir $directory or die $!;
my $bindir = $new->config_data('--bindir');
$new->command_ok(
	[ "$bindir/pg_upgrade", '--link', '--no-sync', '--old-datadir', $old->data_dir, '--new-datadir', $new->data_dir,
		'--old-bindir', $old->config_data('--bindir'), '--new-bindir', $bindir, '--socketdir', $new->host,
		'--old-port', $old->port, '--new-port', $new->port ],
	"pg_upgrade --link from $from to $to")
	or diag(map { slurp_file($_) } glob($new->data_dir . '/pg_upgrade_output.d/*/*/*.log'));
$new->start;

raises($new, 'former', 'SELECT whisper_current()', '55000', 'a former version is to be updated',
	qr/HINT:  run ALTER EXTENSION whisper_migrate UPDATE/);
$new->command_ok([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', $new->connstr('postgres'), '-f',
		"$directory/update_extensions.sql" ], 'by the script that pg_upgrade wrote');
is(rows($new, 'former', 'SELECT count(*) FROM whisper_current()'), '0', 'then it works');

for my $dbname (@databases)
{
	is(catalog_contents($new, $dbname), $contents{$dbname}, "$dbname: every record and sequence is as it was");
	# How catalogs put things differs from one major version to another.
	is(differences(extension_in_catalogs($new, $dbname), $catalogs{$dbname}), '', "$dbname: and so is the extension")
		if $from eq $to;
	rows($new, 'postgres', "CREATE DATABASE fresh_$dbname");
	rows($new, "fresh_$dbname", 'CREATE EXTENSION whisper_migrate');
	my $granted =
	  $dbname eq 'shop' ? qr/\A([+]function public\.whisper_upgrade\(.*\): (privileges: deployer=X|.* role deployer ).*\n){2}\z/
	  : qr/\A\z/;
	like(differences(extension_in_catalogs($new, $dbname), extension_in_catalogs($new, "fresh_$dbname")), $granted,
		"$dbname: the extension is as a fresh one, but for what was granted");
}
is(rows($new, 'shop', $file_of_orders), $node_of_orders, 'files were linked');
is(rows($new, 'shop', $orders), $rows_of_orders, 'with their rows');
is(rows($new, 'shop', 'SHOW whisper_migrate.script_location'), $pack, 'the database knows its directory');
is(rows($new, 'shop', 'SELECT check_name, subject FROM whisper_verify() WHERE NOT ok'), 'head|'
	. (split m{/}, $pack)[-1], 'it is verified, but for what is pending');
is(rows($new, 'shop', 'SELECT revision FROM whisper_upgrade()'), 'payments', 'the upgrade goes on');
is(rows($new, 'shop', 'SELECT run, step, revision FROM whisper_log() LIMIT 1'), '3|1|payments', 'its run is the next one');
raises($new, 'shop', q{SELECT whisper_downgrade('base')}, 'WM012', 'rows are guarded', qr/1000 rows/);
is(rows($new, 'shop', q{SELECT string_agg(revision, ' ') FROM whisper_downgrade('base', allow_data_loss => true);
	SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace}), "payments orders customers\n0",
	'and everything can be undone');
is(rows($new, 'bundled', q{SELECT count(*) FROM whisper_upgrade('head', 'research');
	SELECT count(*) FROM whisper_verify('research') WHERE NOT ok}), "0\n0", 'the bundled pack is at head and verified');
like(rows($new, 'bundled', q{SELECT count(*) FROM whisper_downgrade('base', allow_data_loss => true)}), qr/\A\d\d+\z/,
	'and goes down');
is(rows($new, 'idle', q{SELECT count(*) > 20 FROM whisper_upgrade()}), 't', 'a database that had nothing migrates');

$new->stop;
done_testing();
