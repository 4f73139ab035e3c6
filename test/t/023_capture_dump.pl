# Captured statements and their derived ways back, as pg_dump sees them: down is what was there before, up again is what
# was typed, and the exported file is the same revision in another database.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database rows schema_of);

my $node = new_node('capture');
my $prepare = q{
	CREATE SCHEMA other; CREATE ROLE reader;
	CREATE TYPE mood AS ENUM ('a', 'b'); CREATE TYPE pair AS (x int, y text);
	CREATE DOMAIN small AS int CONSTRAINT pos CHECK (value > 0);
	CREATE TABLE t (id int PRIMARY KEY, a text DEFAULT 'd', b int NOT NULL DEFAULT 3, c numeric(10, 2), m mood,
	    CONSTRAINT pairs UNIQUE (a, b), CONSTRAINT high CHECK (b > 2));
	CREATE TABLE u (id serial PRIMARY KEY, t int REFERENCES t ON DELETE CASCADE, n text COLLATE "C");
	CREATE TABLE "Od d" ("Co l" int, "x""y" text);
	CREATE INDEX t_c ON t (c) WHERE c > 0;
	CREATE VIEW v AS SELECT id, a FROM t; CREATE MATERIALIZED VIEW mv AS SELECT id FROM t;
	CREATE SEQUENCE sq START 5;
	CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
	CREATE FUNCTION trg() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
	CREATE TRIGGER tt BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION trg();
	CREATE TABLE p (a int, b int) PARTITION BY RANGE (a); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
	COMMENT ON TABLE t IS 'tc'; COMMENT ON COLUMN t.a IS 'ac'; COMMENT ON CONSTRAINT pairs ON t IS 'it''s both';
	COMMENT ON CONSTRAINT pos ON DOMAIN small IS 'pc';
	GRANT SELECT ON t TO reader; ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY pol ON t USING (id > 0)};

my @reversible = (
	# What is created
	'CREATE TABLE n (id serial PRIMARY KEY, t int REFERENCES t, m mood, e small)',
	'CREATE TABLE n (LIKE t INCLUDING ALL)', 'CREATE TABLE n () INHERITS (t)',
	'CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20)', 'CREATE UNLOGGED TABLE n AS SELECT * FROM t',
	'CREATE INDEX ON u (n text_pattern_ops) INCLUDE (t)', 'CREATE INDEX p_b ON p (b)',
	'CREATE VIEW v2 AS SELECT * FROM v', q{CREATE OR REPLACE VIEW v AS SELECT id, a || 'x' AS a FROM t},
	'CREATE MATERIALIZED VIEW m2 AS SELECT id FROM t WITH NO DATA',
	q{CREATE FUNCTION g(a int, OUT b int, VARIADIC c text[]) LANGUAGE sql AS 'SELECT 1'},
	q{CREATE OR REPLACE FUNCTION f(int) RETURNS int LANGUAGE sql STABLE SET search_path = public AS 'SELECT 2'},
	q{CREATE TYPE e AS ENUM ('x'); CREATE TYPE c AS (a int, b mood); CREATE TYPE r AS RANGE (subtype = int4)},
	q{CREATE DOMAIN d AS text CHECK (value <> '')}, 'CREATE SEQUENCE s2 INCREMENT 5 OWNED BY t.id',
	'CREATE SCHEMA sx CREATE TABLE st (a int) CREATE VIEW sv AS SELECT * FROM st',
	# What is added to a table
	'ALTER TABLE t ADD COLUMN z serial, ADD zz text NOT NULL DEFAULT \'a\' UNIQUE CHECK (zz <> \'\'), ADD z3 int REFERENCES t',
	'ALTER TABLE t ADD COLUMN g int GENERATED ALWAYS AS (b * 2) STORED, ADD i int GENERATED ALWAYS AS IDENTITY',
	'ALTER TABLE p ADD COLUMN z int', 'ALTER TABLE t ADD CONSTRAINT ck CHECK (b > 0) NOT VALID',
	'ALTER TABLE u ADD CONSTRAINT fk FOREIGN KEY (id) REFERENCES t DEFERRABLE INITIALLY DEFERRED',
	'ALTER TABLE u ADD UNIQUE (n), ADD EXCLUDE USING btree (t WITH =)', 'ALTER TABLE "Od d" ADD PRIMARY KEY ("Co l")',
	'ALTER DOMAIN small ADD CONSTRAINT big CHECK (value < 100)',
	# What is renamed
	'ALTER TABLE t RENAME TO t2', 'ALTER TABLE t RENAME a TO a2', 'ALTER TABLE "Od d" RENAME "x""y" TO "z z"',
	'ALTER INDEX t_c RENAME TO t_cc', 'ALTER VIEW v RENAME TO vv', 'ALTER VIEW v RENAME COLUMN a TO aa',
	'ALTER MATERIALIZED VIEW mv RENAME TO mw', 'ALTER SEQUENCE sq RENAME TO sr', 'ALTER FUNCTION f(int) RENAME TO ff',
	'ALTER TYPE mood RENAME TO mood2', q{ALTER TYPE mood RENAME VALUE 'a' TO 'aa'}, 'ALTER TYPE pair RENAME ATTRIBUTE x TO z',
	'ALTER DOMAIN small RENAME TO tiny', 'ALTER DOMAIN small RENAME CONSTRAINT pos TO "Pos 2"',
	'ALTER SCHEMA other RENAME TO another', 'ALTER TRIGGER tt ON t RENAME TO t3', 'ALTER POLICY pol ON t RENAME TO p2',
	'ALTER TABLE t RENAME CONSTRAINT t_pkey TO pk',
	# Defaults and NOT NULL
	q{ALTER TABLE t ALTER a SET DEFAULT 'it''s'}, 'ALTER TABLE t ALTER a DROP DEFAULT', 'ALTER TABLE u ALTER id DROP DEFAULT',
	'ALTER TABLE t ALTER c SET NOT NULL, ALTER b DROP NOT NULL', 'ALTER TABLE p ALTER b SET NOT NULL, ALTER b SET DEFAULT 1',
	q{ALTER VIEW v ALTER a SET DEFAULT 'q'}, 'ALTER DOMAIN small SET DEFAULT 4; ALTER DOMAIN small SET NOT NULL',
	# More than was asked for
	'ALTER TABLE t DROP CONSTRAINT pairs', 'ALTER DOMAIN small DROP CONSTRAINT pos', 'ALTER TABLE u DROP CONSTRAINT u_t_fkey',
	q{COMMENT ON CONSTRAINT pos ON DOMAIN small IS NULL; COMMENT ON VIEW v IS 'v'; COMMENT ON COLUMN t.a IS NULL},
	'DROP TABLE IF EXISTS no_such; DROP FUNCTION IF EXISTS no_such(int); CREATE TABLE n (a int)',
	# Where names mean something else than in a fresh session
	'SET search_path = other; CREATE TABLE n (a int); CREATE INDEX ON n (a); RESET search_path; CREATE TABLE n (b int)',
	q{SELECT set_config('search_path', '', false); CREATE TABLE other.n (a int, m public.mood); RESET search_path},
	q{CREATE FUNCTION within() RETURNS void LANGUAGE sql SET search_path = other AS 'CREATE TABLE n (a int)'; SELECT within()},
	# One after the other, in transactions and blocks
	q{CREATE TABLE n (a int); ALTER TABLE n RENAME TO n2; ALTER TABLE n2 RENAME a TO b; ALTER TABLE n2 SET SCHEMA other},
	q{CREATE TABLE c1 (id int PRIMARY KEY, o int); CREATE TABLE c2 (id int PRIMARY KEY, o int REFERENCES c1);
		ALTER TABLE c1 ADD FOREIGN KEY (o) REFERENCES c2},
	q{BEGIN; CREATE TABLE k1 (a int); SAVEPOINT a; CREATE TABLE k2 (a int); ROLLBACK TO a; ALTER TABLE k1 ADD b int;
		SAVEPOINT b; SAVEPOINT c; CREATE INDEX k1_b ON k1 (b); RELEASE b; COMMIT},
	q{DO $$ BEGIN FOR i IN 1 .. 3 LOOP EXECUTE format('CREATE TABLE dyn_%s (a int)', i); END LOOP; END $$});

my @irreversible = (
	[ 'DROP TABLE u', 'DROP TABLE: what was dropped does not come back' ],
	[ 'DROP TABLE IF EXISTS no_such, u', 'DROP TABLE: what was dropped does not come back' ],
	[ 'ALTER TABLE t DROP COLUMN c', 'ALTER TABLE: a dropped column does not come back' ],
	[ 'ALTER TABLE u ALTER n TYPE varchar', 'ALTER TABLE: values of another type do not come back' ],
	[ q{ALTER TYPE mood ADD VALUE 'c'}, 'ALTER TYPE: a value of an enum cannot be dropped' ],
	[ 'GRANT UPDATE ON t TO reader', 'GRANT: the privileges of before are not known' ],
	[ 'ALTER TABLE t OWNER TO reader', 'ALTER TABLE: its way back cannot be derived' ],
	[ 'ALTER SEQUENCE sq INCREMENT 7', 'ALTER SEQUENCE: its way back cannot be derived' ]);

new_database($node, 'capture', '');
rows($node, 'capture', $prepare);
my $before = schema_of($node, 'capture');
my $forget = q{DROP EXTENSION whisper_migrate; CREATE EXTENSION whisper_migrate;};
my $capture = "SELECT whisper_capture_begin();\n%s;\nSELECT whisper_capture_end('typed', 'typed')";
my $checksum = q{SELECT checksum FROM whisper.revision WHERE revision = 'typed'};

for my $statement (@reversible)
{
	my @wrong;
	rows($node, 'capture', sprintf $capture, $statement);
	my $after = schema_of($node, 'capture');
	push @wrong, 'nothing was done' if $after eq $before;
	my $file = rows($node, 'capture', q{SELECT whisper_export('typed')});
	my $was = rows($node, 'capture', $checksum);
	rows($node, 'capture', q{SELECT whisper_downgrade('base')});
	push @wrong, 'down' if schema_of($node, 'capture') ne $before;
	rows($node, 'capture', $forget . q{SELECT whisper_register($file$} . $file . q{$file$)});
	push @wrong, 'checksum' if rows($node, 'capture', $checksum) ne $was;
	rows($node, 'capture', q{SELECT whisper_upgrade()});
	push @wrong, 'up again' if schema_of($node, 'capture') ne $after;
	rows($node, 'capture', q{SELECT whisper_downgrade('base')});
	push @wrong, 'down again' if schema_of($node, 'capture') ne $before;
	rows($node, 'capture', $forget);
	is("@wrong", '', $statement) or diag($file);
}

for my $case (@irreversible)
{
	my ($statement, $reason) = @$case;
	my $text = rows($node, 'capture', "BEGIN;\n" . sprintf($capture, $statement) . q{; SELECT whisper_export('typed'); ROLLBACK});
	like($text, qr/^-- irreversible: statement 1, \Q$reason\E$/m, "$statement: irreversible, and why");
	unlike($text, qr/migrate:down/, '... so there is no way down');
}
is(schema_of($node, 'capture'), $before, 'nothing is left of any of them');

$node->stop;
done_testing();
