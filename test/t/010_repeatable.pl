# Repeatable tiers: files in the order of their names, applied again when they change, statement by statement.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database rows error_of raises revision_file write_files);

my $node = new_node('repeatable');
my $root = PostgreSQL::Test::Utils::tempdir;
my $pack = "$root/shop";
my $manifest = q({
	"name": "shop",
	"tiers": [{"name": "core", "kind": "versioned"}, {"name": "views", "kind": "repeatable"}],
	"profiles": {"small": ["core"], "full": ["core", "views"]},
	"default_profile": "full"
});
my $upgrade = q{SELECT revision, statements FROM whisper_upgrade('head')};
my $troubles = 'SELECT check_name, subject, detail, hint FROM whisper_verify() WHERE NOT ok';

sub edit
{
	my ($name, @statements) = @_;
	write_files($pack, "views/$name" => join "\n", @statements, '');
	return;
}

# Names are the order, dependencies go before names

write_files($pack,
	'pack.json' => $manifest,
	'core/001_x.sql' => revision_file('c001', 'base', 'customers'),
	'views/030_last.sql' => 'CREATE VIEW third AS SELECT * FROM second;',
	'views/010_needs.sql' => "-- depends_on: 020_needed\nCREATE VIEW second AS SELECT * FROM first;",
	'views/020_needed.sql' => "-- depends_on: c001\nCREATE VIEW first AS SELECT * FROM customers;");
new_database($node, 'ordered', $pack);
is(rows($node, 'ordered', 'SELECT revision FROM whisper_plan()'), "c001\n020_needed\n010_needs\n030_last",
	'files follow the order of their names, each after what it depends on');
is(rows($node, 'ordered', $upgrade), "c001|1\n020_needed|1\n010_needs|1\n030_last|1", 'and run in it');
is(rows($node, 'ordered', $upgrade), '', 'unchanged files do not run again');
is(rows($node, 'ordered', 'SELECT revision, direction FROM whisper_downgrade(\'base\')'),
	"030_last|down\n010_needs|down\n020_needed|down\nc001|down", 'the way down is the other way round');
is(rows($node, 'ordered', q{SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace}), '0',
	'and drops what they created');

# An edited file, statement by statement

my @thing = (
	'CREATE TABLE thing (id int PRIMARY KEY, name text);',
	'CREATE INDEX thing_name ON thing (name);',
	q{CREATE FUNCTION shout(t text) RETURNS text LANGUAGE sql AS 'SELECT upper(t)';},
	'CREATE VIEW loud AS SELECT shout(name) AS name FROM thing;',
	'CREATE FUNCTION quiet() RETURNS trigger LANGUAGE plpgsql AS \'BEGIN RETURN NEW; END\';',
	'CREATE TRIGGER calm BEFORE UPDATE ON thing FOR EACH ROW EXECUTE FUNCTION quiet();',
	'CREATE TYPE mood AS ENUM (\'glad\');',
	q{INSERT INTO thing VALUES (1, 'one');});
my $count = 'SELECT count(*) FROM thing';
unlink glob "$pack/views/*.sql";
edit('010_thing.sql', @thing);
new_database($node, 'edited', $pack);
is(rows($node, 'edited', $upgrade), "c001|1\n010_thing|8", 'the first time every statement runs');

edit('010_thing.sql', '-- what things there are', map { "$_   -- as before" } @thing);
is(rows($node, 'edited', $upgrade), '', 'a new comment is no change');
edit('010_thing.sql', @thing[ 2, 4, 6, 0, 1, 5, 3, 7 ]);
is(rows($node, 'edited', $upgrade), '010_thing|0', 'statements that changed places do not run again');

push @thing, 'ALTER TABLE thing ADD COLUMN size int;', q{UPDATE thing SET size = 5;};
edit('010_thing.sql', @thing);
is(rows($node, 'edited', 'SELECT revision, direction FROM whisper_plan()'), '010_thing|up',
	'the plan shows an edited file');
is(rows($node, 'edited', q{SELECT state, changed FROM whisper_status() WHERE tier = 'views'}), 'changed|1',
	'so does the status');
my (undef, undef, $notice) = $node->psql('edited', $upgrade);
like($notice, qr/NOTICE:  re-applied views\/010_thing in [0-9.]+ ms/, 'the notice says that it ran again');
is(rows($node, 'edited', "$count; SELECT size FROM thing"), "1\n5", 'only what is new in it');
is(rows($node, 'edited', $troubles), '', 'the database is verified');

# A statement changed or removed whose object exists

my $applied = 'SELECT * FROM whisper.applied ORDER BY 1; SELECT * FROM whisper.statement ORDER BY 1, 2';
my $before = rows($node, 'edited', $applied);

# The statement at this place is written differently, or not at all when $now is ''.
sub refused
{
	my ($place, $now, $object, $advice, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my @edited = @thing;
	$edited[$place] = $now;
	edit('010_thing.sql', @edited);
	my $number = $place + 1;
	raises($node, 'edited', $upgrade, 'WM020', $name,
		qr/statement $number of "010_thing" was changed or removed/,
		qr/$object exists; file "(?:views\/)?010_thing.sql", near line (?:$number|@{[ $number + 1 ]})\./, qr/HINT:  .*$advice/);
	return;
}
refused(0, 'CREATE TABLE thing (id int PRIMARY KEY, name text NOT NULL);', 'table "thing"', qr/ALTER TABLE thing/,
	'a changed table');
refused(0, '', 'table "thing"', qr/DROP TABLE IF EXISTS thing/, 'a removed table');
refused(1, 'CREATE INDEX thing_name ON thing (id, name);', 'index "thing_name"', qr/DROP INDEX IF EXISTS thing_name/,
	'a changed index');
refused(2, q{CREATE FUNCTION shout(t text) RETURNS text LANGUAGE sql AS 'SELECT t';}, 'function "shout"',
	qr/CREATE OR REPLACE FUNCTION shout/, 'a changed function');
refused(3, 'CREATE VIEW loud AS SELECT name FROM thing;', 'view "loud"', qr/CREATE OR REPLACE VIEW loud/,
	'a changed view');
refused(5, 'CREATE TRIGGER calm BEFORE INSERT ON thing FOR EACH ROW EXECUTE FUNCTION quiet();', 'trigger "calm"',
	qr/CREATE OR REPLACE TRIGGER calm/, 'a changed trigger');
refused(6, q{CREATE TYPE mood AS ENUM ('glad', 'sad');}, 'type "mood"', qr/keep the statement .* add one below/,
	'a changed type');
refused(8, 'ALTER TABLE thing ADD COLUMN size bigint;', 'table "thing"', qr/./, 'a changed ALTER TABLE');
is(rows($node, 'edited', $applied), $before, 'after these errors nothing is different');

# What the hints say works

@thing[ 1 .. 3 ] = (
	'DROP INDEX IF EXISTS thing_name; CREATE INDEX thing_name ON thing (id, name);',
	q{CREATE OR REPLACE FUNCTION shout(t text) RETURNS text LANGUAGE sql AS 'SELECT upper(t) || ''!''';},
	'CREATE OR REPLACE VIEW loud AS SELECT shout(name) AS name, id FROM thing;');
$thing[5] = 'CREATE OR REPLACE TRIGGER calm BEFORE INSERT ON thing FOR EACH ROW EXECUTE FUNCTION quiet();';
push @thing, q{ALTER TYPE mood ADD VALUE 'sad';};
edit('010_thing.sql', @thing);
is(rows($node, 'edited', $upgrade), '010_thing|6', 'DROP … IF EXISTS, CREATE OR REPLACE and ALTER are run');
is(rows($node, 'edited', q{SELECT name, id FROM loud; SELECT pg_get_indexdef('thing_name'::regclass)}),
	"ONE!|1\nCREATE INDEX thing_name ON public.thing USING btree (id, name)", 'and do what they say');
is(rows($node, 'edited', q{SELECT object_type, object_identity FROM whisper.owned_object
	WHERE revision = '010_thing' AND object_type IN ('index', 'function', 'view') ORDER BY 1, 2}),
	"function|public.quiet()\nfunction|public.shout(pg_catalog.text)\nindex|public.thing_name\nview|public.loud",
	'they belong to the file as before');
is(rows($node, 'edited', $upgrade), '', 'the next upgrade has nothing to do');

# Statements that may simply run again

my @again = (
	q{COMMENT ON TABLE thing IS '%s';},
	'GRANT SELECT (id, %s) ON thing TO PUBLIC;',
	q{CREATE OR REPLACE VIEW shown AS SELECT id, '%s' AS name FROM thing;},
	'CREATE SCHEMA IF NOT EXISTS %s_schema;',
	'DROP TABLE IF EXISTS %s_gone;',
	q{INSERT INTO thing (id, name) VALUES (1, '%s') ON CONFLICT (id) DO UPDATE SET name = excluded.name;},
	q{DO $$ BEGIN PERFORM '%s'; END $$;});
edit('010_thing.sql', @thing, map { sprintf $_, 'name' } @again);
is(rows($node, 'edited', $upgrade), '010_thing|7', 'statements that can run again run when they are new');
edit('010_thing.sql', @thing, map { sprintf $_, 'size' } @again);
is(rows($node, 'edited', $upgrade), '010_thing|7', 'and when they were changed');
is(rows($node, 'edited', q{SELECT obj_description('thing'::regclass); SELECT name FROM thing}), "size\nsize",
	'with effect');
edit('010_thing.sql', @thing);
is(rows($node, 'edited', $upgrade), '010_thing|0', 'and may be removed');

# IF NOT EXISTS would leave an edited definition without effect

my $other = 'CREATE TABLE IF NOT EXISTS other (id int);';
edit('010_thing.sql', @thing, $other);
is(rows($node, 'edited', $upgrade), '010_thing|1', 'IF NOT EXISTS runs when it is new');
for my $now ($other =~ s/int/bigint/r, '')
{
	edit('010_thing.sql', @thing, $now);
	raises($node, 'edited', $upgrade, 'WM020', 'and when it was edited or removed its table is in the way',
		qr/table "other" exists/, qr/HINT:  .*ALTER TABLE other .*DROP TABLE IF EXISTS other/);
}
is(rows($node, 'edited', "BEGIN; DROP TABLE other; $upgrade; ROLLBACK"), '010_thing|0', 'unless it is gone');
my @makers = ('CREATE TABLE IF NOT EXISTS ine (a int);', 'CREATE INDEX IF NOT EXISTS ine_i ON ine (a);',
	'CREATE SEQUENCE IF NOT EXISTS ine_s;', 'CREATE MATERIALIZED VIEW IF NOT EXISTS ine_m AS SELECT 1 AS x;');
edit('015_makers.sql', @makers);
edit('010_thing.sql', @thing, $other);
is(rows($node, 'edited', $upgrade), '015_makers|4', 'all that have IF NOT EXISTS run');
for my $place (1 .. 3)
{
	my @edited = @makers;
	$edited[$place] =~ s/\(a\)/(a DESC)/ or $edited[$place] =~ s/_s;/_s START 5;/ or $edited[$place] =~ s/1 AS/2 AS/;
	edit('015_makers.sql', @edited);
	raises($node, 'edited', $upgrade, 'WM020', "$makers[$place] was edited", qr/HINT/);
}
edit('015_makers.sql', @makers[ 0, 1, 2 ], 'DROP MATERIALIZED VIEW IF EXISTS ine_m;', $makers[3] =~ s/1 AS/2 AS/r);
is(rows($node, 'edited', "$upgrade; SELECT x FROM ine_m"), "015_makers|2\n2", 'a DROP in front is the way');

# A table that goes

edit('010_thing.sql', 'DROP TABLE IF EXISTS other;', @thing);
is(rows($node, 'edited', qq{$upgrade; SELECT count(*) FROM whisper_tables() WHERE table_name = 'other'}),
	"010_thing|1\n0", 'DROP TABLE IF EXISTS ends the table and its ownership');
edit('020_more.sql', 'CREATE TABLE more (id int);');
rows($node, 'edited', $upgrade);
rows($node, 'edited', 'DROP TABLE more');
edit('020_more.sql', 'CREATE TABLE more (id int, name text);');
is(rows($node, 'edited', $upgrade), '020_more|1', 'a changed statement whose object somebody dropped just runs');
is(rows($node, 'edited', $troubles), '', 'all is well');

# rerun: always, rerun: never

edit('030_always.sql', '-- rerun: always', q{INSERT INTO thing (id) SELECT max(id) + 1 FROM thing;});
edit('040_never.sql', '-- rerun: never', 'CREATE TABLE once (id int);');
is(rows($node, 'edited', "$upgrade; $count"), "030_always|1\n040_never|1\n2", 'both run the first time');
is(rows($node, 'edited', "$upgrade; $count"), "030_always|1\n3", 'rerun: always runs at every upgrade');
is(rows($node, 'edited', $troubles), '', 'and is no trouble in between');
edit('040_never.sql', '-- rerun: never', 'CREATE TABLE once (id int, name text);');
is(rows($node, 'edited', "$upgrade; $count"), "030_always|1\n4", 'rerun: never does not run an edited file again');
is(rows($node, 'edited', $troubles), '', 'which is no trouble either');
is(rows($node, 'edited', q{SELECT changed, state FROM whisper_status() WHERE tier = 'views'}), '0|at head',
	'nor a change that waits');
edit('030_always.sql', '-- rerun: always', 'CREATE TABLE once_only (id int);');
rows($node, 'edited', $upgrade);
raises($node, 'edited', $upgrade, '42P07', 'rerun: always runs what cannot run twice, too');
edit('030_always.sql', '-- rerun: always', 'SELECT 1;');
rows($node, 'edited', q{SELECT whisper_downgrade('030_always@-1', allow_data_loss => true)});
is(rows($node, 'edited', q{SELECT to_regclass('once_only')}), '', 'what it created goes with it');
like(error_of($node, 'edited', q{SELECT whisper_register(E'-- rerun: sometimes\nSELECT 1;', 'views', '050_x.sql')}),
	qr/\AWM014: .*sometimes/, 'another value is an error');

# DROP … IF EXISTS in front of a statement is how to change it, time after time

unlink glob "$pack/views/*.sql";
new_database($node, 'replaced', $pack);
for my $columns ('id', 'name', 'id, name')
{
	edit('010_parts.sql', 'CREATE TABLE IF NOT EXISTS part (id int, name text);', 'DROP INDEX IF EXISTS part_index;',
		"CREATE INDEX part_index ON part ($columns);");
	my $expected = $columns eq 'id' ? "c001|1\n010_parts|3" : '010_parts|2';
	is(rows($node, 'replaced', qq{$upgrade; SELECT pg_get_indexdef('part_index'::regclass)}),
		"$expected\nCREATE INDEX part_index ON public.part USING btree ($columns)",
		"an index on ($columns): dropped and made again");
}

# What exists is found where it is, and only there

$node->safe_psql('postgres', 'CREATE DATABASE found TEMPLATE template0');
$node->safe_psql('found', 'CREATE EXTENSION whisper_migrate');
WhisperTest::set_location($node, 'found', $pack);
unlink glob "$pack/views/*.sql";
my @kept = ('CREATE SCHEMA far;', 'CREATE TABLE IF NOT EXISTS near (id int);');
my $routine = 'CREATE FUNCTION far.away(int) RETURNS int LANGUAGE sql AS \'SELECT 1\';';
my $policy = 'CREATE POLICY seen ON near USING (true);';
my $trigger = 'CREATE TRIGGER calm BEFORE UPDATE ON near FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();';
my $rule = 'CREATE RULE still AS ON DELETE TO near DO INSTEAD NOTHING;';
my $extension = 'CREATE EXTENSION hstore;';
edit('010_found.sql', @kept, $routine, $policy, $trigger, $rule, $extension);
rows($node, 'found', $upgrade);
for my $case (
	[ $routine, 'function "far.away"', 'DROP FUNCTION far.away(int); CREATE FUNCTION far.away(text) RETURNS int LANGUAGE sql AS \'SELECT 2\'' ],
	[ $policy, 'policy "seen"', 'DROP POLICY seen ON near' ],
	[ $trigger, 'trigger "calm"', 'DROP TRIGGER calm ON near' ],
	[ $rule, 'rule "still"', 'DROP RULE still ON near' ],
	[ $extension, 'extension "hstore"', 'DROP EXTENSION hstore' ])
{
	my ($statement, $object, $drop) = @$case;
	my @rest = grep { $_ ne $statement } $routine, $policy, $trigger, $rule, $extension;
	edit('010_found.sql', @kept, @rest);
	raises($node, 'found', $upgrade, 'WM020', "$object exists", qr/$object exists/);
	is(rows($node, 'found', "BEGIN; $drop; $upgrade; ROLLBACK"), '010_found|0', "$object was dropped by hand");
}
edit('010_found.sql', @kept, $routine, 'DROP POLICY IF EXISTS seen ON near;', 'CREATE POLICY seen ON near USING (false);',
	$trigger, $rule, $extension);
is(rows($node, 'found', $upgrade), '010_found|2', 'what the hint for a policy says works');

# A file of a versioned tier may not ask to be run again.

like(error_of($node, 'edited', q{SELECT whisper_register(E'-- rerun: always\nSELECT 1;', 'core', 'c002_x.sql')}),
	qr/\AWM014: .*rerun/, 'versioned revisions do not run again');

$node->stop;
done_testing();
