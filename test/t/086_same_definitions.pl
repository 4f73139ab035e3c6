# Adoption takes what is there for what a revision makes only where it means the same: a cast that computes something
# counts, one that a dump writes elsewhere does not.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database database_of rows write_files);

my $node = new_node('same');

# What differs in meaning

my @others = (
	[ 'CONSTRAINT ordered CHECK (lo::text <= hi::text)', '', 'CONSTRAINT ordered CHECK (lo <= hi)', '' ],
	[ '', 'CREATE UNIQUE INDEX r_i ON r ((lo::text))', '', 'CREATE UNIQUE INDEX r_i ON r (lo)' ],
	[ '', "CREATE INDEX r_i ON r (name) WHERE lo::text > '1'", '', "CREATE INDEX r_i ON r (name) WHERE lo > '1'" ],
	[ '', 'CREATE INDEX r_i ON r (name text_pattern_ops, (lo + 1))', '', 'CREATE INDEX r_i ON r (name, (lo + 1))' ],
	[ '', 'CREATE INDEX r_i ON r ((lo + 1) DESC, name)', '', 'CREATE INDEX r_i ON r ((lo + 1), name)' ],
	[ '', 'CREATE INDEX r_i ON r ((lo + 1)) INCLUDE (name)', '', 'CREATE INDEX r_i ON r ((lo + 1), name)' ],
	[ '', 'CREATE INDEX r_i ON r (name COLLATE "C") WHERE lo > 1', '', 'CREATE INDEX r_i ON r (name) WHERE lo > 1' ],
	[ '', 'CREATE INDEX r_i ON r (name) WITH (fillfactor = 50) WHERE lo > 1', '', 'CREATE INDEX r_i ON r (name) WHERE lo > 1' ],
	[ 'd text DEFAULT now()::text', '', 'd text DEFAULT now()::date::text', '' ],
	[ 'd text GENERATED ALWAYS AS (lo::text || name) STORED', '', 'd text GENERATED ALWAYS AS (hi::text || name) STORED', '' ],
	[ 'CHECK ((lo + 1) * 2 > hi)', '', 'CHECK (lo + 1 * 2 > hi)', '' ],
	[ 'CHECK (fixed::text = name)', '', 'CHECK (fixed = name::char(8))', '' ],
	[ 'CHECK (name::varchar(3) = short)', '', 'CHECK (name = short)', '' ],
	[ '', 'CREATE VIEW w AS SELECT lo FROM r WHERE lo::text = name', '', "CREATE VIEW w AS SELECT lo FROM r WHERE lo = length(name)" ],
	[ '', 'CREATE VIEW w AS SELECT short::text AS short FROM r', '', 'CREATE VIEW w AS SELECT short FROM r' ],
	[ '', 'ALTER TABLE r ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON r USING (lo::text = name)', '', 'ALTER TABLE r ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON r USING (lo = 1)' ],
	[ '', 'CREATE TRIGGER t BEFORE UPDATE ON r FOR EACH ROW WHEN (OLD.lo::text = NEW.name) EXECUTE FUNCTION suppress_redundant_updates_trigger()', '', 'CREATE TRIGGER t BEFORE UPDATE ON r FOR EACH ROW WHEN (NEW.lo::text = OLD.name) EXECUTE FUNCTION suppress_redundant_updates_trigger()' ],
	[ '', "CREATE DOMAIN d AS text CHECK (VALUE::int > 1)", '', "CREATE DOMAIN d AS text CHECK (VALUE > '1')" ],
	[ 'EXCLUDE (lo WITH =) WHERE (lo::text = name)', '', 'EXCLUDE (lo WITH =) WHERE (lo = 1)', '' ]);

sub script_of
{
	my ($part, $after) = @_;
	return "CREATE TABLE r (lo int, hi int, name text, short varchar, fixed char(8)" . ($part ? ", $part" : '') . ");\n" . ($after ? "$after;\n" : '');
}

new_database($node, 'empty');
my $number = 0;
for my $pair (@others)
{
	my ($wanted, $wanted_after, $there, $there_after) = @$pair;
	my $name = 'other_' . ++$number;
	$node->safe_psql('postgres', "CREATE DATABASE $name TEMPLATE empty");
	my $pack = PostgreSQL::Test::Utils::tempdir;
	write_files($pack, 'main/001_t.sql' => "-- migrate:up\n" . script_of($wanted, $wanted_after));
	WhisperTest::set_location($node, $name, $pack);
	rows($node, $name, script_of($there, $there_after));
	is(rows($node, $name, 'SELECT verdict FROM whisper_adopt()'), 'different', "not the same: $wanted$wanted_after, $there$there_after");
}

# What is the same, as it was written and as a dump brings it back

my $all = q{CREATE DOMAIN kind AS varchar(9) CHECK (VALUE IN ('a', 'b'));
CREATE TABLE other (id int PRIMARY KEY, label varchar NOT NULL DEFAULT 'none', flag boolean);
CREATE TABLE r (id bigint DEFAULT 5, name varchar(20) DEFAULT 'x' CHECK (name IN ('x', 'y', 'it''s')), label text DEFAULT 'q'::varchar, k kind,
	tags varchar[] DEFAULT '{a,b}', fixed char(3) CHECK (fixed IN ('abc', 'd')),
	CHECK (name <> label AND (label LIKE 'q%' OR lower(name) = ANY (ARRAY['x', 'y']))),
	CHECK (label = ANY (tags)), up text GENERATED ALWAYS AS (upper(name) || label) STORED,
	EXCLUDE USING gist (int8range(id, id + 1) WITH &&) WHERE (name = 'x'));
CREATE INDEX r_1 ON r (lower(name), label DESC) WHERE name IN ('x', 'y') AND label <> 'z';
CREATE INDEX r_2 ON r ((name || label) text_pattern_ops) INCLUDE (id);
CREATE VIEW v AS SELECT name, label::varchar AS l, CASE WHEN name = 'x' THEN 'y' ELSE label END AS c FROM r WHERE name IN ('x', 'y')
	AND EXISTS (SELECT FROM other o WHERE o.label = r.name) UNION ALL SELECT label, label, 'a' FROM other WHERE label BETWEEN 'a' AND 'b';
ALTER VIEW v RENAME COLUMN c TO chosen;
CREATE MATERIALIZED VIEW m AS WITH x AS (SELECT string_agg(label, ', ' ORDER BY label) AS labels FROM other WHERE flag) SELECT x.labels, count(*) FILTER (WHERE name = 'x') OVER (PARTITION BY name) AS n FROM x, r WHERE flagged(name);
ALTER TABLE r ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON r USING (name IN ('x', 'y') AND label IN (SELECT o.label FROM other o WHERE o.label = r.name)) WITH CHECK (name = 'x');
CREATE TRIGGER t BEFORE UPDATE OF name ON r FOR EACH ROW WHEN (OLD.name IS DISTINCT FROM NEW.label AND NEW.name IN ('x', 'y')) EXECUTE FUNCTION suppress_redundant_updates_trigger();
};
$all = "CREATE FUNCTION flagged(varchar) RETURNS boolean LANGUAGE sql AS 'SELECT true';\n$all";
database_of($node, 'written', 'main/001_t.sql' => "-- migrate:up\n$all");
$node->safe_psql('postgres', 'CREATE DATABASE restored');
rows($node, 'written', 'SELECT whisper_upgrade()');
my $dump = PostgreSQL::Test::Utils::tempdir . '/dump';
$node->command_ok([ 'pg_dump', '--schema=public', '-f', $dump, $node->connstr('written') ], 'dumped');
my $text = slurp_file($dump);
$text =~ s/^CREATE SCHEMA public.*$//m;
$text =~ s/^ALTER SCHEMA public.*$//m;
$node->safe_psql('restored', $text);
is(rows($node, 'written', 'SELECT pg_get_constraintdef(oid) FROM pg_constraint ORDER BY 1')
	  ne rows($node, 'restored', 'SELECT pg_get_constraintdef(oid) FROM pg_constraint ORDER BY 1') ? 1 : 0, 1, 'a dump prints definitions another way');
$node->safe_psql('restored', 'CREATE EXTENSION whisper_migrate');
my $pack = rows($node, 'written', 'SHOW whisper_migrate.script_location');
WhisperTest::set_location($node, 'restored', $pack);
is(rows($node, 'restored', 'SELECT verdict, differences FROM whisper_adopt()'), 'present|', 'which means the same');

# Nothing is run and no lock is left by looking

rows($node, 'restored', q{CREATE TABLE ran (n int); CREATE FUNCTION told(text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS 'BEGIN INSERT INTO ran VALUES (1); RETURN $1; END';
	CREATE TABLE watched (a text, CHECK (told(a) = told('x')))});
is(rows($node, 'restored', q{BEGIN; SELECT count(*) FROM whisper_adopt(); SELECT count(*) FROM ran; SELECT count(*) FROM pg_locks WHERE relation = 'watched'::regclass AND mode <> 'AccessShareLock'}), "1\n0\n0",
	'constants are not folded');

$node->stop;
done_testing();
