# A directory of one's own: what is read, and what happens when files change, come and go.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database set_location rows raises revision_file write_files);

my $node = new_node('directory');
my $root = PostgreSQL::Test::Utils::tempdir;
my $loaded = 'SELECT tier, revision, state FROM whisper_load() ORDER BY 1, 2';
my $applied = q{SELECT coalesce(string_agg(revision, ',' ORDER BY run, revision), '') FROM whisper.applied};

sub new_directory
{
	my ($name, %files) = @_;
	write_files("$root/$name", %files);
	return "$root/$name";
}

# The same bytes and times tell that a file is the same: an edit within the clock's tick must not look like that.
my $clock = time;

sub edit
{
	my ($path, $content) = @_;
	my ($directory, $name) = $path =~ m{\A(.*)/([^/]+)\z};
	write_files($directory, $name => $content);
	$clock += 10;
	utime $clock, $clock, $path or die "could not touch \"$path\": $!";
	return;
}

# No pack.json, no subfolder: one tier, named after the directory

my $shop = new_directory('shop', 'a001_x.sql' => revision_file('a001', 'base', 'customers'),
	'a002_x.sql' => revision_file('a002', 'a001', 'orders'),
	'readme.txt' => 'not a migration', '.hidden.sql' => 'nor this (');
new_database($node, 'shop', $shop);
is(rows($node, 'shop', 'SELECT tier, revision, direction FROM whisper_plan()'), "shop|a001|up\nshop|a002|up",
	'a plan reads the directory');
is(rows($node, 'shop', 'SELECT count(*) FROM whisper.revision'), '0', 'and writes nothing');
is(rows($node, 'shop', $loaded), "shop|a001|added\nshop|a002|added", 'whisper_load reports what was added');
is(rows($node, 'shop', $loaded), "shop|a001|unchanged\nshop|a002|unchanged", 'and then that nothing changed');
is(rows($node, 'shop', q{SELECT revision, statements FROM whisper_upgrade('a001')}), 'a001|1',
	'upgrade to the first revision');

# Not read again while size and time are the same

chmod 0, "$shop/a001_x.sql", "$shop/a002_x.sql" or die;
ok(!open(my $file, '<', "$shop/a001_x.sql"), 'the files cannot be read');
is(rows($node, 'shop', 'SELECT count(*) FROM whisper_plan()'), '1', 'a plan works all the same');
is(rows($node, 'shop', $loaded), "shop|a001|unchanged\nshop|a002|unchanged", 'and loading, too');
utime 1000, 1000, "$shop/a002_x.sql";
raises($node, 'shop', $loaded, '58030', 'a file with another time is read again',
	qr/could not open file "\Q$shop\E\/a002_x.sql": Permission denied/);
chmod 0644, "$shop/a001_x.sql", "$shop/a002_x.sql" or die;
is(rows($node, 'shop', $loaded), "shop|a001|unchanged\nshop|a002|unchanged", 'another time alone is no change');

# Files that change, come and go

edit("$shop/a002_x.sql", revision_file('a002', 'a001', 'invoices'));
is(rows($node, 'shop', $loaded), "shop|a001|unchanged\nshop|a002|changed",
	'an edited file that is not applied has changed');
write_files($shop, 'a003_x.sql' => revision_file('a003', 'a002', 'deliveries'));
is(rows($node, 'shop', $loaded), "shop|a001|unchanged\nshop|a002|unchanged\nshop|a003|added", 'a new file is added');
is(rows($node, 'shop', 'SELECT revision FROM whisper_upgrade()'), "a002\na003", 'and is applied');
is(rows($node, 'shop', q{SELECT to_regclass('orders'), to_regclass('invoices')}), '|invoices', 'as it was edited');

edit("$shop/a001_x.sql", "-- a comment more\n" . revision_file('a001', 'base', 'customers') =~ s/ \(id/\n    (id/r);
is(rows($node, 'shop', $loaded), "shop|a001|unchanged\nshop|a002|unchanged\nshop|a003|unchanged",
	'comments and white space change nothing');
is(rows($node, 'shop', 'SELECT count(*) FROM whisper_upgrade()'), '0', 'and stop no upgrade');

edit("$shop/a001_x.sql", revision_file('a001', 'base', 'clients'));
for my $statement (q{whisper_upgrade()}, q{whisper_downgrade('-1')})
{
	raises($node, 'shop', "SELECT $statement", 'WM011', "$statement stops at an applied revision that was edited",
		qr/revision "a001" was changed/, qr/DETAIL:  File "a001_x.sql"/, qr/HINT: .*whisper_repair\('a001'\)/);
}
is(rows($node, 'shop', 'SELECT check_name, subject, hint FROM whisper_verify() WHERE NOT ok'),
	"registry|a001|SELECT * FROM whisper_repair('a001')", 'whisper_verify reports it');
is(rows($node, 'shop', q{SELECT revision, action FROM whisper_repair('a001')}), 'a001|checksum accepted',
	'repair accepts it');
is(rows($node, 'shop', q{SELECT action FROM whisper_repair('a001')}), 'nothing to repair', 'once');
is(rows($node, 'shop', 'SELECT count(*) FROM whisper_upgrade()'), '0', 'and upgrades go on');
is(rows($node, 'shop', q{SELECT direction FROM whisper_log() WHERE revision = 'a001'}), "repair\nup",
	'the log keeps the repair');
edit("$shop/a001_x.sql", revision_file('a001', 'base', 'customers'));
rows($node, 'shop', q{SELECT whisper_repair('a001')});

unlink "$shop/a003_x.sql" or die;
is(rows($node, 'shop', $loaded), "shop|a001|unchanged\nshop|a002|unchanged\nshop|a003|missing",
	'a vanished file is missing');
is(rows($node, 'shop', q{SELECT check_name, subject, detail FROM whisper_verify() WHERE NOT ok}),
	'registry|a003|file "a003_x.sql" is gone', 'whisper_verify reports it');
is(rows($node, 'shop', q{SELECT revision FROM whisper_downgrade('-1')}), 'a003',
	'its text is kept, and its way down works');
is(rows($node, 'shop', q{SELECT to_regclass('deliveries')}), '', 'to the end');
write_files($shop, 'a003_x.sql' => revision_file('a003', 'a002', 'deliveries'));
is(rows($node, 'shop', $loaded), "shop|a001|unchanged\nshop|a002|unchanged\nshop|a003|unchanged",
	'the file may come back');

# One that was never applied may go: renamed, with another id, it is another revision.
unlink "$shop/a003_x.sql" or die;
write_files($shop, 'a003b_x.sql' => revision_file('a003b', 'a002', 'deliveries'));
is(rows($node, 'shop', q{SELECT revision FROM whisper_history() WHERE is_head}), 'a003b', 'what was not applied goes with its file');
is(rows($node, 'shop', $loaded), "shop|a001|unchanged\nshop|a002|unchanged\nshop|a003|removed\nshop|a003b|added",
	'whisper_load says so');
is(rows($node, 'shop', $loaded), "shop|a001|unchanged\nshop|a002|unchanged\nshop|a003b|unchanged", 'once');
is(rows($node, 'shop', 'SELECT check_name FROM whisper_verify() WHERE NOT ok'), 'head', 'whisper_verify has nothing against it');
write_files($shop, 'a003b_x.sql' => revision_file('a003b', 'a003', 'deliveries'));
raises($node, 'shop', 'SELECT whisper_upgrade()', 'WM003', 'unless another file needs it', qr/"a003"/);
unlink "$shop/a003b_x.sql" or die;
write_files($shop, 'a003_x.sql' => revision_file('a003', 'a002', 'deliveries'));
rows($node, 'shop', 'SELECT whisper_load()');
{
	my $directory = new_directory('stood_on', 'a001_x.sql' => revision_file('a001', 'base', 'one'), 'a002_x.sql' => revision_file('a002', 'a001', 'two'));
	new_database($node, 'stood_on', $directory);
	rows($node, 'stood_on', q{SELECT whisper_revision('by a client', 'SELECT 1', revision_id => 'client')});
	unlink "$directory/a001_x.sql", "$directory/a002_x.sql" or die;
	write_files($directory, 'b001_x.sql' => revision_file('b001', 'base', 'three'));
	is(rows($node, 'stood_on', q{SELECT revision, state FROM whisper_load() ORDER BY revision}),
		"a001|missing\na002|missing\nb001|added\nclient|unchanged", 'or what a client registered stands on it');
	is(rows($node, 'stood_on', q{SELECT count(*) FROM whisper_upgrade('heads')}), '4', 'which can still run');
}

# Something else under a table's name is not the table.
is(rows($node, 'stood_on', q{BEGIN; DROP TABLE one; CREATE VIEW one AS SELECT 1;
	SELECT table_name, present FROM whisper_tables() WHERE NOT present;
	SELECT check_name FROM whisper_verify() WHERE NOT ok AND check_name LIKE 'table%'; ROLLBACK}), "one|f\ntables\ntable", 'a view instead of a table');

# A file that is renamed or moved is the same revision.
rename "$shop/a003_x.sql", "$shop/a003_renamed.sql" or die;
is(rows($node, 'shop', $loaded), "shop|a001|unchanged\nshop|a002|unchanged\nshop|a003|unchanged",
	'a renamed file is the same');
is(rows($node, 'shop', q{SELECT file FROM whisper_show('a003')}), 'a003_renamed.sql', 'under its new name');

# Without headers the order of the files is the graph: a vanished file keeps its place in it.

my $plain = new_directory('plain', map { ("p$_\_x.sql" => "-- migrate:up\nCREATE TABLE p$_ (a int);\n-- migrate:down\nDROP TABLE p$_;\n") } 1 .. 3);
my $edges = q{SELECT revision || ' after ' || array_to_string(down_revisions, ',') FROM whisper_history() ORDER BY revision};
new_database($node, 'plain', $plain);
rows($node, 'plain', 'SELECT whisper_upgrade()');
unlink "$plain/p1_x.sql", "$plain/p2_x.sql" or die;
is(rows($node, 'plain', "$edges; SELECT count(*) FROM whisper_upgrade()"),
	"p1 after \np2 after p1\np3 after p2\n0", 'vanished files at the beginning');
unlink "$plain/p3_x.sql" or die;
write_files($plain, 'p4_x.sql' => "-- migrate:up\nCREATE TABLE p4 (a int);\n-- migrate:down\nDROP TABLE p4;\n");
is(rows($node, 'plain', "SELECT revision FROM whisper_upgrade(); $edges"),
	"p4\np1 after \np2 after p1\np3 after p2\np4 after p3", 'and a new one behind all the vanished');
write_files($plain, 'p15_x.sql' => "-- migrate:up\n-- migrate:down\n");
is(rows($node, 'plain', "SELECT revision FROM whisper_upgrade(); $edges"),
	"p15\np1 after \np15 after p3\np2 after p1\np3 after p2\np4 after p15", 'or between them and one that is there');
is(rows($node, 'plain', q{SELECT string_agg(revision, ' ' ORDER BY step) FROM whisper_downgrade('base')}),
	'p4 p15 p3 p2 p1', 'they go down in their order');

# pack.json with two tiers

my $two = new_directory('two',
	'pack.json' => q({"name": "two", "tiers": [{"name": "base_data"}, {"name": "views", "kind": "repeatable"}],
		"profiles": {"small": ["base_data"], "full": ["base_data", "views"]}, "default_profile": "small"}),
	'base_data/b001.sql' => revision_file('b001', 'base', 'readings'),
	'views/010_daily.sql' => "CREATE VIEW daily AS SELECT id FROM readings;\n",
	'other/x.sql' => 'this folder is no tier (');
new_database($node, 'two', $two);
is(rows($node, 'two', 'SELECT tier, revision FROM whisper_upgrade()'), 'base_data|b001',
	'the default profile is one tier');
is(rows($node, 'two', q{SELECT tier, revision FROM whisper_upgrade(profile => 'full')}), 'views|010_daily',
	'the other one both');
edit("$two/views/010_daily.sql", "CREATE OR REPLACE VIEW daily AS SELECT id, id AS twice FROM readings;\n");
is(rows($node, 'two', q{SELECT revision, statements FROM whisper_upgrade(profile => 'full')}), '010_daily|1',
	'an edited repeatable file runs again');
is(rows($node, 'two', q{SELECT tier, revision FROM whisper_downgrade('base')}), "views|010_daily\nbase_data|b001",
	'and goes first on the way down');

# A stamp says that the file as it is now has run, so that only what is added to it later runs.
rows($node, 'two', q{
	CREATE TABLE readings (id int);
	CREATE VIEW daily AS SELECT id FROM readings;
	SELECT whisper_stamp('b001, 010_daily')});
edit("$two/views/010_daily.sql",
	slurp_file("$two/views/010_daily.sql") . "COMMENT ON VIEW daily IS 'twice';\nCREATE TABLE added (id int);\n");
is(rows($node, 'two', q{SELECT revision, statements FROM whisper_upgrade(profile => 'full')}), '010_daily|2',
	'of a stamped repeatable file only new statements run');

for my $case (
	[ '{"name": "two", "tiers": [', qr/invalid JSON at line 1 of pack.json/ ],
	[ '{"name": "two", "tiers": [{"name": "base_data"}], "colour": 1}', qr/unknown key "colour"/ ],
	[ '{"name": "two", "tiers": [{"name": "base_data", "kind": "x"}]}', qr/unknown kind "x"/ ])
{
	edit("$two/pack.json", $case->[0]);
	raises($node, 'two', 'SELECT whisper_upgrade()', 'WM014', "pack.json: $case->[1]", $case->[1]);
}
edit("$two/pack.json", '{"name": "two", "tiers": [{"name": "nowhere"}]}');
raises($node, 'two', 'SELECT whisper_upgrade()', '58P01', 'a tier without its folder', qr/\Q$two\E\/nowhere/);

# Subfolders without a pack.json are tiers; a dbmate directory works as it is

my $dbmate = new_directory('dbmate',
	'main/20230101000000_create_users.sql' =>
	  "-- migrate:up\ncreate table users (id int);\n\n-- migrate:down\ndrop table users;\n",
	'main/20230201000000_add_name.sql' =>
	  "-- migrate:up\nalter table users add column name text;\n\n-- migrate:down\nalter table users drop column name;\n",
	'side/001_plain.sql' => "create table plain (id int);\n");
new_database($node, 'dbmate', $dbmate);
is( rows($node, 'dbmate', q{SELECT tier, revision, down_revisions FROM whisper_history() ORDER BY tier, revision}),
	"main|20230101000000|{}\nmain|20230201000000|{20230101000000}\nside|001|{}",
		'ids and order come from the file names');
is(rows($node, 'dbmate', 'SELECT revision FROM whisper_upgrade()'), "20230101000000\n20230201000000\n001",
	'all of it runs');
is(rows($node, 'dbmate', q{SELECT revision FROM whisper_downgrade('main@base')}), "20230201000000\n20230101000000",
	'and back');
raises($node, 'dbmate', q{SELECT whisper_downgrade('side@base')}, 'WM015', 'a file without sections has no way down',
	qr/revision "001" has no way down/, qr/File "side\/001_plain.sql"/);

write_files($dbmate, '002_beside.sql' => "create table beside (id int);\n");
raises($node, 'dbmate', 'SELECT * FROM whisper_plan()', 'WM014', 'files beside folders are not passed over',
	qr/has migrations and folders/, qr/DETAIL:  File "002_beside.sql" stands beside folder "main"/);
unlink "$dbmate/002_beside.sql" or die;

# What an argument loaded stays in force while the setting is at its default

new_database($node, 'loaded');
rows($node, 'loaded', "SELECT whisper_load('$dbmate')");
is(rows($node, 'loaded', 'SELECT count(*) FROM whisper_upgrade()'), '3', 'upgrades follow the directory loaded last');

# Without a pack.json the tier has the directory's name. A deployment may put each release into a directory of its own.

my %release = ('r001_x.sql' => revision_file('r001', 'base', 'releases'));
my $release = new_directory('release1', %release);
new_database($node, 'releases', $release);
rows($node, 'releases', 'SELECT whisper_upgrade()');
$release = new_directory('release2', %release,
	'r002_x.sql' => "-- revision: r002\n-- down_revision: r001\n-- migrate:up\nALTER TABLE releases ADD note text;\n"
	  . "-- migrate:down\nALTER TABLE releases DROP note;\n");
set_location($node, 'releases', $release);
is(rows($node, 'releases', 'SELECT revision FROM whisper_upgrade()'), 'r002', 'a directory may move: upgrades go on');
is(rows($node, 'releases', 'SELECT subject, detail FROM whisper_verify() WHERE NOT ok'), '', 'all is well there');
is(rows($node, 'releases', q{SELECT revision FROM whisper_downgrade('base')}), "r002\nr001", 'and so do downgrades');

$node->stop;
done_testing();
