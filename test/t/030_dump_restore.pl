# Dumps of a database that a role migrates, in every way that pg_dump has: what comes back goes on where it stood.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperCatalog qw(extension_in_catalogs catalog_contents differences);
use WhisperTest qw(new_node new_database set_location rows raises schema_of write_files);

my $node = new_node('old');
my $other = new_node('other');
my $directory = PostgreSQL::Test::Utils::tempdir;

my $pack = "$directory/shop";
write_files($pack,
	'001_customers.sql' => "-- revision: customers\n-- migrate:up\n"
	  . "CREATE TABLE customers (id serial PRIMARY KEY, name text);\nINSERT INTO customers (name) VALUES ('first');\n"
	  . "-- migrate:down\nDROP TABLE customers;\n-- migrate:verify\nSELECT to_regclass('customers') IS NOT NULL;\n",
	'002_orders.sql' => "-- revision: orders\n-- migrate:up\n"
	  . "CREATE TABLE orders (id integer GENERATED ALWAYS AS IDENTITY, customer integer REFERENCES customers);\n"
	  . "CREATE FUNCTION order_count() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM orders';\n"
	  . "-- migrate:down\nDROP FUNCTION order_count();\nDROP TABLE orders;\n",
	'003_payments.sql' => "-- revision: payments\n-- migrate:up\nCREATE TABLE payments (cents integer);\n"
	  . "-- migrate:down\nDROP TABLE payments;\n");

# A role that is no superuser migrates, up, down and up again; one table is his by claim, one revision by stamp.
$node->safe_psql('postgres', 'CREATE ROLE deployer LOGIN');
new_database($node, 'shop', $pack);
rows($node, 'shop', q{GRANT CREATE ON SCHEMA public TO deployer;
	GRANT EXECUTE ON FUNCTION whisper_upgrade, whisper_downgrade, whisper_stamp, whisper_claim TO deployer});
rows($node, 'shop', q{SET SESSION AUTHORIZATION deployer;
	SELECT whisper_upgrade('payments');
	SELECT whisper_downgrade('customers');
	SELECT whisper_upgrade('orders');
	SELECT whisper_stamp('payments');
	SELECT whisper_stamp('orders');
	CREATE TABLE by_hand (id int);
	SELECT whisper_claim('by_hand', 'shop')});

my $as_it_was = join "\n", state_of($node, 'shop');
like($as_it_was, qr/"direction": "stamp"/, 'there is history to lose');

sub state_of
{
	my ($at, $dbname) = @_;
	return (extension_in_catalogs($at, $dbname), catalog_contents($at, $dbname), schema_of($at, $dbname));
}

# The copy is the original, and its deployer goes on: up, and down to the ground.
sub goes_on
{
	my ($at, $dbname, $how) = @_;
	is(differences(join("\n", state_of($at, $dbname)), $as_it_was), '', "$how: catalogs, contents and schema are the same");
	is(rows($at, $dbname, 'SELECT check_name FROM whisper_verify() WHERE NOT ok'), 'head', "$how: verified, but for what is pending");
	is(rows($at, $dbname, q{SET SESSION AUTHORIZATION deployer; SELECT revision FROM whisper_upgrade()}), 'payments',
		"$how: the role that migrates goes on");
	is(rows($at, $dbname, q{SELECT max(run), max(id) FROM whisper.history}), '7|10', "$how: runs and steps are numbered on");
	is(rows($at, $dbname, 'INSERT INTO customers (name) VALUES ($$second$$) RETURNING id'), '2', "$how: sequences go on");
	raises($at, $dbname, q{SET SESSION AUTHORIZATION deployer; SELECT whisper_downgrade('base')}, 'WM012',
		"$how: rows are guarded", qr/table "public.customers": 2 rows/);
	is(rows($at, $dbname, q{SET SESSION AUTHORIZATION deployer;
		SELECT string_agg(revision, ' ') FROM whisper_downgrade('base', allow_data_loss => true)}),
		'payments orders customers', "$how: and undoes everything");
	is(rows($at, $dbname, q{SELECT string_agg(relname, ' ') FROM pg_class WHERE relnamespace = 'public'::regnamespace}),
		'by_hand', "$how: but what was made by hand");
	return;
}

sub dump_and_restore
{
	my ($how, $dump, $restore) = @_;
	(my $dbname = $how) =~ tr/ /_/;
	my $file = "$directory/$dbname";
	$node->command_ok([ 'pg_dump', @$dump, '-f', $file, '-d', $node->connstr('shop') ], "$how: dump");
	$node->safe_psql('postgres', "CREATE DATABASE $dbname");
	$node->command_ok([ @$restore, '-d', $node->connstr($dbname), $restore->[0] eq 'psql' ? ('-f', $file) : $file ],
		"$how: restore");
	set_location($node, $dbname, $pack);
	goes_on($node, $dbname, $how);
	return;
}
my @psql = ('psql', '-XqAt', '-o', '/dev/null', '-v', 'ON_ERROR_STOP=1');
dump_and_restore('plain', ['-Fp'], [ @psql, '-1' ]);
dump_and_restore('inserts', ['--column-inserts'], \@psql);
dump_and_restore('parallel', [ '-Fd', '-j', '2' ], [ 'pg_restore', '--exit-on-error', '-j', '2' ]);

# Over what is there, which has gone on in the meantime.
$node->command_ok([ 'pg_dump', '-Fc', '-f', "$directory/custom", '-d', $node->connstr('shop') ], 'clean: dump');
$node->safe_psql('postgres', 'CREATE DATABASE again TEMPLATE shop');
set_location($node, 'again', $pack);
rows($node, 'again', q{SELECT whisper_upgrade()});
rows($node, 'again', 'DROP TABLE payments');
$node->command_ok([ 'pg_restore', '--exit-on-error', '--clean', '--if-exists', '-d', $node->connstr('again'), "$directory/custom" ],
	'clean: restore');
# What pg_dump grants and does not restore on its own: --clean makes the extension anew.
goes_on($node, 'again', 'clean');

# Schema and data apart
$node->safe_psql('postgres', 'CREATE DATABASE apart');
for my $part ('--schema-only', '--data-only')
{
	$node->command_ok([ 'pg_restore', '--exit-on-error', $part, '-d', $node->connstr('apart'), "$directory/custom" ],
		"apart: $part");
	set_location($node, 'apart', $pack);
	next if $part eq '--data-only';
	is(rows($node, 'apart', 'SELECT count(*) FROM whisper_current()'), '0', 'apart: the schema alone has no records');
	$node->safe_psql('postgres', 'CREATE DATABASE schema_only TEMPLATE apart');
	set_location($node, 'schema_only', $pack);
}
goes_on($node, 'apart', 'apart');

# A schema without records can be taken over. The table of the third revision is missing.
is(rows($node, 'schema_only', q{SELECT revision, verdict FROM whisper_adopt(apply => true) ORDER BY 1}),
	"customers|present\norders|present\npayments|absent", 'schema only: it is recognised');
is(rows($node, 'schema_only', 'SELECT revision FROM whisper_upgrade()'), 'payments', 'schema only: and goes on');
is(rows($node, 'schema_only', 'SELECT check_name FROM whisper_verify() WHERE NOT ok'), '', 'schema only: verified');

# A whole cluster: roles, settings of databases and grants come along.
$node->command_ok([ 'pg_dumpall', '-f', "$directory/cluster", '-d', $node->connstr('postgres'), '--exclude-database=template*',
	map { "--exclude-database=$_" } qw(plain inserts parallel again apart schema_only) ], 'cluster: dump');
my $cluster = slurp_file("$directory/cluster");
# The superuser that the dump makes is there already.
$cluster =~ s/^CREATE ROLE (?!deployer).*\n//mg;
write_files($directory, cluster => $cluster);
$other->command_ok([ @psql, '-f', "$directory/cluster", '-d', $other->connstr('postgres') ], 'cluster: restore');
is(rows($other, 'shop', 'SHOW whisper_migrate.script_location'), $pack, 'cluster: the database knows its directory');
goes_on($other, 'shop', 'cluster');

$node->stop;
$other->stop;
done_testing();
