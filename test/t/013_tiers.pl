# Several tiers: dependencies across them, profiles, what goes down with which, and whose table it is.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database rows raises schema_of revision_file write_files);

my $node = new_node('tiers');
my $root = PostgreSQL::Test::Utils::tempdir;
my $manifest = q({
	"name": "shop",
	"tiers": [{"name": "core", "kind": "versioned"}, {"name": "stock", "kind": "repeatable"},
	          {"name": "reports", "kind": "repeatable"}],
	"profiles": {"small": ["core"], "middle": ["core", "stock"], "all": ["core", "stock", "reports"]},
	"default_profile": "small",
	"critical_tables": ["customers"]
});
my $troubles = 'SELECT check_name, subject, detail, hint FROM whisper_verify(%s) WHERE NOT ok';
my $steps = q{SELECT revision, direction FROM whisper_%s};

# Dependencies across tiers, both ways

my $both = "$root/both";
write_files($both,
	'pack.json' => $manifest,
	'core/001_x.sql' => revision_file('c001', 'base', 'customers'),
	'core/002_x.sql' => "-- revision: c002\n-- down_revision: c001\n-- depends_on: 010_parts\n-- migrate:up\n"
	  . "ALTER TABLE customers ADD COLUMN part int REFERENCES parts;\n"
	  . "-- migrate:down\nALTER TABLE customers DROP COLUMN part;\n",
	'stock/010_parts.sql' => "-- depends_on: c001\nCREATE TABLE parts (id int PRIMARY KEY);\n",
	'stock/020_link.sql' => "-- depends_on: 010_report\nALTER TABLE parts ADD CONSTRAINT parts_report"
	  . " FOREIGN KEY (id) REFERENCES report;\n",
	'reports/010_report.sql' => "-- depends_on: c002\nCREATE TABLE report (id int PRIMARY KEY);\n");
new_database($node, 'deferred', $both);

is(rows($node, 'deferred', q{SELECT revision, direction FROM whisper_plan()}), "c001|up\nc002|deferred",
	'a revision waits for a tier outside of the profile');
like(rows($node, 'deferred', q{SELECT message FROM whisper_plan() WHERE direction = 'deferred'}),
	qr/010_parts.*stock/, 'the plan says for what');
is(rows($node, 'deferred', sprintf $steps, 'upgrade()'), 'c001|up', 'the upgrade leaves it out');
is(rows($node, 'deferred', q{SELECT tier, current, head, applied, pending, deferred, state FROM whisper_status()}),
	"core|c001|c002|1|0|1|at head\nstock||020_link|0|2|0|not in profile\nreports||010_report|0|1|0|not in profile",
	'so does the status');
is(rows($node, 'deferred', sprintf $troubles, ''), '', 'what is deferred is no trouble');
is(rows($node, 'deferred', q{SELECT detail FROM whisper_verify() WHERE check_name = 'head'}),
	'1 revision of 2 applied, 1 deferred', 'but it is said');
is(rows($node, 'deferred', sprintf $steps, q{upgrade('head', 'middle')}), "010_parts|up\nc002|up",
	'the first upgrade that brings the tier applies it, each after what it depends on');
is(rows($node, 'deferred', q{SELECT revision, direction FROM whisper_plan('head', 'middle')}), '020_link|deferred',
	'the other way round: a file waits for a tier after its own');
is(rows($node, 'deferred', sprintf $steps, q{upgrade('head', 'all')}), "010_report|up\n020_link|up",
	'until that comes');
is(rows($node, 'deferred', q{SELECT whisper_assert('all')}), '', 'all is well');
my $all = schema_of($node, 'deferred');
is(rows($node, 'deferred', sprintf $steps, q{downgrade('head', 'middle')}), "020_link|down\n010_report|down",
	'what had waited goes with what it waited for');
is(rows($node, 'deferred', sprintf $steps, q{downgrade('stock@base')}), "c002|down\n010_parts|down",
	'in the versioned tier, too');
is(rows($node, 'deferred', sprintf $steps, q{upgrade('head', 'all')}),
	"010_parts|up\nc002|up\n010_report|up\n020_link|up", 'from any profile to the last one in one call');
is(schema_of($node, 'deferred'), $all, 'with the same result');

# Down without a down section

my $down = "$root/down";
write_files($down,
	'pack.json' => $manifest,
	'core/001_x.sql' => "-- revision: c001\n-- migrate:up\n"
	  . "CREATE TABLE customers (id int PRIMARY KEY, name text);\n-- migrate:down\nDROP TABLE customers;\n",
	'stock/010_parts.sql' => <<'END',
CREATE TYPE colour AS ENUM ('red', 'green');
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE TABLE part (id serial PRIMARY KEY, colour colour, weight positive, box int);
CREATE TABLE box (id serial PRIMARY KEY, favourite int REFERENCES part);
ALTER TABLE part ADD CONSTRAINT part_box FOREIGN KEY (box) REFERENCES box;
CREATE FUNCTION heavy(p part) RETURNS boolean LANGUAGE sql AS 'SELECT p.weight > 100';
CREATE VIEW heavy_part AS SELECT * FROM part WHERE heavy(part);
CREATE MATERIALIZED VIEW heavy_count AS SELECT count(*) FROM heavy_part;
CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER part_watch BEFORE UPDATE ON part FOR EACH ROW EXECUTE FUNCTION watch();
CREATE TRIGGER box_watch BEFORE UPDATE ON box FOR EACH ROW EXECUTE FUNCTION watch();
CREATE INDEX part_weight ON part (weight);
CREATE VIEW customer_names AS SELECT name FROM customers;
CREATE TYPE pair AS (a int, b int);
CREATE CAST (pair AS text) WITH INOUT AS ASSIGNMENT;
CREATE FOREIGN DATA WRAPPER nothing;
CREATE SERVER nowhere FOREIGN DATA WRAPPER nothing;
CREATE USER MAPPING FOR PUBLIC SERVER nowhere;
CREATE ACCESS METHOD pile TYPE TABLE HANDLER heap_tableam_handler;
CREATE SCHEMA store;
CREATE TABLE store.shelf (id int, part int REFERENCES part);
END
	'reports/010_report.sql' => "CREATE TABLE report (id int PRIMARY KEY, part int REFERENCES part);\n");
new_database($node, 'down', $down);
my $empty = schema_of($node, 'down');
rows($node, 'down', q{SELECT whisper_upgrade()});
my $small = schema_of($node, 'down');
rows($node, 'down', q{SELECT whisper_upgrade('head', 'middle')});
my $middle = schema_of($node, 'down');
is(rows($node, 'down', sprintf $steps, q{upgrade('head', 'all')}), '010_report|up',
	'a foreign key to another tier\'s table is fine');
is(rows($node, 'down', sprintf $steps, q{downgrade('reports@base')}), '010_report|down', 'one tier goes');
is(schema_of($node, 'down'), $middle, 'and the others are untouched');
is(rows($node, 'down', sprintf $steps, q{downgrade('stock@base')}), '010_parts|down',
	'what a file created goes in the order of dependencies');
is(schema_of($node, 'down'), $small,
	'tables that refer to each other, views, also of another tier\'s table, functions, types');
is(rows($node, 'down', 'SELECT count(*) FROM whisper.owned_object'), '1', 'and is forgotten');
rows($node, 'down', q{SELECT whisper_upgrade('head', 'all')});
is(rows($node, 'down', sprintf $steps, q{downgrade('base')}), "010_report|down\n010_parts|down\nc001|down",
	'base takes all tiers down in reverse');
is(schema_of($node, 'down'), $empty, 'and leaves nothing');

# Never CASCADE, never what another tier owns

rows($node, 'down', q{SELECT whisper_upgrade('head', 'middle')});
rows($node, 'down', q{CREATE VIEW outside AS SELECT * FROM part});
my $with_outside = schema_of($node, 'down');
raises($node, 'down', q{SELECT whisper_downgrade('stock@base')}, '2BP01', 'an outside view on a table of the tier',
	qr/view outside depends on/);
raises($node, 'down', q{SELECT whisper_rebuild('middle', 'down')}, '2BP01', 'stops a rebuild, too', qr/view outside/);
is(schema_of($node, 'down'), $with_outside, 'nothing has happened');
is(rows($node, 'down', q{SELECT count(*) FROM whisper.applied}), '2', 'nor been recorded');
rows($node, 'down', q{DROP VIEW outside; SELECT whisper_upgrade('head', 'all')});
raises($node, 'down', q{SELECT whisper_downgrade('stock@base')}, '2BP01',
	'a table of another tier, which did not say that it depends on it', qr/table report depends on|on table report/);
rows($node, 'down', q{INSERT INTO box VALUES (1), (2)});
raises($node, 'down', q{SELECT whisper_downgrade('base')}, 'WM012', 'rows are not lost unasked',
	qr/table "public.box": 2 rows/);
is(rows($node, 'down', q{SELECT count(*) FROM whisper_downgrade('base', allow_data_loss => true)}), '3', 'but asked');
is(schema_of($node, 'down'), $empty, 'all of them');

# Two tiers that create the same table

my $twice = "$root/twice";
for my $case ([ 'plain', 'CREATE TABLE' ], [ 'unless', 'CREATE TABLE IF NOT EXISTS' ], [ 'hidden', undef ])
{
	my ($name, $create) = @$case;
	my $text = $create ? "$create public.Customers (id int);" : q{DO $$ BEGIN DROP TABLE customers; END $$;};
	write_files("$twice/$name",
		'pack.json' => $manifest,
		'core/001_x.sql' => revision_file('c001', 'base', 'customers'),
		'stock/010_again.sql' => "-- depends_on: c001\n$text\n",
		'reports/010_report.sql' => "CREATE TABLE report (id int);\n");
	new_database($node, "twice_$name", "$twice/$name");
	my ($status, undef, $notices) = $node->psql("twice_$name", 'SELECT * FROM whisper_load()');
	is($status, 0, "$name: the pack can be loaded");
	my $says = qr/table "customers" is created by revision "c001" of tier "core" and by revision "010_again" of tier "stock"/;
	if ($create)
	{
		like($notices, qr/WARNING:  $says/, "$name: but says that two tiers create the table");
		like(rows($node, "twice_$name", sprintf $troubles, ''), qr/^registry\|customers\|$says\|let one tier have/m,
			"$name: so does verify");
	}
	my $before = schema_of($node, "twice_$name");
	raises($node, "twice_$name", q{SELECT whisper_upgrade('head', 'middle')}, 'WM013', "$name: it is an error to run",
		qr/revision "010_again" of tier "stock" .*table "(?:public\.)?customers".*tier "core"/i);
	is(schema_of($node, "twice_$name"), $before, "$name: that leaves nothing");
}

# A table handed over

new_database($node, 'claim', $down);
rows($node, 'claim', q{SELECT whisper_upgrade('head', 'middle')});
rows($node, 'claim', q{CREATE TABLE found (id int); INSERT INTO found VALUES (1)});
is(rows($node, 'claim', q{SELECT whisper_claim('store.shelf', 'reports')}),
	'table "store.shelf" goes from tier "stock" to tier "reports"', 'a table of another tier');
is(rows($node, 'claim', q{SELECT whisper_claim('found', 'stock')}),
	'table "public.found" goes from nobody to tier "stock"', 'a table that nobody owned');
is(rows($node, 'claim', q{SELECT schema_name, table_name, tier, origin, critical, present FROM whisper_tables()}),
	"public|customers|core|created|t|t\npublic|box|stock|created|f|t\npublic|found|stock|claimed|f|t\n"
	  . "public|part|stock|created|f|t\nstore|shelf|reports|claimed|f|t", 'are shown where they belong now');
is(rows($node, 'claim', q{SELECT direction, tier, executed_by = current_user, message FROM whisper_log() LIMIT 2}),
	"claim|stock|t|table \"public.found\" goes from nobody to tier \"stock\"\n"
	  . 'claim|reports|t|table "store.shelf" goes from tier "stock" to tier "reports"', 'the log has it');
is(rows($node, 'claim', sprintf $troubles, q{'middle'}), '', 'the database is verified');
$node->safe_psql('claim', q{CREATE ROLE clerk LOGIN; GRANT EXECUTE ON FUNCTION whisper_claim TO clerk});
raises($node, 'claim', q{SET ROLE clerk; SELECT whisper_claim('found', 'core')}, '42501',
	'only its owner hands a table over', qr/must be owner of table found/);
$node->safe_psql('claim', q{REVOKE EXECUTE ON FUNCTION whisper_claim FROM clerk});
raises($node, 'claim', q{SET ROLE clerk; CREATE TEMP TABLE mine (); SELECT whisper_claim('mine', 'core')}, '42501',
	'and only one who may', qr/permission denied for function whisper_claim/);
raises($node, 'claim', q{SELECT whisper_claim('found', 'nowhere')}, 'WM017', 'to a tier that exists');
raises($node, 'claim', q{SELECT whisper_claim('heavy_part', 'core')}, '42809', 'a view is no table');

raises($node, 'claim', q{SELECT whisper_downgrade('base')}, '2BP01', 'a claimed table is not dropped',
	qr/store\.shelf|table found/);
rows($node, 'claim', q{
	ALTER TABLE store.shelf DROP CONSTRAINT shelf_part_fkey;
	ALTER TABLE store.shelf SET SCHEMA public});
is(rows($node, 'claim', sprintf $steps, q{downgrade('base')}), "010_parts|down\nc001|down", 'the rest goes');
is(rows($node, 'claim', q{SELECT string_agg(relname, ',' ORDER BY relname) FROM pg_class
	WHERE relnamespace = 'public'::regnamespace; SELECT count(*) FROM found}), "found,shelf\n1",
	'it stays, with its rows');

# A table that moves to another tier, with its CREATE TABLE

my $moved = "$root/moved";
write_files($moved,
	'pack.json' => $manifest,
	'core/001_x.sql' => revision_file('c001', 'base', 'customers'),
	'stock/010_parts.sql' => "-- depends_on: c001\nCREATE TABLE parts (id int);\nCREATE INDEX parts_id ON parts (id);\n"
	  . "ALTER TABLE parts ADD COLUMN name text;\nCREATE TABLE boxes (id int);\n",
	'stock/020_index.sql' => "-- depends_on: 010_parts\nCREATE INDEX boxes_id ON boxes (id);\n",
	'reports/010_report.sql' => "SELECT 1;\n");
new_database($node, 'moved', $moved);
rows($node, 'moved', q{SELECT whisper_upgrade('head', 'middle'); INSERT INTO parts VALUES (1)});
write_files($moved,
	'core/002_x.sql' => "-- revision: c002\n-- down_revision: c001\n-- migrate:up\nCREATE TABLE IF NOT EXISTS parts (id int, name text);\n"
	  . "CREATE INDEX IF NOT EXISTS parts_id ON parts (id);\n-- migrate:down\n",
	'stock/010_parts.sql' => "-- depends_on: c001\nCREATE TABLE boxes (id int);\n");
raises($node, 'moved', q{SELECT whisper_upgrade('head', 'middle')}, 'WM013', 'before the table is handed over',
	qr/"c002" of tier "core".*"parts".*tier "stock"/);
is(rows($node, 'moved', q{SELECT count(*) FROM whisper_claim('parts', 'core')} . ';' . sprintf $steps, q{upgrade('head', 'middle')}),
	"1\nc002|up\n010_parts|up", 'after it the files agree');
is(rows($node, 'moved', sprintf "$troubles; SELECT id FROM parts", q{'middle'}), '1', 'and all is well');
write_files($moved, 'stock/020_index.sql' => "-- depends_on: 010_parts\nSELECT 1;\n");
raises($node, 'moved', q{SELECT whisper_upgrade('head', 'middle')}, 'WM020',
	'what a file put on a table of another file is still its own', qr/index "boxes_id" exists/);
is(rows($node, 'moved', sprintf $steps, q{downgrade('stock@base')}), "020_index|down\n010_parts|down",
	'the tier that had it goes');
is(rows($node, 'moved', q{SELECT id FROM parts; SELECT to_regclass('boxes') IS NULL}), "1\nt", 'without the table');

# The profile of a database

new_database($node, 'profiled', $both);
$node->safe_psql('postgres', q{ALTER DATABASE profiled SET whisper_migrate.profile = 'middle'});
is(rows($node, 'profiled', sprintf $steps, 'upgrade()'), "c001|up\n010_parts|up\nc002|up",
	'ALTER DATABASE … SET whisper_migrate.profile chooses the profile');
is(rows($node, 'profiled', q{SELECT tier, state FROM whisper_status()}),
	"core|at head\nstock|at head\nreports|not in profile", 'for the status');
is(rows($node, 'profiled', q{SELECT subject FROM whisper_verify() WHERE check_name = 'head'}), "core\nstock",
	'and for verify');
is(rows($node, 'profiled', sprintf $steps, q{downgrade('head', 'small')}), "c002|down\n010_parts|down",
	'an argument goes before it');
$node->safe_psql('postgres', q{ALTER DATABASE profiled SET whisper_migrate.profile = 'huge'});
for my $call (qw(whisper_upgrade() whisper_status() whisper_verify() whisper_assert() whisper_plan()))
{
	raises($node, 'profiled', "SELECT $call", 'WM018', "$call with a profile that does not exist", qr/"huge"/);
}
is(rows($node, 'profiled', sprintf $steps, q{upgrade('head', 'middle')}), "010_parts|up\nc002|up",
	'an argument helps');

$node->stop;
done_testing();
