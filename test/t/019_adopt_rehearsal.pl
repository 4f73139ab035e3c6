# Adoption tries the pack inside the database: it must get through whatever else lives there, and leave none of it changed.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database rows raises schema_of write_files revision_file);

my $node = new_node('rehearsal');
my $root = PostgreSQL::Test::Utils::tempdir;
my $verdicts = 'SELECT revision, verdict FROM whisper_adopt() ORDER BY 1';
my $judged = 'SELECT revision, verdict, differences FROM whisper_adopt() ORDER BY 1';

sub database
{
	my ($name, $files, $sql) = @_;
	write_files("$root/$name", %$files);
	new_database($node, $name, "$root/$name");
	rows($node, $name, $sql);
	return;
}

# revisions([ id => SQL ], ...): a line of revisions.
sub revisions
{
	my ($down, %files) = 'base';
	for my $revision (@_)
	{
		my ($id, $sql) = @$revision;
		$files{"$id.sql"} = "-- revision: $id\n-- down_revision: $down\n-- migrate:up\n$sql\n";
		$down = $id;
	}
	return \%files;
}

# Every row of every system catalog but those of statistics, as "catalog, digest, rows".
sub catalogs_of
{
	my ($dbname) = @_;
	my $each = rows($node, $dbname, q{SELECT string_agg(format(
		'SELECT %L, md5(coalesce(string_agg(t::text, E''\n'' ORDER BY t::text), '''')), count(*) FROM %s AS t',
		relname, oid::regclass), ' UNION ALL ' ORDER BY relname) FROM pg_class
		WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r' AND relname !~ 'statistic'});
	return rows($node, $dbname, "$each ORDER BY 1");
}

# looks($dbname, $expected, $name): the verdicts, and that looking has changed nothing.
sub looks
{
	my ($dbname, $expected, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($catalogs, $schema) = (catalogs_of($dbname), schema_of($node, $dbname));
	is(rows($node, $dbname, $verdicts), $expected, $name);
	is(catalogs_of($dbname), $catalogs, '... and every system catalog is as it was');
	is(schema_of($node, $dbname), $schema, '... and what pg_dump sees of it');
	return;
}

# Event triggers, publications, default privileges, owners, dependencies between schemas

database('lived_in', revisions([ a1 => 'CREATE TABLE dep (id int PRIMARY KEY, x text);' ],
		[ a2 => 'CREATE EXTENSION IF NOT EXISTS pg_trgm; CREATE INDEX dep_x ON dep USING gin (x gin_trgm_ops);' ],
		[ a3 => 'CREATE TABLE later (id int);' ]), q{
	CREATE ROLE alice; CREATE ROLE bob;
	CREATE SCHEMA app AUTHORIZATION alice; CREATE SCHEMA "Quo""ted sch"; CREATE SCHEMA extensions;
	CREATE EXTENSION pg_trgm SCHEMA extensions; CREATE EXTENSION hstore; CREATE EXTENSION "uuid-ossp";
	SET search_path = public, extensions;
	CREATE TYPE mood AS ENUM ('a', 'b');
	CREATE DOMAIN app.posint AS int CHECK (value > 0);
	CREATE TABLE app.t (id serial PRIMARY KEY, h hstore, u uuid DEFAULT uuid_generate_v4(), p app.posint);
	CREATE TABLE dep (id int PRIMARY KEY REFERENCES app.t, x text);
	CREATE INDEX dep_x ON dep USING gin (x gin_trgm_ops);
	CREATE VIEW "Quo""ted sch".v AS SELECT * FROM dep JOIN app.t USING (id);
	CREATE TABLE app.part (a int, m mood DEFAULT 'a') PARTITION BY LIST (a);
	CREATE TABLE part1 PARTITION OF app.part FOR VALUES IN (1);
	CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM app.part;
	CREATE FUNCTION f() RETURNS mood LANGUAGE sql AS $$ SELECT 'a'::mood $$;
	CREATE PUBLICATION whole FOR ALL TABLES; CREATE PUBLICATION several FOR TABLE app.t, dep;
	CREATE PUBLICATION schemas FOR TABLES IN SCHEMA app, public;
	ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO bob;
	ALTER DEFAULT PRIVILEGES FOR ROLE alice IN SCHEMA app GRANT ALL ON TABLES TO bob;
	ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
	ALTER SCHEMA public OWNER TO alice; GRANT CREATE ON SCHEMA public TO bob; COMMENT ON SCHEMA public IS 'ours';
	CREATE TABLE audit (tag text);
	CREATE FUNCTION on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS
	    $$ BEGIN INSERT INTO public.audit VALUES (tg_tag); END $$;
	CREATE FUNCTION app.on_drop() RETURNS event_trigger LANGUAGE plpgsql AS
	    $$ BEGIN RAISE EXCEPTION 'nothing is dropped here'; END $$;
	CREATE EVENT TRIGGER audit_ddl ON ddl_command_end EXECUTE FUNCTION on_ddl();
	CREATE EVENT TRIGGER no_drop ON sql_drop EXECUTE FUNCTION app.on_drop();
	ALTER DATABASE lived_in SET search_path = public, extensions});
looks('lived_in', "a1|present\na2|present\na3|absent", 'a lived-in database, its extensions in a schema of their own');
is(rows($node, 'lived_in', q{SELECT count(*) FROM audit WHERE tag ~ 'SCHEMA'}), '0', 'event triggers saw nothing of it');

# Whoever owns the schema owns what is in it only in part

database('tenant', revisions([ t1 => 'CREATE EXTENSION IF NOT EXISTS pg_trgm; CREATE TABLE docs (body text);' ],
		[ t2 => 'CREATE INDEX docs_body ON docs USING gin (body gin_trgm_ops);' ]), q{
	CREATE EXTENSION pg_trgm; CREATE ROLE tenant; ALTER DATABASE tenant OWNER TO tenant;
	GRANT EXECUTE ON FUNCTION whisper_adopt, whisper_upgrade TO tenant;
	SET ROLE tenant; CREATE TABLE docs (body text)});
is(rows($node, 'tenant', "SET ROLE tenant; $verdicts"), "t1|present\nt2|absent",
	'the owner of the database looks, though the extension is the superuser\'s');
is(rows($node, 'tenant', q{SET ROLE tenant; SELECT count(*) FROM whisper_adopt(apply => true); SELECT revision FROM whisper_upgrade()}),
	"2\nt2", 'and takes over');

# Where things are made when it is not in public

my $two = revisions([ b1 => 'CREATE TABLE users (id int PRIMARY KEY);' ], [ b2 => 'CREATE TABLE orders (id int REFERENCES users);' ]);
database('no_public', $two, q{CREATE SCHEMA app; CREATE TABLE app.users (id int PRIMARY KEY);
	DROP EXTENSION whisper_migrate; CREATE EXTENSION whisper_migrate SCHEMA app; DROP SCHEMA public;
	ALTER DATABASE no_public SET search_path = app});
looks('no_public', "b1|present\nb2|absent", 'a database without a schema public');
is(rows($node, 'no_public', q{SELECT nspname FROM pg_namespace WHERE nspname = 'public'}), '', 'which has none afterwards');
is(rows($node, 'no_public', q{SELECT count(*) FROM whisper_adopt(apply => true); SELECT revision FROM whisper_upgrade();
	SELECT 'app.orders'::regclass}), "2\nb2\norders", 'it is taken over and completed');

for my $case (
	[ 'makes_schema', 'CREATE SCHEMA app;', 'a pack that makes its schema' ],
	[ 'makes_maybe', 'CREATE SCHEMA IF NOT EXISTS app;', 'or only when it is missing' ],
	[ 'makes_dynamic', 'DO $$ BEGIN EXECUTE \'CREATE SCHEMA \' || \'app\'; END $$;', 'or in a block' ])
{
	my ($dbname, $create, $name) = @$case;
	database($dbname, revisions([ c1 => $create ], [ c2 => 'CREATE TABLE app.users (id int);' ]),
		'CREATE SCHEMA app; CREATE SCHEMA other; CREATE TABLE app.users (id int)');
	looks($dbname, "c1|present\nc2|present", $name);
}
database('given_schema', revisions([ c1 => 'CREATE TABLE app.users (id int);' ], [ c2 => 'CREATE TABLE app.orders (id int);' ]),
	'CREATE SCHEMA app; CREATE TABLE app.users (id int)');
looks('given_schema', "c1|present\nc2|absent", 'a pack that expects a schema to be there');

# What the pack refers to and does not make

database('elsewhere', revisions([ d1 => 'CREATE TABLE profiles (id int REFERENCES auth.users, role auth.role);' ],
		[ d2 => 'CREATE VIEW named AS SELECT u.name FROM auth.users AS u JOIN profiles USING (id);' ],
		[ d3 => "CREATE TABLE notes (id int DEFAULT auth.next_id());" ]), q{
	CREATE SCHEMA auth; CREATE TYPE auth.role AS ENUM ('user', 'admin');
	CREATE TABLE auth.users (id int PRIMARY KEY, name text);
	CREATE FUNCTION auth.next_id() RETURNS int LANGUAGE sql AS 'SELECT 1';
	CREATE TABLE profiles (id int REFERENCES auth.users, role auth.role);
	CREATE VIEW named AS SELECT u.name FROM auth.users AS u JOIN profiles USING (id)});
looks('elsewhere', "d1|present\nd2|present\nd3|absent", 'tables, types and functions of a schema that is not the pack\'s');

# What belongs to the whole database or server, and can be there once only

database('once', revisions([ e1 => 'CREATE EXTENSION pg_trgm; CREATE EXTENSION "uuid-ossp";' ],
		[ e2 => 'CREATE ROLE once_reader; CREATE USER "Once Writer";' ],
		[ e3 => 'CREATE TABLE docs (id uuid DEFAULT uuid_generate_v4(), body text); GRANT SELECT ON docs TO once_reader;' ],
		[ e4 => 'CREATE INDEX ON docs USING gin (body gin_trgm_ops); CREATE PUBLICATION out FOR TABLE docs;' ],
		[ e5 => 'CREATE EXTENSION hstore; CREATE ROLE once_never;' ]), q{
	CREATE ROLE once_reader; CREATE USER "Once Writer"; CREATE EXTENSION pg_trgm; CREATE EXTENSION "uuid-ossp";
	CREATE TABLE docs (id uuid DEFAULT uuid_generate_v4(), body text); GRANT SELECT ON docs TO once_reader;
	CREATE INDEX ON docs USING gin (body gin_trgm_ops); CREATE PUBLICATION out FOR TABLE docs});
looks('once', "e1|present\ne2|present\ne3|present\ne4|present\ne5|absent", 'extensions, roles and publications that are there');
is( rows($node, 'once', q{SELECT count(*) FROM whisper_adopt(apply => true); SELECT revision, statements FROM whisper_upgrade();
		SELECT count(*) FROM pg_roles WHERE rolname = 'once_never'}), "5\ne5|2\n1", 'what is missing is made');

# Revisions that leave nothing to look at

my @data = ([ f1 => 'CREATE TABLE kinds (id int);' ], [ f2 => 'INSERT INTO kinds VALUES (1);' ],
	[ f3 => 'CREATE TABLE things (id int);' ], [ f4 => 'INSERT INTO kinds VALUES (2);' ], [ f5 => 'UPDATE kinds SET id = id;' ]);
database('rows', revisions(@data),
	'CREATE TABLE kinds (id int); INSERT INTO kinds VALUES (1); CREATE TABLE things (id int)');
is( rows($node, 'rows', 'SELECT revision, verdict, evidence FROM whisper_adopt() ORDER BY 1'),
	join("\n", 'f1|present|2 of 2 catalog items', 'f2|present|leaves nothing in the catalogs',
		'f3|present|2 of 2 catalog items', map { "$_|absent|leaves nothing in the catalogs, and nothing tells that it has run" } qw(f4 f5)),
	'rows: what later revisions stand on has run, of the last ones nothing is known');
is( rows($node, 'rows', q{SELECT count(*) FROM whisper_adopt(apply => true); SELECT revision FROM whisper_upgrade();
	SELECT count(*) FROM kinds}), "5\nf4\nf5\n2", 'so they run');
database('rows_known', revisions(@data), q{
	CREATE TABLE kinds (id int); INSERT INTO kinds VALUES (1), (2); CREATE TABLE things (id int);
	CREATE TABLE alembic_version (version_num varchar(32)); INSERT INTO alembic_version VALUES ('f4')});
is( rows($node, 'rows_known', q{SELECT revision, verdict, evidence FROM whisper_adopt() WHERE revision >= 'f4' ORDER BY 1}),
	"f4|present|leaves nothing in the catalogs; public.alembic_version agrees\n"
	  . 'f5|absent|leaves nothing in the catalogs, and nothing tells that it has run',
	'unless another tool knows that they have');
database('rows_none', revisions(@data), 'SELECT');
is(rows($node, 'rows_none', $verdicts), join("\n", map { "f$_|absent" } 1 .. 5), 'in an empty database nothing has');

# golang-migrate's mark for a version that did not get through

database('dirty', { map({ ("$_.up.sql" => "CREATE TABLE t_$_ (id int);\n") } '1_a', '2_b', '3_c') }, q{
	CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL);
	INSERT INTO schema_migrations VALUES (2, true); CREATE TABLE t_1_a (id int); CREATE TABLE t_2_b (id int)});
is( rows($node, 'dirty', 'SELECT revision, verdict, evidence FROM whisper_adopt() ORDER BY 1'), join("\n",
		'1|present|2 of 2 catalog items; public.schema_migrations agrees',
		'2|present|2 of 2 catalog items; public.schema_migrations does not have it as applied, the catalogs do',
		'3|absent|0 of 2 catalog items'),
	'a dirty version is not one that is applied');

# Shapes: what is another one, and what only looks like it

database('alike', revisions([ g1 => q{
	CREATE TYPE words AS ENUM ('a, b', 'c'); CREATE TYPE odd AS ("x""y" int);
	CREATE TABLE t (id int, kind varchar(20) DEFAULT 'a b', size numeric(10, 2), code text COLLATE "C", name text,
	    CONSTRAINT k CHECK (kind IN ('a b', 'c d')), CONSTRAINT logic CHECK ((id > 0 OR id < -9) AND size > 0));
	CREATE INDEX t_kind ON t (lower(kind)) WHERE kind <> 'x y';
	CREATE TABLE parts (id int) PARTITION BY RANGE (id);
	CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (1) TO (10);
	ALTER TABLE t ENABLE ROW LEVEL SECURITY;
	CREATE POLICY p ON t TO CURRENT_USER USING (id > 0);
	CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
	CREATE FUNCTION g(int) RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';} ]),
	q{CREATE TABLE keep (a int)});
rows($node, 'alike', q{SELECT whisper_upgrade(); DELETE FROM whisper.applied; DELETE FROM whisper.owned_object});
my $alike = sub { rows($node, 'alike', "BEGIN; $_[0]; $judged; ROLLBACK") };
is($alike->('SELECT'), 'g1|present|', 'the shape is the same');
is($alike->($_->[0]), "g1|$_->[1]", $_->[0]) for (
	[ "ALTER TABLE t ALTER kind SET DEFAULT 'ab'", q{different|column public.t.kind is "character varying(20) default 'ab'::character varying", expected "character varying(20) default 'a b'::character varying"} ],
	[ 'ALTER TABLE t ALTER size TYPE numeric(12, 2)', 'different|column public.t.size is "numeric(12,2)", expected "numeric(10,2)"' ],
	[ 'ALTER TABLE t ALTER code TYPE text', 'different|column public.t.code is "text", expected "text collate pg_catalog."C""' ],
	[ "ALTER TABLE t DROP CONSTRAINT logic; ALTER TABLE t ADD CONSTRAINT logic CHECK (id > 0 OR (id < -9 AND size > 0))",
		q{different|constraint logic on public.t is "CHECK (((id > 0) OR ((id < '-9'::integer) AND (size > (0)::numeric))))", }
		  . q{expected "CHECK ((((id > 0) OR (id < '-9'::integer)) AND (size > (0)::numeric)))"} ],
	[ "ALTER TABLE t DROP CONSTRAINT k; ALTER TABLE t ADD CONSTRAINT k CHECK (kind::text = ANY (ARRAY['a b', 'c d']::text[]))",
		'present|' ],
	[ 'ALTER TABLE t DISABLE ROW LEVEL SECURITY', 'different|table public.t is "table", expected "table, row level security"' ],
	[ 'DROP TABLE parts; CREATE TABLE parts (id int) PARTITION BY LIST (id); CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1)',
		'different|table public.parts is "partitioned table by LIST (id)", expected "partitioned table by RANGE (id)"; '
		  . 'table public.parts_1 is "table, partition of public.parts FOR VALUES IN (1)", '
		  . 'expected "table, partition of public.parts FOR VALUES FROM (1) TO (10)"' ],
	[ 'CREATE OR REPLACE FUNCTION g(int) RETURNS int LANGUAGE sql AS \'SELECT 1\'',
		'different|function public.g(integer) is "integer", expected "integer security definer"' ],
	[ "CREATE OR REPLACE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT  1'", 'present|' ],
	[ "CREATE OR REPLACE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 2'",
		'present|function public.f(integer) has another body, which stays' ]);

$node->stop;
done_testing();
