# Edited files of a repeatable tier: afterwards a database is what the file makes of an empty one.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database rows raises revision_file write_files);

my $node = new_node('edits');
my $root = PostgreSQL::Test::Utils::tempdir;
my $pack = "$root/shop";
my $manifest = q({
	"name": "shop",
	"tiers": [{"name": "core", "kind": "versioned"}, {"name": "views", "kind": "repeatable"}]
});
# What a file drops and makes again loses its rows: that they must be allowed to go is another test's subject.
my $upgrade = q{SELECT revision, statements FROM whisper_upgrade('head', allow_data_loss => true)};
my $troubles = 'SELECT check_name, subject, detail, hint FROM whisper_verify() WHERE NOT ok';

sub edit
{
	my ($name, @statements) = @_;
	write_files($pack, "views/$name" => join "\n", @statements, '');
	return;
}

write_files($pack, 'pack.json' => $manifest, 'core/001_x.sql' => revision_file('c001', 'base', 'customers'));

# An index without a name

unlink glob "$pack/views/*.sql";
my $unnamed = 'CREATE TABLE c (a int, b int); CREATE INDEX ON c (a);';
edit('010_unnamed.sql', $unnamed);
new_database($node, 'unnamed', $pack);
rows($node, 'unnamed', $upgrade);
for my $edited ($unnamed =~ s/\(a\)/(a, b)/r, $unnamed =~ s/CREATE INDEX.*//r)
{
	edit('010_unnamed.sql', $edited);
	raises($node, 'unnamed', $upgrade, 'WM020', 'an index without a name was edited or removed',
		qr/statement 2 of "010_unnamed"/, qr/CREATE INDEX without a name, and what it made exists; file ".*", near line 1\./,
		qr/HINT:  keep the statement as it was, and below it write DROP INDEX IF EXISTS/);
}
edit('010_unnamed.sql', "$unnamed DROP INDEX IF EXISTS c_a_idx; CREATE INDEX c_ab ON c (a, b);");
is(rows($node, 'unnamed', "BEGIN; $upgrade; SELECT indexrelid::regclass FROM pg_index WHERE indrelid = 'c'::regclass; ROLLBACK"),
	"010_unnamed|2\nc_ab", 'what the hint says works');
$unnamed =~ s/\(a\)/(a, b)/;
edit('010_unnamed.sql', $unnamed);
rows($node, 'unnamed', q{SELECT whisper_load(); SELECT whisper_repair('010_unnamed')});
edit('010_unnamed.sql', "$unnamed INSERT INTO c VALUES (1, 2);");
is(rows($node, 'unnamed', $upgrade), '010_unnamed|1', 'the next edit is compared with what whisper_repair accepted');

# The script for psql does what an upgrade does

unlink glob "$pack/views/*.sql";
my $scripted = 'CREATE TABLE c (a int); INSERT INTO c VALUES (1);';
edit('010_scripted.sql', $scripted);
new_database($node, 'scripted', $pack);
like(rows($node, 'scripted', 'SELECT whisper_sql()'), qr/CREATE TABLE c.*INSERT INTO c/s, 'all of a new file');
rows($node, 'scripted', $upgrade);
edit('010_scripted.sql', 'SET work_mem = 64;', $scripted, 'INSERT INTO c VALUES (2);');
my $script = rows($node, 'scripted', 'SELECT whisper_sql()');
unlike($script, qr/CREATE TABLE c|\(1\)/, 'what has run of an edited file is not in the script');
rows($node, 'scripted', $script);
is(rows($node, 'scripted', 'TABLE c'), "1\n2", 'and the script runs');
edit('010_scripted.sql', 'CREATE TABLE c (b int);');
raises($node, 'scripted', 'SELECT whisper_sql()', 'WM020', 'it fails as the upgrade does', qr/statement 1/);

# What is said about an object that is dropped or made anew is said again

# Each database is upgraded with one text after the other, and is what the last one makes of an empty database.
my $versions = 0;
my $contents = q{SELECT c.oid::regclass, relkind, relacl, obj_description(c.oid, 'pg_class'), pg_get_viewdef(c.oid)
	FROM pg_class c WHERE relnamespace = 'public'::regnamespace ORDER BY c.relname;
	SELECT tgname, tgrelid::regclass FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1; SELECT pg_get_indexdef(indexrelid) FROM pg_index i
	JOIN pg_class c ON c.oid = i.indexrelid WHERE relnamespace = 'public'::regnamespace ORDER BY 1;
	SELECT conname, conrelid::regclass FROM pg_constraint WHERE contype = 'f' ORDER BY 1;
	SELECT proname, proacl, obj_description(oid, 'pg_proc') FROM pg_proc
	WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'f_%' ORDER BY proname};

sub same_as_fresh
{
	my ($name, $ran, $query, @texts) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($old, $fresh) = map { $_ . ++$versions } 'old', 'fresh';
	unlink glob "$pack/views/*.sql";
	new_database($node, $old, $pack);
	my $last;
	for my $text (@texts)
	{
		edit('010_text.sql', $text);
		$last = rows($node, $old, $upgrade);
	}
	new_database($node, $fresh, $pack);
	rows($node, $fresh, $upgrade);
	is($last, "010_text|$ran", "$name: $ran statements");
	is(rows($node, $old, "$contents; $query"), rows($node, $fresh, "$contents; $query"), 'and the file is what is there');
	is(rows($node, $old, $troubles), '', 'and belongs to it');
	is(rows($node, $old, $upgrade), '', 'once');
	return;
}
my $table = 'CREATE TABLE c (a int); CREATE INDEX ci ON c (a); GRANT SELECT ON c TO public; INSERT INTO c VALUES (7);'
  . q{ COMMENT ON INDEX ci IS 'an index';};
same_as_fresh('a DROP in front of a table', 6, 'TABLE c', $table, "DROP TABLE IF EXISTS c; $table");
same_as_fresh('a DROP of several', 9, 'TABLE c', "$table CREATE TABLE d (a int); INSERT INTO d VALUES (1);",
	"DROP TABLE IF EXISTS e, d, public.c; $table CREATE TABLE d (a int); INSERT INTO d VALUES (1); GRANT SELECT ON d TO public;");
same_as_fresh('a table that others are above', 5, 'TABLE c; TABLE e', 'CREATE TABLE e (a int); INSERT INTO e VALUES (1);' . $table,
	"DROP TABLE IF EXISTS d; CREATE TABLE e (a int); INSERT INTO e VALUES (1); $table CREATE TABLE d (a int);"
	  . 'CREATE INDEX di ON d (a); INSERT INTO d VALUES (1); COMMENT ON TABLE d IS \'d\'');
same_as_fresh('a DROP in front of CREATE OR REPLACE', 2, 'TABLE v', 'CREATE OR REPLACE VIEW v AS SELECT 1 AS x;',
	'DROP VIEW IF EXISTS v; CREATE OR REPLACE VIEW v AS SELECT 1 AS x;');
my $around = 'CREATE UNIQUE INDEX mi ON mv (x); GRANT SELECT ON mv TO public; COMMENT ON MATERIALIZED VIEW mv IS \'mv\';';
same_as_fresh('a materialized view', 5, 'TABLE mv', map { "DROP MATERIALIZED VIEW IF EXISTS mv;"
	  . "CREATE MATERIALIZED VIEW mv AS SELECT $_ AS x; $around" } 1, 2, 3);
my $writable = 'CREATE TRIGGER vt INSTEAD OF INSERT ON v FOR EACH ROW EXECUTE FUNCTION f_trigger();'
  . q{ GRANT SELECT ON v TO public; COMMENT ON VIEW v IS 'v'; COMMENT ON COLUMN v.x IS 'x'; COMMENT ON TRIGGER vt ON v IS 't';};
my $function = q{CREATE FUNCTION f_trigger() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';};
same_as_fresh('a view with a trigger', 7, 'TABLE v', map { "$function DROP VIEW IF EXISTS v;"
	  . "CREATE VIEW v AS SELECT $_ AS x; $writable" } 1, 2, 3);
same_as_fresh('what CASCADE takes', 8, 'TABLE w', map { "CREATE TABLE c (a int PRIMARY KEY); CREATE TABLE child (a int); INSERT INTO child VALUES (1);"
	  . "DROP VIEW IF EXISTS v CASCADE; CREATE VIEW v AS SELECT a AS x$_ FROM c; CREATE VIEW u AS SELECT a FROM c;"
	  . "CREATE VIEW w AS SELECT * FROM v; GRANT SELECT ON w TO public; CREATE MATERIALIZED VIEW m AS SELECT * FROM w;"
	  . "CREATE INDEX mi ON m (x$_); REFRESH MATERIALIZED VIEW m; COMMENT ON VIEW w IS 'w';" } 1, 2);
same_as_fresh('a constraint that CASCADE takes', 4, 'TABLE child', map { "$_ CREATE TABLE c (a int PRIMARY KEY); INSERT INTO c VALUES (1);"
	  . 'CREATE TABLE child (a int); INSERT INTO child VALUES (1); ALTER TABLE child ADD CONSTRAINT child_c FOREIGN KEY (a) REFERENCES c;' }
	'', 'DROP TABLE IF EXISTS c CASCADE;');
same_as_fresh('a function', 5, 'SELECT 1', map { "CREATE TABLE c (a int); INSERT INTO c VALUES (1); DROP FUNCTION IF EXISTS f_trigger() CASCADE;"
	  . "$function -- \n $_ CREATE TRIGGER t BEFORE INSERT ON c FOR EACH ROW EXECUTE FUNCTION f_trigger();"
	  . 'REVOKE EXECUTE ON FUNCTION f_trigger() FROM public; COMMENT ON FUNCTION f_trigger() IS \'f\';' } '', 'DROP FUNCTION IF EXISTS f_trigger() CASCADE;' . $function);
same_as_fresh('one of two functions', 3, 'SELECT f_one(1), f_one(\'1\')', map { "DROP FUNCTION IF EXISTS f_one(int); CREATE FUNCTION f_one(int) RETURNS int"
	  . " LANGUAGE sql AS 'SELECT $_'; CREATE FUNCTION f_one(text) RETURNS int LANGUAGE sql AS 'SELECT 7'; COMMENT ON FUNCTION f_one(int) IS 'one';" } 1, 2);
same_as_fresh('another schema', 2, 'TABLE c; TABLE s.c', map { "CREATE SCHEMA s; CREATE TABLE s.c (a int); CREATE TABLE c (a int);"
	  . "INSERT INTO c VALUES (1); $_" } '', 'DROP TABLE IF EXISTS s.c; CREATE TABLE s.c (a int, b int);');
same_as_fresh('what is made anew has its own again', 2, 'TABLE c', 'DROP TABLE IF EXISTS c; CREATE TABLE c (a int); INSERT INTO c VALUES (7);',
	q{DROP TABLE IF EXISTS c; CREATE TABLE c (a int); INSERT INTO c VALUES (7); COMMENT ON TABLE c IS 'c'; ALTER TABLE c ADD COLUMN b int;});

$node->stop;
done_testing();
