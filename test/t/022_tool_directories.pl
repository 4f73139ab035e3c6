# Directories of golang-migrate, Flyway and dbmate, loaded as they are.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database set_location rows raises write_files);

my $node = new_node('tools');
my $root = PostgreSQL::Test::Utils::tempdir;
my $loaded = 'SELECT tier, revision, state FROM whisper_load() ORDER BY 1, 2';
my $history = 'SELECT tier, revision, down_revisions, message FROM whisper_history()';
my $tables = q{SELECT coalesce(string_agg(relname, ',' ORDER BY relname), '') FROM pg_class
	WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v')};

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

# golang-migrate: pairs of files, in the order of their numbers

my $golang = new_directory('golang',
	'1_create_users.up.sql' =>
	  "\xEF\xBB\xBF-- revision: is a comment here\nBEGIN;\nCREATE TABLE users (id int);\nCOMMIT;\n",
	'1_create_users.down.sql' => "DROP TABLE users;\n",
	'2_add_orders.up.sql' => "CREATE TABLE orders (id int);\n",
	'2_add_orders.down.sql' => "-- migrate:up is a comment, too\nDROP TABLE orders;\n",
	'10_add_audit.up.sql' => "CREATE TABLE audit (id int);\n",
	'readme.md' => 'not SQL');
new_database($node, 'golang', $golang);
is( rows($node, 'golang', $history),
	"golang|10|{2}|add audit\ngolang|2|{1}|add orders\ngolang|1|{}|create users",
	'golang-migrate: the numbers are the ids, and give the order');
is(rows($node, 'golang', $loaded), "golang|1|added\ngolang|10|added\ngolang|2|added", 'all are added');
is(rows($node, 'golang', $loaded), "golang|1|unchanged\ngolang|10|unchanged\ngolang|2|unchanged", 'once');
is(rows($node, 'golang', 'SELECT revision, statements FROM whisper_upgrade()'), "1|1\n2|1\n10|1", 'the ways up run');
is(rows($node, 'golang', $tables), 'audit,orders,schema_migrations,users', 'and make their tables');
raises($node, 'golang', q{SELECT whisper_downgrade('-1')}, 'WM015', 'without a .down.sql there is no way down',
	qr/revision "10" has no way down/);

edit("$golang/10_add_audit.down.sql", "DROP TABLE audit;\n");
is(rows($node, 'golang', $loaded), "golang|1|unchanged\ngolang|10|changed\ngolang|2|unchanged",
	'a .down.sql that is added is noticed');
rows($node, 'golang', q{SELECT whisper_repair('10')});
is(rows($node, 'golang', q{SELECT revision FROM whisper_downgrade('1')}), "10\n2", 'the ways down run');
is(rows($node, 'golang', $tables), 'schema_migrations,users', 'to the end');

edit("$golang/2_add_orders.down.sql", "\nDROP TABLE order_;\n");
is(rows($node, 'golang', $loaded), "golang|1|unchanged\ngolang|10|unchanged\ngolang|2|changed",
	'an edited .down.sql is noticed');
is(rows($node, 'golang', $loaded), "golang|1|unchanged\ngolang|10|unchanged\ngolang|2|unchanged", 'once');
is(rows($node, 'golang', q{SELECT revision FROM whisper_upgrade()}), "2\n10", 'up again');
raises($node, 'golang', q{SELECT whisper_downgrade('1')}, '42P01', 'an error in the way down names its file and line',
	qr/tier "golang", revision "2", file "2_add_orders\.down\.sql", line 2, statement 1/);
edit("$golang/2_add_orders.down.sql", "DROP TABLE orders;\n");
raises($node, 'golang', q{SELECT whisper_upgrade()}, 'WM011',
	'an edited way down of an applied revision stops upgrades',
	qr/revision "2" was changed/);
rows($node, 'golang', q{SELECT whisper_repair('2')});

edit("$golang/2_add_orders.up.sql", "-- a comment\nCREATE TABLE orders (id int);\n");
is(rows($node, 'golang', $loaded), "golang|1|unchanged\ngolang|10|unchanged\ngolang|2|unchanged",
	'comments and white space change nothing');
edit("$golang/10_add_audit.down.sql", '');
unlink "$golang/10_add_audit.down.sql" or die;
is(rows($node, 'golang', $loaded), "golang|1|unchanged\ngolang|10|changed\ngolang|2|unchanged",
	'a .down.sql that is gone is noticed');
edit("$golang/10_add_audit.down.sql", "DROP TABLE audit;\n");
rows($node, 'golang', q{SELECT whisper_load()});

unlink "$golang/10_add_audit.up.sql" or die;
raises($node, 'golang', $loaded, 'WM014', 'a .down.sql alone is an error',
	qr/file "10_add_audit\.down\.sql" undoes a version that has no file/, qr/HINT:/);
unlink "$golang/10_add_audit.down.sql" or die;
is(rows($node, 'golang', $loaded), "golang|1|unchanged\ngolang|10|missing\ngolang|2|unchanged",
	'both files gone: the revision is missing');
is(rows($node, 'golang', q{SELECT revision FROM whisper_downgrade('base')}), "10\n2\n1",
	'and the text that is kept leads down');

for my $case (
	[ '3_note.sql', "SELECT 1;\n", 'WM014', qr/file "3_note\.sql" is no migration of golang-migrate/ ],
	[ 'V3__note.sql', "SELECT 1;\n", 'WM014', qr/file "V3__note\.sql" is no migration of golang-migrate/ ],
	[ '002_again.up.sql', "SELECT 1;\n", 'WM004', qr/"002_again\.up\.sql" and "2_add_orders\.up\.sql" have the same/ ],
	[ '3_x.up.sql', "SELECT 1;\n\nSELECT 'x;\n", '42601', qr/line 3 of file "3_x\.up\.sql"/ ])
{
	my ($name, $content, $sqlstate, $pattern) = @$case;
	write_files($golang, $name => $content);
	raises($node, 'golang', $loaded, $sqlstate, "golang-migrate: $name", $pattern);
	unlink "$golang/$name" or die;
}
write_files($golang, '3_x.up.sql' => "SELECT 1;\n", '3_x.down.sql' => "SELECT 1;\n\n\\gset x\n");
raises($node, 'golang', $loaded, 'WM019', 'golang-migrate: what cannot run in a way down',
	qr/\\gset/, qr/file "3_x\.down\.sql", line 3/);
unlink "$golang/3_x.up.sql", "$golang/3_x.down.sql" or die;

# Flyway: versions by their parts, undo files, and repeatable files in a tier beside

my $view = "CREATE OR REPLACE VIEW %s AS SELECT id%s FROM %s;\n";
my $runs = "INSERT INTO runs VALUES ('%s');\n";
my $flyway = new_directory('flyway',
	'V1__create_runs.sql' => "CREATE TABLE runs (name text);\n",
	'U1__drop_runs.sql' => "DROP TABLE runs;\n",
	'V1.1__users.sql' => "CREATE TABLE users (id int);\n",
	'U1.1__users.sql' => "DROP TABLE users;\n",
	'V1_10__notes.sql' => "CREATE TABLE notes (id int);\n",
	'V1.2__posts.sql' => "CREATE TABLE posts (id int);\n",
	'V2__the_end.sql' => "CREATE TABLE ends (id int);\n",
	'U2__the_end.sql' => "DROP TABLE ends;\n",
	'R__b_view.sql' => sprintf($view, 'b', '', 'a') . sprintf($runs, 'b'),
	'R__a view.sql' => sprintf($view, 'a', '', 'users') . sprintf($runs, 'a'));
new_database($node, 'flyway', $flyway);
is(rows($node, 'flyway', $history . q{ WHERE tier = 'flyway'}),
	"flyway|V2|{V1.10}|the end\nflyway|V1.10|{V1.2}|notes\nflyway|V1.2|{V1.1}|posts\n"
	  . "flyway|V1.1|{V1}|users\nflyway|V1|{}|create runs", 'Flyway: versions are compared part by part');
is(rows($node, 'flyway', q{SELECT revision, message, depends_on FROM whisper_history()
	WHERE tier = 'flyway_repeatable' ORDER BY 1}),
	"R__a_view|a view|{V2}\nR__b_view|b view|{V2}", 'repeatable files depend on the last version');
is(rows($node, 'flyway', q{SELECT tier, kind FROM whisper_status()}),
	"flyway|versioned\nflyway_repeatable|repeatable", 'and are a tier of their own');
is(rows($node, 'flyway', 'SELECT revision FROM whisper_upgrade()'),
	join("\n", qw(V1 V1.1 V1.2 V1.10 V2 R__a_view R__b_view)), 'versions first, then the repeatable files');
is(rows($node, 'flyway', 'SELECT * FROM runs'), "a\nb", 'in the order of their descriptions');
is(rows($node, 'flyway', 'SELECT count(*) FROM whisper_upgrade()'), '0', 'and then there is nothing to do');
is(rows($node, 'flyway', q{SELECT subject, detail FROM whisper_verify() WHERE NOT ok}), '', 'all is well');

edit("$flyway/R__a view.sql", sprintf($view, 'a', ', id + 1 AS next', 'users') . sprintf($runs, 'a'));
is(rows($node, 'flyway', $loaded . ' OFFSET 5'),
	"flyway_repeatable|R__a_view|changed\nflyway_repeatable|R__b_view|unchanged",
	'an edited repeatable file has changed');
is(rows($node, 'flyway', 'SELECT revision, statements FROM whisper_upgrade()'), 'R__a_view|2',
	'it runs again, the whole of it');
is(rows($node, 'flyway', 'SELECT name, count(*) FROM runs GROUP BY 1 ORDER BY 1'), "a|2\nb|1",
	'also the statements that are as they were');
edit("$flyway/R__a view.sql", "DROP VIEW IF EXISTS a CASCADE;\n" . sprintf($view, 'a', '', 'users'));
edit("$flyway/R__b_view.sql", sprintf($view, 'b', ' AS number', 'a'));
is(rows($node, 'flyway', 'SELECT revision, statements FROM whisper_upgrade()'), "R__a_view|2\nR__b_view|1",
	'statements may be changed and removed at will');
is(rows($node, 'flyway', q{SELECT attname FROM pg_attribute WHERE attrelid = 'b'::regclass}), 'number',
	'to what the file says');

edit("$flyway/V3__last.sql", "CREATE TABLE lasts (id int);\n");
edit("$flyway/U3__last.sql", "DROP TABLE lasts;\n");
is(rows($node, 'flyway', $loaded . ' OFFSET 5'),
	"flyway|V3|added\nflyway_repeatable|R__a_view|unchanged\nflyway_repeatable|R__b_view|unchanged",
	'a new version is no change of the repeatable files');
is(rows($node, 'flyway', q{SELECT revision, depends_on FROM whisper.revision WHERE tier <> 'flyway' ORDER BY 1}),
	"R__a_view|{V3}\nR__b_view|{V3}", 'but what they depend on');
is(rows($node, 'flyway', 'SELECT revision FROM whisper_upgrade()'), 'V3', 'and they do not run again for it');
is(rows($node, 'flyway', q{SELECT revision FROM whisper_downgrade('V2')}), "R__b_view\nR__a_view\nV3",
	'down: repeatable files stand on the last version');
is(rows($node, 'flyway', $tables), 'ends,flyway_schema_history,notes,posts,runs,users', 'what they made goes with them');
is(rows($node, 'flyway', q{SELECT revision FROM whisper_downgrade('V1.10')}), 'V2', 'undo files are the way down');
raises($node, 'flyway', q{SELECT whisper_downgrade('V1.2')}, 'WM015', 'a version without an undo file has none',
	qr/revision "V1\.10" has no way down/);
edit("$flyway/U1_10__notes.sql", "DROP TABLE notes;\n");
edit("$flyway/U1.2__posts.sql", "DROP TABLE posts;\n");
rows($node, 'flyway', q{SELECT whisper_repair('V1.10'), whisper_repair('V1.2')});
is(rows($node, 'flyway', q{SELECT revision FROM whisper_downgrade('base', allow_data_loss => true)}),
	"V1.10\nV1.2\nV1.1\nV1",
	'down to the base');
is(rows($node, 'flyway', $tables), '', 'which is empty');
edit("$flyway/U1__drop_runs.sql", "SELECT 1;\nDROP TABLE run;\n");
is(rows($node, 'flyway', q{SELECT revision FROM whisper_upgrade('V1')}), 'V1', 'up to the first version');
raises($node, 'flyway', q{SELECT whisper_downgrade('base')}, '42P01', 'an error in an undo file names it',
	qr/revision "V1", file "U1__drop_runs\.sql", line 2/);
edit("$flyway/U1__drop_runs.sql", "DROP TABLE runs;\n");
rows($node, 'flyway', q{SELECT whisper_repair('V1')});
is(rows($node, 'flyway', q{SELECT count(*) FROM whisper_upgrade()}), '7', 'and up to the last');
unlink "$flyway/R__b_view.sql" or die;
is(rows($node, 'flyway', q{SELECT revision, state FROM whisper_load() WHERE state <> 'unchanged'}),
	'R__b_view|missing',
	'a repeatable file may vanish');

for my $case (
	[ 'B3_base.sql', "SELECT 1;\n", 'WM014', qr/file "B3_base\.sql" is no migration of Flyway/ ],
	[ 'beforeMigrate.sql', "SELECT 1;\n", 'WM014', qr/callback that has no place here in file "beforeMigrate\.sql"/ ],
	[ 'V3.0__again.sql', "SELECT 1;\n", 'WM004', qr/"V3\.0__again\.sql" and "V3__last\.sql" have the same version/ ],
	[ 'U4__x.sql', "SELECT 1;\n", 'WM014', qr/file "U4__x\.sql" undoes a version that has no file/ ],
	[ 'R__a_view.sql', "SELECT 1;\n", 'WM004', qr/"R__a view\.sql" and "R__a_view\.sql"/ ],
	[ 'R__x+y.sql', "SELECT 1;\n", 'WM014', qr/file "R__x\+y\.sql" gives invalid revision id "R__x\+y"/ ],
	[ 'V4__x.sql', "-- \${a}\nSELECT '\${owner}';\n", 'WM019', qr/placeholder "\$\{owner\}"/,
		qr/file "V4__x\.sql", line 2/ ],
	[ 'R__x.sql', "SELECT 1;\n\nCREATE TABLE \${x} (id int);\n", 'WM019', qr/placeholder "\$\{x\}"/,
		qr/"R__x\.sql", line 3/ ])
{
	my ($name, $content, $sqlstate, @patterns) = @$case;
	write_files($flyway, $name => $content);
	raises($node, 'flyway', $loaded, $sqlstate, "Flyway: $name", @patterns);
	unlink "$flyway/$name" or die;
}
edit("$flyway/U3__last.sql", "DROP TABLE \${x};\n");
raises($node, 'flyway', $loaded, 'WM019', 'Flyway: a placeholder in an undo file', qr/"\$\{x\}"/,
	qr/"U3__last\.sql", line 1/);

# As folders of a pack, with and without pack.json

my $pack = new_directory('pack',
	'pack.json' => q({"name": "pack", "tiers": [{"name": "db"}, {"name": "own"}, {"name": "plain",
		"kind": "repeatable"}],
		"profiles": {"small": ["own"], "full": ["own", "db"], "extra": ["plain"]}, "default_profile": "full"}),
	'db/R__seen.sql' => "CREATE OR REPLACE VIEW seen AS SELECT 1 AS one;\n",
	'own/o1_x.sql' => "CREATE TABLE own (id int);\n",
	'plain/R__plain.sql' => "CREATE TABLE plain (id int);\n");
new_database($node, 'pack', $pack);
is(rows($node, 'pack', 'SELECT tier, revision FROM whisper_upgrade()'), "db_repeatable|R__seen\nown|o1",
	'the tier of repeatable files goes into the profiles of its folder');
is(rows($node, 'pack', q{SELECT string_agg(name || ' ' || kind, ', ' ORDER BY position) FROM whisper.tier}),
	'db versioned, db_repeatable repeatable, own versioned, plain repeatable',
	'and stands behind it; a tier that is repeatable already is left as it is');
is(rows($node, 'pack', q{SELECT tiers FROM whisper.profile ORDER BY position}),
	"{own}\n{db,db_repeatable,own}\n{plain}",
	'the other profiles do not have it');
edit("$pack/pack.json", q({"name": "pack", "tiers": [{"name": "db"}, {"name": "own"}, {"name": "db_repeatable"}]}));
raises($node, 'pack', $loaded, 'WM014', 'its name may not be taken', qr/tier "db_repeatable" exists already/);

my $two = new_directory('two', 'one/V1__a.sql' => "CREATE TABLE a (id int);\n",
	'other/V1__b.sql' => "CREATE TABLE b (id int);\n");
new_database($node, 'two', $two);
raises($node, 'two', $loaded, 'WM004', 'two directories of a pack cannot have the same version',
	qr/revision "V1" is in two files/, qr{"one/V1__a\.sql" and "other/V1__b\.sql"}, qr/another version/);

# dbmate: the order is that of the names, and a section may ask for no transaction

my $dbmate = new_directory('dbmate',
	'10_second.sql' => "-- migrate:up\nCREATE TABLE second (id int);\n\n-- migrate:down\nDROP TABLE second;\n",
	'2_third.sql' => "-- migrate:up\nCREATE TABLE third (id int);\n-- migrate:down\nDROP TABLE third;\n",
	'01_first.sql' => "-- migrate:up\nCREATE TABLE first (id int);\n-- migrate:down\nDROP TABLE first;\n");
new_database($node, 'dbmate', $dbmate);
is(rows($node, 'dbmate', 'SELECT revision FROM whisper_upgrade()'), "01\n10\n2",
	'dbmate: the order of the names, not of the numbers');
is(rows($node, 'dbmate', q{SELECT revision FROM whisper_downgrade('01')}), "2\n10", 'and back');
is(rows($node, 'dbmate', $tables), 'first', 'the sections are told apart');
write_files($dbmate,
	'3_index.sql' => "-- migrate:up transaction:false\nCREATE INDEX first_id ON first (id);\n"
	  . "-- migrate:down transaction:false\nDROP INDEX first_id;\n");
rows($node, 'dbmate', 'SELECT whisper_load()');
is(rows($node, 'dbmate',
	q{SELECT revision FROM whisper.revision WHERE NOT up_transactional AND NOT down_transactional}), '3',
	'transaction:false is understood');
is(rows($node, 'dbmate', 'SELECT revision FROM whisper_plan()'), "10\n2\n3", 'and planned');
raises($node, 'dbmate', 'SELECT whisper_upgrade()', '25001', 'but does not run inside a transaction',
	qr/revision "3" cannot run inside a transaction/, qr/transaction:false/);

$node->stop;
done_testing();
