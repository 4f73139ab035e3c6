# What each statement of a repeatable file really made is recorded, and asked when the file is edited: afterwards a
# database is what the file makes of an empty one.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database rows raises schema_of write_files);

my $node = new_node('objects');
my $root = PostgreSQL::Test::Utils::tempdir;
my $pack = "$root/shop";
my $manifest = q({"name": "shop", "tiers": [{"name": "app", "kind": "repeatable"}]});
my $upgrade = q{SELECT revision, statements FROM whisper_upgrade('head', allow_data_loss => true)};
my $recorded = q{SELECT number, change, object_type, object_identity FROM whisper.statement_object ORDER BY 1, 2, 3, 4};
my $versions = 0;

sub edit
{
	my (@statements) = @_;
	write_files($pack, 'pack.json' => $manifest, 'app/010_text.sql' => join "\n", @statements, '');
	return;
}

sub base
{
	my ($name, @statements) = @_;
	edit(@statements);
	new_database($node, $name, $pack);
	rows($node, $name, $upgrade);
	return;
}

# A database upgraded with one text after the other is what the last one makes of an empty database.
sub same_as_fresh
{
	my ($name, $ran, $query, @texts) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($old, $fresh) = map { $_ . ++$versions } 'old', 'fresh';
	base($old, shift @texts);
	while (defined(my $text = shift @texts))
	{
		edit($text);
		is(rows($node, $old, $upgrade), "010_text|$ran", "$name: $ran statements") if !@texts;
		rows($node, $old, $upgrade) if @texts;
	}
	new_database($node, $fresh, $pack);
	rows($node, $fresh, $upgrade);
	is(schema_of($node, $old), schema_of($node, $fresh), 'and the file is what is there');
	is(rows($node, $old, $query), rows($node, $fresh, $query), 'with its rows');
	is(rows($node, $old, $recorded), rows($node, $fresh, $recorded), 'and its record');
	is(rows($node, $old, $upgrade), '', 'once');
	return;
}

# What is recorded

base('record', 'CREATE TABLE c (id serial PRIMARY KEY, b text UNIQUE DEFAULT 1); CREATE INDEX ON c (b);', 'INSERT INTO c (b) VALUES (1);',
	q{COMMENT ON COLUMN c.b IS 'b'; GRANT SELECT ON c TO public; CREATE TEMP TABLE t (a int);},
	q{ALTER TABLE c ADD COLUMN d int DEFAULT 5, ADD CONSTRAINT positive CHECK (d > 0);},
	q{DO $$ BEGIN CREATE VIEW v AS TABLE c; END $$; CREATE OR REPLACE VIEW v AS SELECT * FROM c; ALTER TABLE c RENAME TO e;},
	'CREATE TABLE gone (a int); DROP TABLE gone;');
is(rows($node, 'record', $recorded), <<'.' =~ s/\n\z//r, 'objects by statement, as they are called at the end');
1|created|table|public.e
2|created|index|public.c_b_idx
4|altered|table column|public.e.b
5|altered|table|public.e
7|altered|table|public.e
7|created|table column|public.e.d
7|created|table constraint|positive on public.e
8|created|view|public.v
9|created|view|public.v
10|altered|table|public.e
.
is(rows($node, 'record', q{SELECT * FROM whisper_downgrade('base', allow_data_loss => true)}) ne '', 1, 'taken back');
is(rows($node, 'record', 'SELECT count(*) FROM whisper.statement_object'), 0, 'nothing is left of it');

# Routines with other arguments

my $routine = q{CREATE OR REPLACE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1';};
my $other = q{CREATE OR REPLACE FUNCTION f(a int, b int DEFAULT 0) RETURNS int LANGUAGE sql AS 'SELECT 2';};
base('arguments', $routine);
edit($other);
raises($node, 'arguments', $upgrade, 'WM020', 'another function of the name would leave the old one',
	qr/CREATE OR REPLACE FUNCTION f, and function "public\.f\(integer\)" exists/, qr/HINT:  write DROP FUNCTION IF EXISTS public\.f\(integer\); in front/);
same_as_fresh('with the DROP that the hint says', 2, 'SELECT f(1)', $routine, "DROP FUNCTION IF EXISTS public.f(integer); $other");

# What CREATE OR REPLACE resets

same_as_fresh('a function', 4, 'SELECT f()', map { "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT $_';"
	  . "ALTER FUNCTION f() SECURITY DEFINER SET search_path = pg_catalog; COMMENT ON FUNCTION f IS 'f';"
	  . 'GRANT EXECUTE ON FUNCTION f() TO pg_monitor; CREATE TABLE t (a int);' } 1, 2);
same_as_fresh('what is replaced twice', 3, 'TABLE v', map { "CREATE OR REPLACE VIEW v AS SELECT $_ AS a; CREATE OR REPLACE VIEW v AS SELECT 7 AS a;"
	  . q{ DO $$ BEGIN ALTER VIEW v SET (security_barrier); END $$;} } 1, 2);
same_as_fresh('a trigger', 2, 'TABLE c', map { 'CREATE TABLE c (a int); CREATE OR REPLACE TRIGGER t BEFORE UPDATE ON c FOR EACH ROW'
	  . " WHEN (NEW.a <> $_) EXECUTE FUNCTION suppress_redundant_updates_trigger(); ALTER TABLE c DISABLE TRIGGER ALL;" } 1, 2);
same_as_fresh('a rule', 2, 'TABLE c', map { 'CREATE TABLE c (a int);'
	  . "CREATE OR REPLACE RULE r AS ON DELETE TO c WHERE OLD.a = $_ DO INSTEAD NOTHING; ALTER TABLE c DISABLE RULE r;" } 1, 2);

same_as_fresh('a constraint', 2, 'TABLE c', map { 'CREATE TABLE c (a int); ALTER TABLE c DROP CONSTRAINT IF EXISTS positive;'
	  . "ALTER TABLE c ADD CONSTRAINT positive CHECK (a > $_);" } 1, 2);

# What goes along

same_as_fresh('a type', 7, 'TABLE t', map { "DROP TYPE IF EXISTS e CASCADE; CREATE TYPE e AS ENUM ('a'$_); CREATE TABLE t (id int);"
	  . "ALTER TABLE t ADD COLUMN m e; COMMENT ON COLUMN t.m IS 'm'; CREATE INDEX ON t (m); CREATE VIEW v AS SELECT m FROM t; COMMENT ON VIEW v IS 'v';" } '', ", 'b'");
same_as_fresh('what a block made', 4, 'TABLE d', map { "CREATE TABLE c (a int PRIMARY KEY); $_"
	  . q{DO $$ BEGIN CREATE TABLE d (a int); END $$; INSERT INTO d VALUES (1); CREATE INDEX ON d (a);} } '', 'DROP TABLE IF EXISTS d;');
same_as_fresh('a schema', 6, 'TABLE s.t', map { "DROP SCHEMA IF EXISTS s CASCADE; CREATE SCHEMA s$_;"
	  . 'CREATE TABLE s.t (a int); INSERT INTO s.t VALUES (1); GRANT SELECT ON ALL TABLES IN SCHEMA s TO public; GRANT USAGE ON SCHEMA s TO public;' }
	'', ' AUTHORIZATION pg_monitor');
same_as_fresh('privileges on all in a schema', 3, 'TABLE t', map { "DROP TABLE IF EXISTS t; CREATE TABLE t (a $_);"
	  . 'GRANT SELECT ON ALL TABLES IN SCHEMA public TO public;' } 'int', 'text');
same_as_fresh('a domain', 4, 'TABLE t', map { "DROP DOMAIN IF EXISTS d CASCADE; CREATE DOMAIN d AS int CHECK (VALUE > $_); CREATE TABLE t (a int);"
	  . 'ALTER TABLE t ADD COLUMN b d; ALTER DOMAIN d SET DEFAULT 7;' } 1, 2);

# Temporary tables

my $keys = 'CREATE TABLE t (a int PRIMARY KEY); CREATE TEMP TABLE tmp (a int); INSERT INTO tmp VALUES (1); CREATE TEMP TABLE more AS SELECT a + 1 AS a FROM tmp;'
  . 'INSERT INTO t SELECT a FROM tmp ON CONFLICT DO NOTHING; %s DROP TABLE tmp; DROP TABLE more;';
same_as_fresh('temporary tables', 6, 'TABLE t', map { sprintf $keys, $_ } '', 'INSERT INTO t SELECT a FROM more;');
same_as_fresh('that nothing needs', 1, 'TABLE t', map { sprintf $keys, $_ } '', q{COMMENT ON TABLE t IS 't';});

# Names that lead elsewhere

base('path', 'CREATE SCHEMA s; SET search_path = s; CREATE OR REPLACE VIEW v AS SELECT 1 AS a;');
edit('CREATE SCHEMA s; SET search_path = public; CREATE OR REPLACE VIEW v AS SELECT 1 AS a;');
is(rows($node, 'path', "$upgrade; SELECT to_regclass('public.v')"), "010_text|2\nv", 'another path makes the view there');
my $placed = 'CREATE SCHEMA s; SET search_path = %s; CREATE TABLE t (a int); INSERT INTO t VALUES (1);';
base('placed', sprintf $placed, 's');
edit(sprintf $placed, 'public');
raises($node, 'placed', $upgrade, 'WM020', 'a table that would be made elsewhere', qr/statement 3 of "010_text" would make another object than when it ran/, qr/table "t" exists/,
	qr/HINT:  keep SET and RESET above it/);
edit(sprintf($placed, 's') . ' SET search_path = public; CREATE TABLE other (a int);');
is(rows($node, 'placed', $upgrade), '010_text|3', 'a path for what is new changes nothing above it');

my $key = 'CREATE TABLE c (a int PRIMARY KEY); CREATE TABLE d (a int); ALTER TABLE d ADD FOREIGN KEY (a) REFERENCES c; COMMENT ON TABLE d IS \'d\';';
base('referring', $key);
edit('SET search_path = public;', $key, 'CREATE TABLE e (a int);');
is(rows($node, 'referring', $upgrade), '010_text|2', 'nor does one that leads to the same objects');

# Renamed, dumped, dropped by hand

same_as_fresh('a renamed table', 4, 'TABLE b', 'CREATE TABLE a (x int); INSERT INTO a VALUES (1); ALTER TABLE a RENAME TO b;',
	'DROP TABLE IF EXISTS b; CREATE TABLE a (x int); INSERT INTO a VALUES (1); ALTER TABLE a RENAME TO b;');
my $indexed = 'CREATE TABLE c (a int, b int); DROP INDEX IF EXISTS ci; CREATE INDEX ci ON c (%s); COMMENT ON INDEX ci IS \'ci\'; ALTER TABLE c RENAME TO d;';
base('before', sprintf $indexed, 'a');
my $dump = $node->backup_dir . '.sql';
$node->command_ok([ 'pg_dump', '-f', $dump, 'before' ], 'a dump');
$node->safe_psql('postgres', 'CREATE DATABASE restored TEMPLATE template0');
$node->command_ok([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-f', $dump, 'restored' ], 'and what it restores');
WhisperTest::set_location($node, 'restored', $pack);
edit(sprintf $indexed, 'b');
raises($node, 'restored', $upgrade, '42P01', 'a statement above a renaming finds no table', qr/relation "c" does not exist/);
edit(sprintf($indexed, 'b') =~ s/ON c \(b\)/ON d (b)/r =~ s/(.*)(ALTER.*)/$1/r . 'ALTER TABLE c RENAME TO d;');
is(rows($node, 'restored', qq{$upgrade; SELECT obj_description('ci'::regclass), pg_get_indexdef('ci'::regclass)}),
	"010_text|3\nci|CREATE INDEX ci ON public.d USING btree (b)", 'records outlive a dump');

my $schema = 'CREATE SCHEMA s; CREATE TABLE s.t (a int); CREATE FUNCTION s.f(s.t) RETURNS int LANGUAGE sql AS \'SELECT 1\'; COMMENT ON COLUMN s.t.a IS \'a\';';
base('schemas', $schema);
edit($schema, 'ALTER SCHEMA s RENAME TO r;');
rows($node, 'schemas', $upgrade);
is(rows($node, 'schemas', 'SELECT number, object_type, object_identity, object_names, object_arguments FROM whisper.statement_object ORDER BY 1'),
	"1|schema|r|{r}|{}\n2|table|r.t|{r,t}|{}\n3|function|r.f(r.t)|{r,f}|{r.t}\n4|table column|r.t.a|{r,t,a}|{}\n5|schema|r|{r}|{}",
	'records follow a schema that gets another name');

base('byhand', 'CREATE TABLE c (a int); CREATE INDEX ci ON c (a); COMMENT ON TABLE c IS \'c\'; INSERT INTO c VALUES (1);');
rows($node, 'byhand', 'DROP TABLE c');
edit('CREATE TABLE c (a int, b int); CREATE INDEX ci ON c (a); COMMENT ON TABLE c IS \'c\'; INSERT INTO c VALUES (1);');
is(rows($node, 'byhand', "$upgrade; SELECT count(*) FROM c"), "010_text|4\n1", 'what somebody dropped is made anew with all that is about it');

# Who may not look into a schema may edit the rest of the file.
my $hidden = "CREATE SCHEMA h; CREATE TABLE h.t (a int); COMMENT ON TABLE h.t IS 't'; CREATE FUNCTION h.f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';"
  . "COMMENT ON FUNCTION h.f(int) IS 'f'; INSERT INTO h.t VALUES (1);";
base('hidden', $hidden);
rows($node, 'hidden', 'CREATE ROLE limited; GRANT CREATE ON SCHEMA public TO limited; GRANT EXECUTE ON FUNCTION whisper_upgrade TO limited');
edit('CREATE TABLE other (a int);', $hidden, 'CREATE TABLE another (a int);');
is(rows($node, 'hidden', "SET SESSION AUTHORIZATION limited; $upgrade"), '010_text|2', 'names in a hidden schema are no error');

# What is in the way

base('nothing', 'CREATE TABLE c (a int); CREATE TABLE IF NOT EXISTS c (a int); CREATE TABLE d (a int); ALTER TABLE d ADD COLUMN b int;');
edit('CREATE TABLE c (a int); CREATE TABLE IF NOT EXISTS c (b int); CREATE TABLE d (a int); ALTER TABLE d ADD COLUMN b int;');
is(rows($node, 'nothing', $upgrade), '010_text|1', 'a statement that made nothing may be edited');
edit('CREATE TABLE c (a int); CREATE TABLE IF NOT EXISTS c (b int); CREATE TABLE d (a int);');
for my $function ($upgrade, 'SELECT whisper_sql()')
{
	raises($node, 'nothing', $function, 'WM020', 'a column that would stay', qr/ALTER TABLE d, and table "d" exists/);
}
edit('CREATE TABLE c (a int); CREATE TABLE IF NOT EXISTS c (b int); CREATE TABLE d (a int); ALTER TABLE d DROP COLUMN IF EXISTS b;');
like(rows($node, 'nothing', 'SELECT whisper_sql()'), qr/DROP COLUMN/, 'a DROP in its place is printed');
is(rows($node, 'nothing', $upgrade), '010_text|1', 'and run');
edit('CREATE TABLE c (a int); CREATE TABLE d (a int); CREATE TABLE d (b int);');
raises($node, 'nothing', $upgrade, '42P07', 'an error of the new text stays its own', qr/relation "d" already exists/);

new_database($node, 'stamped', $pack);
edit('CREATE TABLE c (a int); CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS \'SELECT 1\';');
rows($node, 'stamped', "CREATE TABLE c (a int); CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1'; SELECT whisper_stamp('heads')");
is(rows($node, 'stamped', $recorded), "1|created|table|public.c\n2|created|function|public.f(integer)", 'what is stamped is taken for what it names');
edit('CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS \'SELECT 1\';');
raises($node, 'stamped', $upgrade, 'WM020', 'and is in the way likewise', qr/table "c" exists/);

# The script for psql has the statements that an upgrade runs

base('printed', 'CREATE TABLE c (a int PRIMARY KEY); CREATE VIEW v AS TABLE c; GRANT SELECT ON v TO public; CREATE TABLE d (a int REFERENCES c); COMMENT ON VIEW v IS \'v\';');
edit('DROP VIEW IF EXISTS v; CREATE TABLE c (a int PRIMARY KEY); CREATE VIEW v AS TABLE c; GRANT SELECT ON v TO public; CREATE TABLE d (a int REFERENCES c); COMMENT ON VIEW v IS \'v\';');
my @printed = rows($node, 'printed', 'SELECT whisper_sql()') =~ /^((?:DROP|CREATE|GRANT|COMMENT)[^\n]*);$/mg;
is("@printed", 'DROP VIEW IF EXISTS v CREATE VIEW v AS TABLE c GRANT SELECT ON v TO public COMMENT ON VIEW v IS \'v\'', 'what would go is asked of the catalogs');
is(rows($node, 'printed', $upgrade), '010_text|4', 'as many as run');

$node->stop;
done_testing();
