# A database of a former release, updated or restored from its dump, is as a fresh one, and goes on where it stood.

use strict;
use warnings FATAL => 'all';

use File::Basename qw(dirname);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperCatalog qw(extension_in_catalogs contents_query catalog_contents differences);
use WhisperTest qw(new_node new_database set_location rows raises schema_of write_files);

my $node = new_node('update');
my $update = 'ALTER EXTENSION whisper_migrate UPDATE';

# The same catalog, by whichever way

new_database($node, 'fresh');
my $fresh = extension_in_catalogs($node, 'fresh');
my $version = rows($node, 'fresh', q{SELECT extversion FROM pg_extension WHERE extname = 'whisper_migrate'});
cmp_ok(scalar(split /\n/, $fresh), '>', 500, 'there is something to compare');

my @former = split /\n/, rows($node, 'fresh', qq{
	SELECT source FROM pg_extension_update_paths('whisper_migrate') WHERE target = '$version' AND path IS NOT NULL
	ORDER BY string_to_array(source, '.')::int[]});
ok((grep { $_ eq '1.0.0' } @former), '1.0.0 can be updated');
for my $former (@former)
{
	(my $dbname = "from_$former") =~ tr/./_/;
	$node->safe_psql('postgres', "CREATE DATABASE $dbname");
	rows($node, $dbname, "CREATE EXTENSION whisper_migrate VERSION '$former'; $update");
	is(differences(extension_in_catalogs($node, $dbname), $fresh), '', "updated from $former: catalogs are those of a fresh $version");
	is(catalog_contents($node, $dbname), catalog_contents($node, 'fresh'), "updated from $former: and so are contents");
}

# The comparison sees what an update script could forget.
for my $forgotten (
	'COMMENT ON FUNCTION whisper_current() IS NULL',
	'COMMENT ON COLUMN whisper.applied.run IS $$which$$',
	'REVOKE SELECT ON whisper.applied FROM PUBLIC',
	'GRANT EXECUTE ON FUNCTION whisper_upgrade(text, text, boolean) TO PUBLIC',
	'ALTER TABLE whisper.history ALTER tier SET NOT NULL',
	'ALTER TABLE whisper.history ALTER message SET DEFAULT $$$$',
	'ALTER TABLE whisper.statement DROP CONSTRAINT statement_pkey',
	'ALTER SEQUENCE whisper.run_id CACHE 2',
	'DROP INDEX whisper.history_revision',
	'ALTER FUNCTION whisper_log() VOLATILE',
	'ALTER EXTENSION whisper_migrate DROP TABLE whisper.pack_check',
	q{UPDATE pg_extension SET extconfig = extconfig[2:], extcondition = extcondition[2:]
		WHERE extname = 'whisper_migrate'})
{
	$node->safe_psql('postgres', 'CREATE DATABASE forgetful TEMPLATE fresh');
	rows($node, 'forgetful', $forgotten);
	isnt(differences(extension_in_catalogs($node, 'forgetful'), $fresh), '', "it would be seen: $forgotten");
	$node->safe_psql('postgres', 'DROP DATABASE forgetful');
}

# Roles keep what they were granted on functions that got another argument.
$node->safe_psql('postgres', 'CREATE ROLE runner; CREATE ROLE chief; CREATE DATABASE granted');
is(rows($node, 'granted', qq{CREATE EXTENSION whisper_migrate VERSION '1.1.0';
	GRANT EXECUTE ON FUNCTION whisper_upgrade TO runner; GRANT EXECUTE ON FUNCTION whisper_upgrade TO chief WITH GRANT OPTION;
	$update; SELECT string_agg(grantee::regrole || CASE WHEN is_grantable THEN ' may grant' ELSE '' END, ', ' ORDER BY grantee::regrole::text)
	FROM pg_proc, aclexplode(proacl) WHERE oid = 'whisper_upgrade(text, text, boolean)'::regprocedure AND grantee <> proowner}),
	'chief may grant, runner', 'updated from 1.1.0: grants on whisper_upgrade are kept');

# A database of 1.0.0, half-way: test/data/release_1.0.0/history.sql tells what was done to it.

my $release = dirname(__FILE__) . '/../data/release_1.0.0';
# The server's user reads the pack: it must be where he may.
my $pack = PostgreSQL::Test::Utils::tempdir . '/shop';
PostgreSQL::Test::RecursiveCopy::copypath("$release/shop", $pack);
my $dump = slurp_file("$release/dump.sql");
my $create = qr/^CREATE EXTENSION IF NOT EXISTS whisper_migrate WITH SCHEMA public\K/m;

sub restore
{
	my ($dbname, $text) = @_;
	my $file = PostgreSQL::Test::Utils::tempdir . '/dump.sql';
	append_to_file($file, $text);
	$node->safe_psql('postgres', "CREATE DATABASE $dbname");
	$node->command_ok([ 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-o', '/dev/null', '-f', $file,
			'-d', $node->connstr($dbname) ], "the dump of 1.0.0 is restored as $dbname");
	set_location($node, $dbname, $pack);
	return;
}

sub goes_on
{
	my ($dbname) = @_;
	my $current = q{SELECT revision, is_head FROM whisper_current() ORDER BY 1};
	is(differences(extension_in_catalogs($node, $dbname), $fresh), '', "$dbname: catalogs are those of a fresh $version");
	is(rows($node, $dbname, $current), "010_overview|t\nmeet|f\nsent|t", "$dbname: it knows where it stands");
	is(rows($node, $dbname, 'SELECT count(*), max(run) FROM whisper_log()'), '12|7', "$dbname: and how it came there");
	is(rows($node, $dbname, 'SELECT schema_name, table_name, tier, origin FROM whisper_tables()'),
		"public|by_hand|core|claimed\npublic|customers|core|created\npublic|orders|core|created\n"
		. "public|payments|core|created\npublic|shipments|core|created\npublic|notes|queries|created\n"
		. 'public|sent|clients|created', "$dbname: and whose its tables are");
	is(rows($node, $dbname, q{SELECT tier, revision, direction FROM whisper_plan()}), 'core|returns|up',
		"$dbname: one revision is pending");
	is(rows($node, $dbname, q{SELECT count(*) FROM whisper_upgrade(); SELECT run, step, direction, revision
		FROM whisper_log() LIMIT 1}), "1\n8|1|up|returns", "$dbname: the upgrade goes on");
	is(rows($node, $dbname, q{SELECT check_name, subject, detail FROM whisper_verify() WHERE NOT ok}), '',
		"$dbname: and is verified");
	my $overview = slurp_file("$pack/queries/010_overview.sql");
	for my $edited ($overview =~ s/body text/body text NOT NULL/r, $overview =~ s/CREATE TABLE.*//r)
	{
		write_files($pack, 'queries/010_overview.sql' => $edited);
		raises($node, $dbname, q{SELECT whisper_upgrade()}, 'WM020', "$dbname: what an edited statement made is known", qr/table "notes" exists/);
	}
	write_files($pack, 'queries/010_overview.sql' => "$overview DROP TABLE IF EXISTS notes;");
	is(rows($node, $dbname, q{BEGIN; SELECT statements FROM whisper_upgrade(allow_data_loss => true); SELECT to_regclass('notes') IS NULL; ROLLBACK}), "1\nt",
		"$dbname: what is new in the file runs alone");
	write_files($pack, 'queries/010_overview.sql' => "DROP TABLE IF EXISTS notes; $overview");
	is(rows($node, $dbname, q{BEGIN; SELECT statements FROM whisper_upgrade(allow_data_loss => true); SELECT to_regclass('notes') IS NULL; ROLLBACK}), "2\nf",
		"$dbname: and what it drops is made again");
	write_files($pack, 'queries/010_overview.sql' => $overview);
	raises($node, $dbname, q{SELECT whisper_downgrade('base')}, 'WM012', "$dbname: rows are guarded",
		qr/table "public.orders": 3 rows/);
	is(rows($node, $dbname, q{SELECT string_agg(revision, ' ') FROM whisper_downgrade('base', allow_data_loss => true)}),
		'sent 010_overview returns meet shipments payments orders customers', "$dbname: everything can be undone");
	is(rows($node, $dbname, q{SELECT string_agg(relname, ' ') FROM pg_class
		WHERE relnamespace = 'public'::regnamespace}), 'by_hand', "$dbname: down to what was made by hand");
	return;
}

restore('updated', $dump =~ s/$create/ VERSION '1.0.0'/r);
rows($node, 'updated', 'CREATE TABLE saved AS ' . contents_query($node, 'updated'));
is(rows($node, 'updated', 'SELECT count(*) > 40 FROM saved'), 't', 'updated: the catalog is full');

# The server has the new library before the database has the new catalog.
for my $call ('whisper_current()', 'whisper_upgrade()', 'whisper_plan()', 'whisper_log()', 'whisper_assert()')
{
	raises($node, 'updated', "SELECT $call", '55000', "before the update: $call",
		qr/extension "whisper_migrate" is of version 1\.0\.0 in this database/,
		qr/DETAIL:  The library that this session has loaded is of version \Q$version\E\./,
		qr/HINT:  run ALTER EXTENSION whisper_migrate UPDATE/);
}
rows($node, 'updated', $update);
is(rows($node, 'updated', 'SELECT name, row FROM saved AS s (name, row) WHERE NOT EXISTS (SELECT FROM ('
		. contents_query($node, 'updated') . ') AS now (name, row) WHERE now.name = s.name'
		. q{ AND now.row::jsonb @> s.row::jsonb - 'file_mtime')}), '', 'updated: every row is as it was, but files are read again');
rows($node, 'updated', 'DROP TABLE saved');
goes_on('updated');

# pg_dump tells no version: the dump of a database that was never updated comes back as one of the current version.
restore('restored', $dump);
goes_on('restored');

# A library that is older than the catalog.
rows($node, 'fresh', q{UPDATE pg_extension SET extversion = '1.10.0' WHERE extname = 'whisper_migrate'});
raises($node, 'fresh', 'SELECT whisper_current()', '55000', 'a catalog of a later version',
	qr/is of version 1\.10\.0 in this database/,
	qr/HINT:  connect again; if the library stays the same, install version 1\.10\.0 on this server/);

$node->stop;
done_testing();
