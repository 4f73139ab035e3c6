# Old revisions are replaced by one file that makes the same: what a database does that has run them, and one that has not.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database database_of set_location rows raises write_files);

my $node = new_node('squash');
my $wrong = 'SELECT check_name, subject, detail FROM whisper_verify() WHERE NOT ok';

sub table_file
{
	my ($id, $below, $table, @more) = @_;
	return "-- revision: $id\n" . ($below ? "-- down_revision: $below\n" : '') . join('', map { "-- $_\n" } @more)
	  . "-- migrate:up\nCREATE TABLE $table (id int PRIMARY KEY);\n-- migrate:down\nDROP TABLE $table;\n";
}

my $base = "-- revision: b02\n-- down_revision: base\n-- migrate:up\nCREATE TABLE one (id int PRIMARY KEY);\nCREATE TABLE two (id int PRIMARY KEY);\n"
  . "-- migrate:down\nDROP TABLE two;\nDROP TABLE one;\n";
my %others = ('pack.json' => '{"name": "p", "tiers": [{"name": "core"}, {"name": "views", "kind": "repeatable"}, {"name": "other"}]}',
	'other/1_x.sql' => table_file('x01', '', 'x'));
my %before = (%others,
	'core/1_a.sql' => table_file('m01', '', 'one'),
	'core/2_b.sql' => table_file('m02', 'm01', 'two'),
	'core/3_c.sql' => table_file('m03', 'm02', 'three'),
	'views/010_v.sql' => "-- depends_on: m02\n-- migrate:up\nCREATE VIEW v AS SELECT * FROM two;\n");
my %after = (%others,
	'core/2_b.sql' => $base,
	'core/3_c.sql' => table_file('m03', 'b02', 'three'),
	'views/010_v.sql' => "-- depends_on: b02\n-- migrate:up\nCREATE VIEW v AS SELECT * FROM two;\n");

sub squashed
{
	my ($name, $steps, %files) = @_;
	database_of($node, $name, %before);
	rows($node, $name, $steps);
	my $pack = PostgreSQL::Test::Utils::tempdir;
	write_files($pack, %files);
	set_location($node, $name, $pack);
	return;
}

# A database that has all of it

squashed('whole', "SELECT whisper_upgrade('heads')", %after);
my $gone = "registry|m01|file \"core/1_a.sql\" is gone\nregistry|m02|file \"core/2_b.sql\" is gone\nhead|core|3 revisions of 4 applied, the first missing is \"b02\"";
is(rows($node, 'whole', $wrong), $gone, 'the old revisions are gone, the new one is pending');
is(rows($node, 'whole', "SELECT revision, verdict FROM whisper_adopt() WHERE revision = 'b02'"), 'b02|present', 'which is there already');
my $hint = rows($node, 'whole', "SELECT DISTINCT hint FROM whisper_verify() WHERE NOT ok AND check_name = 'registry'");
is($hint, "SELECT * FROM whisper_stamp('m03, 010_v, x01', purge => true)"
	  . ' /* if "b02" is in its place, as SELECT * FROM whisper_adopt() finds out; else put the file back */',
	'the hint is the stamp that settles it');
is(rows($node, 'whole', $hint), "core|m01|forgotten|\ncore|m02|forgotten|\ncore|b02|recorded|", 'which forgets the old ones and records the new one');
is(rows($node, 'whole', $wrong), '', 'and nothing is wrong any more');
is(rows($node, 'whole', 'SELECT current FROM whisper_status() ORDER BY 1'), "010_v\nm03\nx01", 'the tiers stand where they stood');
is(rows($node, 'whole', 'SELECT table_name, revision FROM whisper_tables() ORDER BY 1'), "one|b02\nthree|m03\ntwo|b02\nx|x01",
	'the tables belong to the new revision');
is(rows($node, 'whole', "SELECT count(*) FROM whisper_upgrade('heads')"), '0', 'an upgrade has nothing to do');
rows($node, 'whole', 'DROP TABLE one');
is(rows($node, 'whole', rows($node, 'whole', "SELECT hint FROM whisper_verify() WHERE check_name = 'table'") . q{;SELECT to_regclass('one')}),
	"b02|core|restored|table public.one\none", 'a lost table comes back');
is(rows($node, 'whole', "SELECT revision FROM whisper_downgrade('base'); SELECT to_regclass('one'), to_regclass('two')"),
	"x01\n010_v\nm03\nb02\n|", 'the way down goes over it');
is(rows($node, 'whole', "SELECT count(*) FROM whisper_upgrade('heads'); $wrong"), '4', 'and up again');

# One that has none of it, and one that stood lower

database_of($node, 'fresh', %after);
is(rows($node, 'fresh', "SELECT revision FROM whisper_upgrade('heads'); $wrong"), "b02\nm03\n010_v\nx01", 'a new database begins with it');
squashed('lower', "SELECT whisper_upgrade('m01')", %after);
my $put_back = "put the file back, with the text of SELECT whisper_export('m01')";
is(rows($node, 'lower', "SELECT subject, hint FROM whisper_verify() WHERE NOT ok AND check_name = 'registry'"), "m01|$put_back",
	'where the new file makes more than there is, it cannot be recorded');
my $pack = PostgreSQL::Test::Utils::tempdir;
write_files($pack, %after, 'core/1_a.sql' => rows($node, 'lower', "SELECT whisper_export('m01')"));
set_location($node, 'lower', $pack);
is(rows($node, 'lower', "SELECT subject FROM whisper_verify() WHERE NOT ok AND check_name = 'registry'"), '', 'with its text back in place all is well');

# Something still names what is gone

squashed('named', "SELECT whisper_upgrade('heads')", %after, 'core/3_c.sql' => $before{'core/3_c.sql'});
is(rows($node, 'named', "SELECT subject, hint FROM whisper_verify() WHERE NOT ok AND check_name = 'registry' ORDER BY 1 DESC LIMIT 1"),
	"m02|put the file back, with the text of SELECT whisper_export('m02'); or, if \"b02\" is in its place, let revision \"m03\" name that one in down_revision and depends_on",
	'the revision that stands on it is named');

(my $implicit = $base) =~ s/^-- down_revision.*\n//m;
squashed('implicit', "SELECT whisper_upgrade('heads')", %after, 'core/2_b.sql' => $implicit);
is(rows($node, 'implicit', "SELECT subject, hint FROM whisper_verify() WHERE NOT ok AND check_name = 'registry' ORDER BY 1 DESC LIMIT 1"),
	"m02|put the file back, with the text of SELECT whisper_export('m02'); or, if \"b02\" is in its place, write \"-- down_revision: base\" into file \"core/2_b.sql\"",
	'a file without predecessor follows the one before it');

# Nothing is in their place

squashed('lost', "SELECT whisper_upgrade('heads')", %others, 'core/3_c.sql' => $before{'core/3_c.sql'}, 'views/010_v.sql' => $before{'views/010_v.sql'}, 'core/1_a.sql' => $before{'core/1_a.sql'}, 'core/9_new.sql' => table_file('n09', '', 'nine'));
is(rows($node, 'lost', "SELECT subject, hint FROM whisper_verify() WHERE NOT ok AND check_name = 'registry'"),
	"m02|put the file back, with the text of SELECT whisper_export('m02')", 'another root is no successor');

$node->stop;
done_testing();
