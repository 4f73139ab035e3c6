# What is recorded of statements, each in a file of its own that is stamped and never run: the server's tag, kind and name of
# the object, whether it may run again, and whether it needs the top level.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database rows write_files);

# "rerun" and "top" may stand behind the name.
my @statements = (
	[ q{CREATE TABLE t (a int)}, 'CREATE TABLE|table|t' ],
	[ qq{create /* c */ table if not exists Public . "My;T"""(a int)}, 'CREATE TABLE|table|public."My;T"""', 'rerun' ],
	[ q{CREATE GLOBAL TEMPORARY TABLE t ()}, 'CREATE TABLE|table|t' ],
	[ q{CREATE TABLE t (a text DEFAULT 'IF NOT EXISTS')}, 'CREATE TABLE|table|t' ],
	[ q{CREATE TABLE by (by int)}, 'CREATE TABLE|table|by' ],
	[ q{CREATE TABLE U&"d\0061t" ()}, 'CREATE TABLE|table|dat' ],
	[ q{CREATE TABLE s.t AS SELECT 1}, 'CREATE TABLE AS|table|s.t' ],
	[ q{SELECT a INTO t FROM b}, 'SELECT|table|t' ],
	[ q{CREATE FOREIGN TABLE t () SERVER s}, 'CREATE FOREIGN TABLE|foreign table|t' ],
	[ q{CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON s.t (a)}, 'CREATE INDEX|index|s.i', 'rerun', 'top' ],
	[ q{CREATE INDEX ON t (a)}, 'CREATE INDEX|index|' ],
	[ q{CREATE INDEX i ON "concurrently" (a)}, 'CREATE INDEX|index|i' ],
	[ q{CREATE OR REPLACE TEMP RECURSIVE VIEW v (a) AS SELECT 1}, 'CREATE OR REPLACE VIEW|view|v', 'rerun' ],
	[ q{CREATE MATERIALIZED VIEW IF NOT EXISTS s.v AS SELECT 1}, 'CREATE MATERIALIZED VIEW|materialized view|s.v', 'rerun' ],
	[ q{CREATE TEMP SEQUENCE s}, 'CREATE SEQUENCE|sequence|s' ],
	[ q{CREATE OR REPLACE FUNCTION s.f(a int) RETURNS int LANGUAGE sql AS ''}, 'CREATE OR REPLACE FUNCTION|function|s.f', 'rerun' ],
	[ q{CREATE PROCEDURE p() LANGUAGE sql AS 'VACUUM'}, 'CREATE PROCEDURE|procedure|p' ],
	[ q{CREATE AGGREGATE a (int) (sfunc = f, stype = int)}, 'CREATE AGGREGATE|aggregate|a' ],
	[ q{CREATE CONSTRAINT TRIGGER tr AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()}, 'CREATE TRIGGER|trigger|tr' ],
	[ q{CREATE OR REPLACE TRIGGER "on" BEFORE INSERT ON t EXECUTE FUNCTION f()}, 'CREATE OR REPLACE TRIGGER|trigger|"on"', 'rerun' ],
	[ q{CREATE EVENT TRIGGER e ON sql_drop EXECUTE FUNCTION f()}, 'CREATE EVENT TRIGGER|event trigger|e' ],
	[ q{CREATE TYPE s.e AS ENUM ('a')}, 'CREATE TYPE|type|s.e' ],
	[ q{CREATE TYPE c AS (a int)}, 'CREATE TYPE|type|c' ],
	[ q{CREATE TYPE r AS RANGE (subtype = int)}, 'CREATE TYPE|type|r' ],
	[ q{CREATE DOMAIN d AS int}, 'CREATE DOMAIN|domain|d' ],
	[ q{CREATE SCHEMA IF NOT EXISTS s}, 'CREATE SCHEMA|schema|s', 'rerun' ],
	[ q{CREATE SCHEMA AUTHORIZATION joe}, 'CREATE SCHEMA|schema|joe' ],
	[ q{CREATE EXTENSION IF /* c */ NOT EXISTS "uuid-ossp"}, 'CREATE EXTENSION|extension|"uuid-ossp"', 'rerun' ],
	[ q{CREATE POLICY p ON t}, 'CREATE POLICY|policy|p' ],
	[ q{CREATE OR REPLACE RULE r AS ON INSERT TO t DO NOTHING}, 'CREATE OR REPLACE RULE|rule|r', 'rerun' ],
	[ q{CREATE OPERATOR s.=== (leftarg = int, function = f)}, 'CREATE OPERATOR|operator|s."==="' ],
	[ q{CREATE OPERATOR CLASS c FOR TYPE int USING btree AS STORAGE int}, 'CREATE OPERATOR CLASS|operator class|c' ],
	[ q{CREATE TEXT SEARCH CONFIGURATION c (copy = x)}, 'CREATE TEXT SEARCH CONFIGURATION|text search configuration|c' ],
	[ q{CREATE USER mapping PASSWORD 'x'}, 'CREATE ROLE|role|mapping' ],
	[ q{CREATE USER MAPPING IF NOT EXISTS FOR joe SERVER s}, 'CREATE USER MAPPING|user mapping|', 'rerun' ],
	[ q{CREATE DATABASE d}, 'CREATE DATABASE|database|d', 'top' ],
	[ q{CREATE TABLESPACE s LOCATION '/x'}, 'CREATE TABLESPACE|tablespace|s', 'top' ],
	[ q{CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p}, 'CREATE SUBSCRIPTION|subscription|s', 'top' ],
	[ q{CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p WITH (slot_name = a, connect = off)}, 'CREATE SUBSCRIPTION|subscription|s' ],
	[ q{ALTER SUBSCRIPTION s REFRESH PUBLICATION}, 'ALTER SUBSCRIPTION|subscription|s', 'top' ],
	[ q{ALTER SUBSCRIPTION s SET PUBLICATION p WITH (refresh = false)}, 'ALTER SUBSCRIPTION|subscription|s' ],
	[ q{DROP SUBSCRIPTION IF EXISTS s}, 'DROP SUBSCRIPTION|subscription|s', 'rerun', 'top' ],
	[ q{ALTER TABLE IF EXISTS ONLY s.t ADD a int}, 'ALTER TABLE|table|s.t' ],
	[ q{ALTER FOREIGN TABLE ONLY ft ADD a int}, 'ALTER FOREIGN TABLE|foreign table|ft' ],
	[ q{ALTER TABLE t ADD COLUMN IF NOT EXISTS a int, ADD IF NOT EXISTS b numeric(1, 2)}, 'ALTER TABLE|table|t', 'rerun' ],
	[ q{ALTER TABLE t ADD COLUMN IF NOT EXISTS a int, ADD COLUMN b int}, 'ALTER TABLE|table|t' ],
	[ q{ALTER TABLE t DROP COLUMN IF EXISTS a, DROP CONSTRAINT IF EXISTS c}, 'ALTER TABLE|table|t', 'rerun' ],
	[ q{ALTER TABLE t ALTER COLUMN a SET DEFAULT f(1, 2), ENABLE ROW LEVEL SECURITY}, 'ALTER TABLE|table|t', 'rerun' ],
	[ q{ALTER TABLE t ALTER a SET DATA TYPE text}, 'ALTER TABLE|table|t' ],
	[ q{ALTER TABLE t RENAME TO u}, 'ALTER TABLE|table|t' ],
	[ q{ALTER TABLE t SET SCHEMA s}, 'ALTER TABLE|table|t' ],
	[ q{ALTER TABLE t DETACH PARTITION p}, 'ALTER TABLE|table|t' ],
	[ q{ALTER TABLE ONLY s.t DETACH PARTITION s.p CONCURRENTLY}, 'ALTER TABLE|table|s.t', 'top' ],
	[ q{ALTER TABLE ALL IN TABLESPACE a SET TABLESPACE b}, 'ALTER TABLE||' ],
	[ q{alter type T add value if not exists 'x'}, 'ALTER TYPE|type|t', 'rerun' ],
	[ q{ALTER TYPE t ADD VALUE 'x'}, 'ALTER TYPE|type|t' ],
	[ q{ALTER FUNCTION f(int) OWNER TO joe}, 'ALTER FUNCTION|function|f', 'rerun' ],
	[ q{ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO joe}, 'ALTER DEFAULT PRIVILEGES||', 'rerun' ],
	[ q{ALTER SYSTEM SET work_mem = 64}, 'ALTER SYSTEM||', 'rerun', 'top' ],
	[ q{ALTER DATABASE d SET TABLESPACE s}, 'ALTER DATABASE|database|d', 'rerun', 'top' ],
	[ q{ALTER DATABASE d SET work_mem = 64}, 'ALTER DATABASE|database|d', 'rerun' ],
	[ q{DROP TABLE IF EXISTS a, b CASCADE}, 'DROP TABLE|table|a', 'rerun' ],
	[ q{DROP INDEX CONCURRENTLY IF EXISTS s.i}, 'DROP INDEX|index|s.i', 'rerun', 'top' ],
	[ q{DROP TRIGGER tr ON t}, 'DROP TRIGGER|trigger|tr' ],
	[ q{DROP FUNCTION s.f(int)}, 'DROP FUNCTION|function|s.f' ],
	[ q{DROP OWNED BY joe}, 'DROP OWNED||' ],
	[ q{COMMENT ON COLUMN s.t."c d" IS 'x'}, 'COMMENT|column|"c d"', 'rerun' ],
	[ q{COMMENT ON CONSTRAINT c ON t IS ''}, 'COMMENT|constraint|c', 'rerun' ],
	[ q{COMMENT ON PROCEDURAL LANGUAGE l IS ''}, 'COMMENT|language|l', 'rerun' ],
	[ q{GRANT SELECT ON a, b TO joe}, 'GRANT|table|a', 'rerun' ],
	[ q{REVOKE ALL ON FUNCTION s.f(int) FROM joe}, 'REVOKE|function|s.f', 'rerun' ],
	[ q{INSERT INTO t VALUES ('ON CONFLICT')}, 'INSERT||' ],
	[ q{WITH a AS (SELECT 1) INSERT INTO t TABLE a ON CONFLICT DO NOTHING}, 'INSERT||', 'rerun' ],
	[ q{WITH x AS (DELETE FROM t RETURNING 1) SELECT 1}, 'SELECT||' ],
	[ q{((SELECT 1)) UNION SELECT 2}, 'SELECT||', 'rerun' ],
	[ q{UPDATE t SET a = 1}, 'UPDATE||' ],
	[ q{MERGE INTO t USING u ON true WHEN MATCHED THEN DELETE}, 'MERGE||' ],
	[ q{RESET ROLE}, 'RESET||', 'rerun' ],
	[ q{DO $$ $$}, 'DO||', 'rerun' ],
	[ q{REFRESH MATERIALIZED VIEW CONCURRENTLY v}, 'REFRESH MATERIALIZED VIEW||', 'rerun' ],
	[ q{REINDEX TABLE t}, 'REINDEX||', 'rerun' ],
	[ q{REINDEX (VERBOSE, CONCURRENTLY) TABLE t}, 'REINDEX||', 'rerun', 'top' ],
	[ q{REINDEX (CONCURRENTLY off) INDEX i}, 'REINDEX||', 'rerun' ],
	[ q{REINDEX SCHEMA s}, 'REINDEX||', 'rerun', 'top' ],
	[ q{VACUUM (FULL) t}, 'VACUUM||', 'rerun', 'top' ],
	[ q{ANALYZE}, 'ANALYZE||', 'rerun' ],
	[ q{CLUSTER VERBOSE}, 'CLUSTER||', 'top' ],
	[ q{CLUSTER t USING i}, 'CLUSTER||' ],
	[ q{DISCARD ALL}, 'DISCARD ALL||', 'top' ],
	[ q{COMMIT PREPARED 'a'}, 'COMMIT PREPARED||', 'top' ],
	[ q{CREATE nonsense}, '||' ],
	[ q{SELECT 1 FROM}, '||' ],
);

my $node = new_node('statements');
my $pack = PostgreSQL::Test::Utils::tempdir;
write_files($pack, 'pack.json' => q({"name": "statements", "tiers": [{"name": "app", "kind": "repeatable"}]}),
	map { (sprintf('app/%03d.sql', $_) => "$statements[$_][0];\n") } 0 .. $#statements);
new_database($node, 'statements', $pack);
# Names that are too long and backslashes are for the run to talk about.
write_files($pack, 'app/900.sql' => 'CREATE TABLE ' . 'x' x 70 . " (a text DEFAULT '\\n');\n");
my ($status, undef, $said) = $node->psql('statements', 'SELECT whisper_load()');
is($said, '', 'nothing is said of names and strings before they run');
rows($node, 'statements', q{SELECT * FROM whisper_stamp('heads')});
my %found = map { /\A(\d+)\|(.*)\z/ } split /\n/, rows($node, 'statements', q{SELECT concat_ws('|', r.revision, s.verb, s.object_type,
	s.object_name || CASE WHEN s.rerunnable THEN ' rerun' ELSE '' END || CASE WHEN r.up_transactional THEN '' ELSE ' top' END)
	FROM whisper.revision r JOIN whisper.statement s USING (revision)});
for my $i (0 .. $#statements)
{
	my ($statement, @parts) = @{ $statements[$i] };
	is($found{ sprintf '%03d', $i }, join(' ', @parts), $statement);
}
is($found{900}, 'CREATE TABLE|table|' . 'x' x 63, 'a name is cut as the server cuts it');

# Tables that a text creates, whatever stands around them, and locks that are kept for them.
my @tables = (
	[ 'CREATE TABLE t (a int)', '{t}', 1 ],
	[ 'CREATE TABLE t (a int PRIMARY KEY)', '{t}', 2 ],
	[ 'CREATE TABLE t (a serial PRIMARY KEY, b text UNIQUE)', '{t}', 6 ],
	[ 'CREATE TABLE t (a varchar(10), identity int)', '{t}', 1 ],
	[ 'CREATE TABLE t (a int GENERATED ALWAYS AS IDENTITY, CONSTRAINT k UNIQUE (a))', '{t}', 3 ],
	[ 'CREATE SCHEMA s CREATE TABLE t (a int) CREATE VIEW v AS SELECT 1', '{s.t}', 2 ],
	[ 'SET search_path = s, public; CREATE TABLE t (a int); RESET search_path; CREATE TABLE u (a int)', '{s.t,u}', 2 ],
	[ q{SELECT set_config('search_path', '"S s"', false); CREATE TABLE t (a int)}, '{"\"S s\".t"}', 1 ],
	[ 'CREATE TEMP TABLE t (a int); CREATE TABLE pg_temp.u (a int)', '{}', 2 ],
	[ 'CREATE INDEX i ON t (a); CREATE VIEW v AS SELECT 1; CREATE SEQUENCE s', '{}', 3 ],
	[ 'ALTER TABLE t ADD b int; INSERT INTO t VALUES (1)', '{}', 0 ],
);
write_files($pack, map { (sprintf('app/8%02d.sql', $_) => "$tables[$_][0];\n") } 0 .. $#tables);
rows($node, 'statements', 'SELECT whisper_load()');
for my $i (0 .. $#tables)
{
	my ($text, @wanted) = @{ $tables[$i] };
	is(rows($node, 'statements', sprintf(q{SELECT creates, lock_count FROM whisper.revision WHERE revision = '8%02d'}, $i)), join('|', @wanted), $text);
}

$node->stop;
done_testing();
