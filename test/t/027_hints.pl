# Every hint names a command that works as it stands: the tests run what the hints say.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database rows error_of raises revision_file write_files);

my $node = new_node('hints');
my $root = PostgreSQL::Test::Utils::tempdir;
my $troubles = 'SELECT check_name, subject FROM whisper_verify() WHERE NOT ok';
my $applied = q{SELECT coalesce(string_agg(revision, ',' ORDER BY revision), '') FROM whisper.applied};

# Without the notice of what else would follow: the hint of the first trouble.
sub hint_of
{
	my ($database, $statement) = @_;
	my ($hint) = error_of($node, $database, $statement) =~ /^HINT:  (.*)$/m;
	return $hint // 'no hint';
}

# A tier outside of the profile in force

my $pack = "$root/pack";
write_files($pack,
	'pack.json' => q({"name": "shop", "tiers": [{"name": "core", "kind": "versioned"},
		{"name": "views", "kind": "repeatable"}, {"name": "extra", "kind": "repeatable"}],
		"profiles": {"small": ["core"], "odd": ["views"], "full": ["core", "views"], "all": ["core", "views", "extra"]},
		"default_profile": "small"}),
	'core/001_x.sql' => revision_file('c001', 'base', 'customers'),
	'views/v.sql' => "-- depends_on: c001\nCREATE OR REPLACE VIEW v AS SELECT 1 AS a FROM customers;\n",
	'extra/e.sql' => "CREATE TABLE e (id int);\n");
new_database($node, 'edited', $pack);
rows($node, 'edited', q{SELECT whisper_upgrade(profile => 'full')});
write_files($pack, 'views/v.sql' => "-- depends_on: c001\nCREATE OR REPLACE VIEW v AS SELECT 22 AS a FROM customers;\n");
for my $call ("whisper_assert('full')", 'whisper_assert()')
{
	my $hint = hint_of('edited', "SELECT $call");
	like($hint, qr/whisper_upgrade\('views\@heads', profile => '(?:full|odd)'\)/, "$call names a profile that has the tier");
	is(rows($node, 'edited', "BEGIN; $hint; SELECT count(*) FROM whisper_verify('full') WHERE NOT ok; ROLLBACK")
		=~ s/.*\n//sr, '0', 'which mends it');
}

$node->stop;
done_testing();
