# A directory of Sqitch's as Sqitch makes it: plan, deploy, revert and verify scripts with their own transactions.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database rows raises write_files);

my $node = new_node('sqitch');
my $root = PostgreSQL::Test::Utils::tempdir;

# Each script as "sqitch add" writes it.
sub scripts
{
	my ($name, $deploy, $revert, $verify) = @_;
	return ("deploy/$name.sql" => "-- Deploy farm:$name to pg\n\nBEGIN;\n\n$deploy\n\nCOMMIT;\n",
		"revert/$name.sql" => "-- Revert farm:$name from pg\n\nBEGIN;\n\n$revert\n\nCOMMIT;\n",
		"verify/$name.sql" => "-- Verify farm:$name on pg\n\nBEGIN;\n\n$verify\n\nROLLBACK;\n");
}
my %farm = (
	'sqitch.plan' => "%syntax-version=1.0.0\n%project=farm\n\n"
	  . "barn 2026-01-01T00:00:00Z Ann <ann\@example.org> # The barn\n"
	  . "goat [barn] 2026-01-02T00:00:00Z Ann <ann\@example.org> # Goats live in it\n",
	'sqitch.conf' => "[core]\n\tengine = pg\n",
	scripts('barn', 'CREATE TABLE barn (id int PRIMARY KEY);', 'DROP TABLE barn;', 'SELECT id FROM barn WHERE false;'),
	scripts('goat', 'CREATE TABLE goat (name text, barn int REFERENCES barn);', 'DROP TABLE goat;',
		'SELECT 1 / count(*) FROM information_schema.columns WHERE table_name = $$goat$$;'),
	'verify/unplanned.sql' => "BEGIN;\nSELECT nothing FROM nowhere;\nROLLBACK;\n");
write_files("$root/farm", %farm);
new_database($node, 'farm', "$root/farm");
my $tables = q{SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace};

is(rows($node, 'farm', 'SELECT revision, state FROM whisper_load()'), "barn|added\ngoat|added", 'loaded in the order of the plan');
is(rows($node, 'farm', q{SELECT revision FROM whisper_upgrade('head')}), "barn\ngoat", 'up');
is(rows($node, 'farm', $tables), 'barn goat', 'the tables are there');
is(rows($node, 'farm', q{SELECT subject, ok, detail FROM whisper_verify() WHERE check_name = 'verify section'}),
	"barn|t|holds\ngoat|t|holds", 'the verify scripts of the plan hold');
is(rows($node, 'farm', 'SELECT check_name, subject FROM whisper_verify() WHERE NOT ok'), '', 'and nothing else is checked');
$node->safe_psql('farm', 'BEGIN; ALTER TABLE goat RENAME TO sheep; COMMIT');
is(rows($node, 'farm', q{SELECT subject, detail FROM whisper_verify() WHERE NOT ok AND check_name = 'verify section'}),
	'goat|division by zero', 'a verify script that fails is told');
$node->safe_psql('farm', 'ALTER TABLE sheep RENAME TO goat');
is(rows($node, 'farm', q{SELECT revision FROM whisper_downgrade('base')}), "goat\nbarn", 'down');
is(rows($node, 'farm', $tables), '', 'the tables are gone');
is(rows($node, 'farm', q{SELECT count(*) FROM whisper_upgrade('head')}), '2', 'and up again');

write_files("$root/broken", %farm, 'sqitch.plan' => $farm{'sqitch.plan'} =~ s/^goat \[barn\]/goat [stable]/mr);
new_database($node, 'broken', "$root/broken");
raises($node, 'broken', 'SELECT whisper_load()', 'WM014', 'a requirement that the plan does not have', qr/sqitch\.plan/);

$node->stop;
done_testing();
