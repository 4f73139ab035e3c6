# Whatever is edited in a repeatable file without touching what it made: afterwards the database is what the files make
# of an empty one. The pack and its edits are random; WHISPER_EDIT_SEED repeats a run, WHISPER_EDIT_ROUNDS makes it longer.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database rows schema_of write_files);

my $seed = $ENV{WHISPER_EDIT_SEED} // time;
my $rounds = $ENV{WHISPER_EDIT_ROUNDS} // 3;
my $files_in_pack = 4;
my $edits_in_round = 3;
srand $seed;
note "WHISPER_EDIT_SEED=$seed";

my $node = new_node('property');
my $root = PostgreSQL::Test::Utils::tempdir;
$node->safe_psql('postgres', 'CREATE ROLE property_owner; CREATE ROLE property_reader');
my $manifest = q({"name": "property", "tiers": [{"name": "app", "kind": "repeatable"}]});
my $number = 0;

# Groups of statements as people write them; N is another number in each. One that is in front of a "|" may be edited:
# it replaces what it made, or a DROP in front of it does.
my @groups = (
	[ 'CREATE TABLE tN (id int PRIMARY KEY, body text)', q{INSERT INTO tN VALUES (1, 'call set_config first')},
		q{WITH set_config AS (SELECT 2 AS id) INSERT INTO tN SELECT id, 'SET ROLE' FROM set_config},
		q{INSERT INTO tN VALUES (3, 'x') ON CONFLICT DO NOTHING}, q{COMMENT ON TABLE tN IS 'x'}, 'GRANT SELECT ON tN TO property_reader' ],
	[ 'CREATE SCHEMA sN', 'CREATE TABLE sN.same (id int)', 'CREATE TABLE IF NOT EXISTS same (id int)', 'INSERT INTO sN.same VALUES (1)',
		'INSERT INTO same SELECT 1 WHERE NOT EXISTS (TABLE same)', 'CREATE INDEX ON sN.same (id)' ],
	[ 'CREATE SCHEMA rN AUTHORIZATION property_owner', 'SET ROLE property_owner', 'SET search_path = rN', 'CREATE TABLE inside (id serial)',
		'INSERT INTO inside DEFAULT VALUES', 'RESET search_path', 'RESET ROLE' ],
	[ 'CREATE SCHEMA cN', q{SELECT set_config('search_path', 'cN, public', false)}, 'CREATE TABLE here (id int)', 'INSERT INTO here VALUES (1)',
		q{SELECT pg_catalog.set_config('search_path', '"$user", public', false)} ],
	[ q{CREATE OR REPLACE FUNCTION fN() RETURNS int LANGUAGE sql AS 'SELECT E'|}, 'ALTER FUNCTION fN() SECURITY DEFINER SET search_path = pg_catalog',
		q{COMMENT ON FUNCTION fN() IS 'set_config'}, 'GRANT EXECUTE ON FUNCTION fN() TO property_reader', 'ALTER FUNCTION fN() OWNER TO property_owner' ],
	[ q{CREATE FUNCTION gN() RETURNS text LANGUAGE sql AS $$ SELECT set_config('a.b', 'c', true) $$}, 'CREATE TABLE uN (v text)',
		'INSERT INTO uN VALUES (gN())', q{DO $$ BEGIN INSERT INTO uN VALUES ('d'); END $$} ],
	[ 'CREATE OR REPLACE VIEW vN AS SELECT E AS x|', 'ALTER VIEW vN SET (security_barrier)', 'ALTER VIEW vN ALTER x SET DEFAULT 7',
		'GRANT SELECT ON vN TO property_reader' ],
	[ 'CREATE TABLE by_N (by int)', q{CREATE OR REPLACE FUNCTION tfN() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; /* E */ END'|},
		'CREATE OR REPLACE TRIGGER trN BEFORE INSERT ON by_N FOR EACH ROW WHEN (NEW.by <> E) EXECUTE FUNCTION tfN()|',
		'ALTER TABLE by_N DISABLE TRIGGER trN', 'INSERT INTO by_N VALUES (1)' ],
	[ 'CREATE TABLE "Odd N.name" ("a on b" int)', 'ALTER TABLE "Odd N.name" ENABLE ROW LEVEL SECURITY', 'CREATE POLICY pN ON "Odd N.name" USING (true)',
		'INSERT INTO "Odd N.name" VALUES (1)' ],
	[ q{CREATE TYPE eN AS ENUM ('a')}, q{CREATE DOMAIN dN AS text CHECK (VALUE <> 'RESET ALL')}, 'CREATE SEQUENCE qN',
		q{SELECT setval('qN', 7)}, 'CREATE TABLE wN (e eN, d dN)', q{INSERT INTO wN VALUES ('a', 'b')} ],
	[ 'CREATE TEMP TABLE passing_N ON COMMIT DROP AS SELECT 1 AS a', 'CREATE TABLE kept_N AS TABLE passing_N' ],
	[ 'CREATE SCHEMA lN AUTHORIZATION property_owner', 'SET LOCAL ROLE property_owner', 'CREATE TABLE lN.t (a int)', 'RESET ROLE' ],
	[ 'CREATE MATERIALIZED VIEW mN AS SELECT 1 AS a', 'CREATE UNIQUE INDEX miN ON mN (a)', 'REFRESH MATERIALIZED VIEW mN' ],
	[ 'DROP TYPE IF EXISTS moodN CASCADE', q{CREATE TYPE moodN AS ENUM ('a', 'E')|}, 'CREATE TABLE felt_N (id int)',
		'ALTER TABLE felt_N ADD COLUMN m moodN', 'CREATE INDEX ON felt_N (m)', 'CREATE VIEW feltv_N AS SELECT m FROM felt_N',
		q{COMMENT ON COLUMN felt_N.m IS 'x'}, 'GRANT SELECT ON feltv_N TO property_reader', 'INSERT INTO felt_N (id) VALUES (1)' ],
	[ 'DROP FUNCTION IF EXISTS kN(int) CASCADE', q{CREATE FUNCTION kN(a int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT a + E'|},
		q{CREATE FUNCTION kN(a text) RETURNS int LANGUAGE sql AS 'SELECT 1'}, 'ALTER FUNCTION kN(int) SECURITY DEFINER',
		'CREATE TABLE keyed_N (a int)', 'INSERT INTO keyed_N VALUES (1)', 'CREATE INDEX ON keyed_N (kN(a))',
		'CREATE VIEW kv_N AS SELECT kN(a) AS k FROM keyed_N', 'ALTER VIEW kv_N OWNER TO property_owner',
		'REVOKE EXECUTE ON FUNCTION kN(int) FROM public', q{COMMENT ON FUNCTION kN(text) IS 'x'} ],
	[ 'DROP VIEW IF EXISTS wide_N CASCADE', 'CREATE TABLE low_N (a int)', 'CREATE VIEW wide_N AS SELECT a, E AS e FROM low_N|',
		'CREATE VIEW upper_N AS SELECT * FROM wide_N', q{DO $$ BEGIN CREATE VIEW top_N AS TABLE upper_N; END $$},
		'CREATE RULE kept_N AS ON INSERT TO upper_N DO INSTEAD NOTHING', 'GRANT SELECT ON top_N TO property_reader',
		q{COMMENT ON RULE kept_N ON upper_N IS 'x'} ],
	[ 'DROP DOMAIN IF EXISTS smallN CASCADE', 'CREATE DOMAIN smallN AS int CHECK (VALUE < 1000 + E)|', 'CREATE TABLE used_N (a int)',
		'ALTER TABLE used_N ADD COLUMN b smallN', 'ALTER TABLE used_N ALTER b SET DEFAULT 5', q{COMMENT ON DOMAIN smallN IS 'x'} ],
	[ 'CREATE OR REPLACE PROCEDURE callN() LANGUAGE sql AS $$ SELECT E $$|', 'ALTER PROCEDURE callN() SET work_mem = 64',
		q{DO $$ BEGIN EXECUTE 'ALTER PROCEDURE callN() SECURITY DEFINER'; END $$}, 'GRANT EXECUTE ON PROCEDURE callN() TO property_reader' ],
	[ 'CREATE SCHEMA xN', 'DROP TABLE IF EXISTS xN.t CASCADE', 'CREATE TABLE xN.t (a int, e int DEFAULT E)|', 'INSERT INTO xN.t VALUES (1)',
		'CREATE UNIQUE INDEX ON xN.t (a)', 'GRANT USAGE ON SCHEMA xN TO property_reader', 'GRANT SELECT ON ALL TABLES IN SCHEMA xN TO property_reader' ],
	[ 'CREATE TABLE parent_N (a int) PARTITION BY RANGE (a)', 'CREATE TABLE child_N (a int)',
		'ALTER TABLE parent_N ATTACH PARTITION child_N FOR VALUES FROM (1) TO (9)', 'INSERT INTO parent_N VALUES (1)' ],
);
# What has nothing to do with the rest of a file.
my @unrelated = (
	'CREATE TABLE extra_N (a int)', 'CREATE TABLE extra_N AS SELECT 1 AS a',
	'CREATE TABLE IF NOT EXISTS extra_N (a int)', 'CREATE VIEW extra_N AS SELECT 1 AS a',
	q{CREATE FUNCTION extra_N() RETURNS text LANGUAGE sql AS $$ SELECT 'SET ROLE' $$},
	q{DO $$ BEGIN EXECUTE 'CREATE TABLE extra_N (a int)'; END $$}, q{SELECT 'set_config'},
	'CREATE TYPE extra_N AS (a int)', 'DROP TABLE IF EXISTS nothing_N CASCADE', 'SET work_mem = 64',
);

sub one_of { return $_[ rand @_ ] }

sub with_number
{
	my ($n, $e, $statement) = @_;
	return $statement =~ s/(?<=[a-z_])N(?![A-Z])|(?<=Odd )N/$n/gr =~ s/\bE\b/$e/gr;
}

# Statements of a file: text, whether it may be edited, its number.
sub new_file
{
	my @statements;
	for (1 .. 3)
	{
		my ($n, $group) = (++$number, one_of(@groups));
		push @statements, map { { n => $n, e => 1, edits => scalar(s/\|\z//r ne $_), text => s/\|\z//r } } @$group;
	}
	return \@statements;
}

sub text_of
{
	my ($statements) = @_;
	return join '', map { ($_->{comment} // '') . with_number($_->{n}, $_->{e}, $_->{text}) . ";\n" } @$statements;
}

sub edit
{
	my ($statements) = @_;
	my $place = int rand @$statements;
	my $how = one_of('comment', 'statement', 'statement', 'edit');
	my @edited = grep { $_->{edits} } @$statements;
	if ($how eq 'edit' && @edited)
	{
		one_of(@edited)->{e}++;
	}
	elsif ($how eq 'comment')
	{
		$statements->[$place]{comment} .= one_of("-- set_config('role', 'x', true)\n", "/* RESET ROLE; */ ");
	}
	else
	{
		splice @$statements, $place, 0, { n => ++$number, e => 1, edits => 0, text => one_of(@unrelated) };
	}
	return;
}

sub counts
{
	my ($name) = @_;
	return rows($node, $name, q{SELECT n.nspname, c.relname, (xpath('/row/c/text()', query_to_xml(format('SELECT count(*) AS c FROM %I.%I',
		n.nspname, c.relname), false, true, '')))[1] FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'whisper')
		AND n.nspname !~ '^pg_temp' ORDER BY 1, 2});
}

# What is dropped and made again loses its rows.
my $upgrade = q{SELECT revision FROM whisper_upgrade('head', allow_data_loss => true)};
for my $round (1 .. $rounds)
{
	my $pack = "$root/pack$round";
	my @files = map { new_file() } 1 .. $files_in_pack;
	my $write = sub {
		write_files($pack, 'pack.json' => $manifest, map({ (sprintf('app/%03d_file.sql', $_) => text_of($files[$_])) } 0 .. $#files));
	};
	$write->();
	new_database($node, "edited$round", $pack);
	rows($node, "edited$round", 'GRANT ALL ON SCHEMA public TO public');
	rows($node, "edited$round", $upgrade);
	for (1 .. $edits_in_round)
	{
		edit(one_of(@files));
		$write->();
		rows($node, "edited$round", $upgrade);
	}
	new_database($node, "fresh$round", $pack);
	rows($node, "fresh$round", 'GRANT ALL ON SCHEMA public TO public');
	rows($node, "fresh$round", $upgrade);
	is(schema_of($node, "edited$round"), schema_of($node, "fresh$round"), "round $round: schema and owners")
	  or diag("WHISPER_EDIT_SEED=$seed");
	is(counts("edited$round"), counts("fresh$round"), 'and rows') or diag("WHISPER_EDIT_SEED=$seed");
	is(rows($node, "edited$round", $upgrade), '', 'and nothing is left to do');
	$node->safe_psql('postgres', "DROP DATABASE edited$round; DROP DATABASE fresh$round");
}

$node->stop;
done_testing();
