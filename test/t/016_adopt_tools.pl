# Taking over databases of one's own: what other tools recorded, shapes that are there in part, and who may look.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database set_location rows raises schema_of write_files revision_file);

my $node = new_node('adopt_tools');
my $root = PostgreSQL::Test::Utils::tempdir;
my $looked = 'SELECT revision, verdict, evidence FROM whisper_adopt() ORDER BY 1';
my $judged = q{SELECT revision, verdict, coalesce(differences, '') FROM whisper_adopt() ORDER BY 1};
my $adopted = 'SELECT revision, verdict FROM whisper_adopt(apply => true) ORDER BY 1';
my $pending = 'SELECT revision FROM whisper_upgrade()';

# A database that follows a directory with these files, and has had this SQL run.
sub database
{
	my ($name, $files, $sql) = @_;
	write_files("$root/$name", %$files);
	new_database($node, $name, "$root/$name");
	rows($node, $name, $sql);
	return;
}

my %made = (
	'dbmate' => sub { "-- migrate:up\nCREATE TABLE $_[0] (id int);\n-- migrate:down\nDROP TABLE $_[0];\n" },
	'plain' => sub { "CREATE TABLE $_[0] (id int);\n" });

# dbmate and Rails: a row for each version

my %dated = ('20240101000000_users.sql' => $made{dbmate}->('users'),
	'20240201000000_orders.sql' => $made{dbmate}->('orders'), '20240301000000_bills.sql' => $made{dbmate}->('bills'));
database('dbmate', \%dated, q{
	CREATE TABLE schema_migrations (version varchar(128) PRIMARY KEY);
	INSERT INTO schema_migrations VALUES ('20240101000000'), ('20240201000000'), ('20231224000000');
	CREATE TABLE users (id int); INSERT INTO users VALUES (1);
	CREATE TABLE bills (id int)});
is( rows($node, 'dbmate', $looked), join("\n",
		'20231224000000|unknown|public.schema_migrations names it, and no revision has this id',
		'20240101000000|present|2 of 2 catalog items; public.schema_migrations agrees',
		'20240201000000|absent|0 of 2 catalog items; public.schema_migrations has it as applied, the catalogs do not',
		'20240301000000|present|2 of 2 catalog items; '
		  . 'public.schema_migrations does not have it as applied, the catalogs do'),
	'dbmate: the catalogs are believed, and who contradicts them is named');
rows($node, 'dbmate', "BEGIN; $adopted; ROLLBACK");
is(rows($node, 'dbmate', 'SELECT count(*) FROM whisper.applied'), '0', 'what is rolled back was not taken over');
rows($node, 'dbmate', $adopted);
raises($node, 'dbmate', 'SELECT whisper_upgrade()', 'WM023', 'what the tool has as applied is not run a second time',
	qr/revision "20240201000000" is applied by the records of dbmate/);
rows($node, 'dbmate', q{DELETE FROM schema_migrations WHERE version = '20240201000000'});
rows($node, 'dbmate', 'SELECT whisper_adopt(apply => true)');
is(rows($node, 'dbmate', $pending), '20240201000000', 'the upgrade makes what is missing once the tool does not have it');
is(rows($node, 'dbmate', 'SELECT * FROM users'), '1', 'and nothing else');

database('rails', \%dated, q{
	CREATE SCHEMA app;
	CREATE TABLE app.schema_migrations (version character varying NOT NULL PRIMARY KEY);
	CREATE TABLE app.ar_internal_metadata (key character varying PRIMARY KEY, value character varying);
	INSERT INTO app.schema_migrations VALUES ('20240101000000')});
like(rows($node, 'rails', $looked), qr/^20240101000000\|absent\|[^;]*; app\.schema_migrations has it as applied, /m,
	'Rails: in any schema');

# golang-migrate: one row, a number; everything below it is applied too

database('golang',
	{ map { ("00000$_->[0]_$_->[1].up.sql" => $made{plain}->($_->[1]),
		"00000$_->[0]_$_->[1].down.sql" => "DROP TABLE $_->[1];\n") } [ 1, 'users' ], [ 2, 'orders' ], [ 3, 'bills' ] },
	q{CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL);
	INSERT INTO schema_migrations VALUES (2, false);
	CREATE TABLE users (id int); CREATE TABLE orders (id int)});
is( rows($node, 'golang', $looked), join("\n",
		'000001|present|2 of 2 catalog items; public.schema_migrations agrees',
		'000002|present|2 of 2 catalog items; public.schema_migrations agrees', '000003|absent|0 of 2 catalog items'),
	'golang-migrate: version 2 is 000002 and what is below it');
rows($node, 'golang', $adopted);
is(rows($node, 'golang', $pending), '000003', 'only the third is left to do');

# Flyway: a row for each run, of which the last one counts

my %flyway = ('V1__users.sql' => $made{plain}->('users'), 'V1.1__orders.sql' => $made{plain}->('orders'),
	'V2__bills.sql' => $made{plain}->('bills'), 'U2__bills.sql' => "DROP TABLE bills;\n",
	'V3__notes.sql' => $made{plain}->('notes'),
	'R__user_names.sql' => "CREATE VIEW user_names AS SELECT id FROM users;\n");
database('flyway', \%flyway, q{
	CREATE TABLE flyway_schema_history (installed_rank integer PRIMARY KEY, version varchar(50),
	    description varchar(200) NOT NULL, type varchar(20) NOT NULL, script varchar(1000) NOT NULL, checksum integer,
	    installed_by varchar(100) NOT NULL, installed_on timestamp NOT NULL DEFAULT now(),
	    execution_time integer NOT NULL, success boolean NOT NULL);
	INSERT INTO flyway_schema_history (installed_rank, version, description, type, script, installed_by, execution_time,
	    success)
	SELECT n, v, d, t, d, 'flyway', 1, s FROM (VALUES
	    (1, NULL, '<< Flyway Schema Creation >>', 'SCHEMA', true), (2, '1', 'users', 'SQL', true),
	    (3, '1.1', 'orders', 'SQL', true), (4, '2', 'bills', 'SQL', true), (5, '2', 'bills', 'UNDO_SQL', true),
	    (6, NULL, 'user names', 'SQL', true), (7, '3', 'notes', 'SQL', false)) AS h (n, v, d, t, s);
	CREATE TABLE users (id int); CREATE TABLE orders (id int); CREATE VIEW user_names AS SELECT id FROM users});
like(rows($node, 'flyway', $looked), qr/^$_/m, "Flyway: $_")
  for ('R__user_names\|present\|1 of 1 catalog items; public\.flyway_schema_history agrees$',
	'V1\|present\|[^;]*; public\.flyway_schema_history agrees$', 'V1\.1\|present\|[^;]*; public\.\w+ agrees$',
	'V2\|absent\|0 of 2 catalog items$', 'V3\|absent\|0 of 2 catalog items$');
unlike(rows($node, 'flyway', $looked), qr/unknown/, 'and no row that is no migration');
like(
	rows($node, 'flyway', "BEGIN; DELETE FROM flyway_schema_history WHERE installed_rank IN (2, 3);
		INSERT INTO flyway_schema_history VALUES (8, '1.1', '<< Flyway Baseline >>', 'BASELINE', '', NULL, 'me', now(), 0, true);
		$looked; ROLLBACK"),
	qr/^V1\|present\|[^;]*; public\.\w+ agrees\nV1\.1\|present\|[^;]*; public\.\w+ agrees\nV2\|absent\|[^;]*$/m,
	'Flyway: a baseline stands for all versions up to it');
rows($node, 'flyway', $adopted);
is(rows($node, 'flyway', $pending), "V2\nV3", 'what was undone or failed is left to do');

# Sqitch: its registry has a schema of its own

my $registry = q{
	CREATE TABLE %s.changes (change_id text PRIMARY KEY, script_hash text, change text NOT NULL, project text NOT NULL,
	    note text, committed_at timestamptz DEFAULT now());
	INSERT INTO %s.changes VALUES ('1a', NULL, 'appschema', 'shop'), ('2b', NULL, 'users', 'shop')};
database('sqitch',
	{ '01.sql' => revision_file('appschema', 'base', 'settings'), '02.sql' => revision_file('users', 'appschema', 'users'),
		'03.sql' => revision_file('orders', 'users', 'orders') },
	'CREATE SCHEMA sqitch; CREATE TABLE changes (change text); ' . sprintf($registry, 'sqitch', 'sqitch')
	  . ';CREATE TABLE settings (id int); CREATE TABLE users (id int)');
is( rows($node, 'sqitch', $looked), join("\n", 'appschema|present|2 of 2 catalog items; sqitch.changes agrees',
		'orders|absent|0 of 2 catalog items', 'users|present|2 of 2 catalog items; sqitch.changes agrees'),
	'Sqitch: changes by name, and no table that is only called so');

# Alembic: heads, several of them, in any schema; a tier that it knows nothing of is none of its business

my $pack = q({"name": "two", "tiers": [{"name": "main"}, {"name": "side"}], "profiles": {"all": ["main", "side"]},
	"default_profile": "all"});
database('alembic',
	{ 'pack.json' => $pack, 'main/1.sql' => revision_file('a001', 'base', 'users'),
		'main/2.sql' => revision_file('a002', 'a001', 'orders'), 'main/3.sql' => revision_file('a003', 'a001', 'bills'),
		'main/4.sql' => revision_file('a004', 'a003', 'notes'), 'side/1.sql' => revision_file('s001', 'base', 'extra') },
	q{CREATE SCHEMA ops; CREATE TABLE ops.alembic_version (version_num varchar(32) PRIMARY KEY);
	INSERT INTO ops.alembic_version VALUES ('a002'), ('a003');
	CREATE TABLE users (id int); CREATE TABLE orders (id int); CREATE TABLE bills (id int); CREATE TABLE extra (id int)});
is( rows($node, 'alembic', $looked), join("\n", map({ "$_|present|2 of 2 catalog items; ops.alembic_version agrees" }
			qw(a001 a002 a003)), 'a004|absent|0 of 2 catalog items', 's001|present|2 of 2 catalog items'),
	'Alembic: two heads and what is below them');

# Shapes

my %shapes = map { ("$_->[0].sql" => "-- revision: $_->[0]\n-- down_revision: $_->[1]\n-- migrate:up\n$_->[2]\n") } (
	[ 'b01', 'base', "CREATE TYPE mood AS ENUM ('sad', 'glad');\n"
		  . 'CREATE TABLE t (id serial PRIMARY KEY, mood mood, old int);' ],
	[ 'b02', 'b01', 'ALTER TABLE t ADD COLUMN a text NOT NULL DEFAULT \'x\', ADD COLUMN b int CHECK (b > 0);' ],
	[ 'b03', 'b02', 'ALTER TABLE t DROP COLUMN old;' ],
	[ 'b04', 'b03', "CREATE TABLE u (id int UNIQUE, t int REFERENCES t);\nCREATE INDEX u_t ON u (t);" ],
	[ 'b05', 'b04', "CREATE VIEW v AS SELECT id FROM u;\nCREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';" ],
	[ 'b06', 'b05', "CREATE TABLE scratch (id int);\nDROP TABLE scratch;\nINSERT INTO u VALUES (1);" ],
	[ 'b07', 'b06', "COMMENT ON TABLE u IS 'one';\nCOMMENT ON COLUMN u.t IS 'two';" ]);
my $whole = q{CREATE TYPE mood AS ENUM ('sad', 'glad');
	CREATE TABLE t (id serial PRIMARY KEY, mood mood, a text NOT NULL DEFAULT 'x', b int CHECK (b > 0));
	CREATE TABLE u (id int CONSTRAINT other_name UNIQUE, t int REFERENCES t); CREATE INDEX u_t ON u (t);
	CREATE VIEW v AS SELECT id FROM u; CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 2';
	COMMENT ON TABLE u IS 'a'; COMMENT ON COLUMN u.t IS 'b';};
database('shapes', \%shapes, $whole);
my $remark = qr/function public\.f\(integer\) has another body, which stays/;
sub judge
{
	my ($change) = @_;
	my $all = rows($node, 'shapes', "BEGIN; $change; $judged; ROLLBACK");
	$all =~ s/$remark//;
	return join "\n", grep { !/\|present\|$/ } split /\n/, $all;
}
is(judge('SELECT'), '', 'all of it is there: names of constraints and words of comments do not matter');
like(rows($node, 'shapes', $judged), qr/^b05\|present\|$remark$/m, 'bodies of functions do not either, but are remarked on');
for my $case (
	[ 'ALTER TABLE t DROP COLUMN b',
		'b02|different|column public.t.b is missing; constraint t_b_check on public.t is missing' ],
	[ 'ALTER TABLE t DROP COLUMN a, DROP COLUMN b', 'b02|absent|' ],
	[ 'ALTER TABLE t ALTER a DROP NOT NULL', 'b02|different|column public.t.a is "text default \'x\'::text", '
		  . 'expected "text not null default \'x\'::text"' ],
	[ 'ALTER TABLE t ADD COLUMN old int', 'b03|absent|' ],
	[ "ALTER TYPE mood ADD VALUE 'mad'", 'b01|different|type public.mood is "\'sad\', \'glad\', \'mad\'", expected "\'sad\', \'glad\'"' ],
	[ 'DROP INDEX u_t; DROP VIEW v', "b04|partial|\nb05|partial|" ],
	[ 'ALTER TABLE u DROP CONSTRAINT u_t_fkey', 'b04|different|constraint u_t_fkey on public.u is missing' ],
	[ 'CREATE OR REPLACE VIEW v AS SELECT id, 1 AS one FROM u', qr/\Ab05\|different\|view public\.v is " SELECT (?:u\.)?id,/ ],
	[ 'COMMENT ON TABLE u IS NULL', 'b07|partial|' ],
	[ 'DROP TABLE u CASCADE', "b04|absent|\nb05|partial|\nb06|absent|\nb07|absent|" ],
	[ 'DROP VIEW v; DROP TABLE t, u CASCADE',
		"b01|partial|\nb02|absent|\nb03|absent|\nb04|absent|\nb05|partial|\nb06|absent|\nb07|absent|" ])
{
	my ($change, $expected) = @$case;
	my $judgement = judge($change);
	ref $expected ? like($judgement, $expected, $change) : is($judgement, $expected, $change);
}

# What is partial is completed statement by statement, rows of new tables included; what is accepted stays as it is.
rows($node, 'shapes', q{DROP TABLE u CASCADE; DROP FUNCTION f(int); ALTER TABLE t DROP COLUMN b;
	CREATE TABLE u (t int)});
raises($node, 'shapes', $adopted, 'WM023', 'a table that lacks a column is no match',
	qr/DETAIL:  shapes\/b02: column public\.t\.b is missing.*\nshapes\/b04: column public\.u\.id is missing; /);
rows($node, 'shapes', 'DROP TABLE u');
is( rows($node, 'shapes', q{
	SELECT count(*) FROM whisper_adopt(apply => true, accept_differences => true);
	SELECT revision, statements FROM whisper_upgrade()}), "7\nb04|2\nb05|2\nb06|3\nb07|2",
	'the rest of an accepted database is created');
is( rows($node, 'shapes', q{SELECT count(*), (SELECT count(*) FROM u) FROM pg_attribute
	WHERE attrelid = 't'::regclass AND attname = 'b'}), '0|1', 'and what was accepted is not');

# A busy database is as it was

database('busy', {}, q{
	CREATE EXTENSION pg_trgm;
	CREATE SCHEMA "Own Schema" CREATE TABLE users (id int PRIMARY KEY, name text);
	CREATE TABLE mine (id serial PRIMARY KEY, name text, parent int REFERENCES mine);
	CREATE INDEX mine_name ON mine USING gin (name gin_trgm_ops);
	INSERT INTO mine (name) VALUES ('a'), ('b');
	CREATE VIEW seen AS SELECT m.id, similarity(m.name, u.name) FROM mine m, "Own Schema".users u;
	CREATE FUNCTION pick() RETURNS bigint LANGUAGE sql SET search_path = public AS 'SELECT count(*) FROM mine';
	CREATE MATERIALIZED VIEW "Own Schema".counted AS SELECT pick();
	CREATE PUBLICATION everything FOR ALL TABLES;
	CREATE ROLE reader; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader;
	ALTER DEFAULT PRIVILEGES IN SCHEMA "Own Schema" GRANT SELECT ON TABLES TO reader;
	ALTER DATABASE busy RESET whisper_migrate.script_location});
my $busy = schema_of($node, 'busy');
is( rows($node, 'busy', q{SELECT verdict, count(*) FROM whisper_adopt('research') WHERE revision <> '000_extensions'
	GROUP BY 1}), 'absent|51', 'tables of other schemas are not taken for those of the pack');
is(schema_of($node, 'busy'), $busy, 'and all of it is as it was');
is(rows($node, 'busy', q{SELECT pick(), (SELECT max(nextval) FROM nextval('mine_id_seq') AS nextval),
	(SELECT count(*) FROM pg_namespace WHERE nspname ~ 'hidden')}), '2|3|0', 'rows, sequences and functions included');

# Who may look

rows($node, 'busy', q{CREATE ROLE someone; GRANT EXECUTE ON FUNCTION whisper_adopt TO someone});
raises($node, 'busy', 'SET ROLE someone; SELECT whisper_adopt()', 'WM022',
	'who may not rename the schemas may not look',
	qr/the pack cannot be rehearsed: must be owner of schema "?Own Schema"?/,
	qr/HINT: .*by a role that may rename the schemas/);
new_database($node, 'owned');
rows($node, 'owned', q{ALTER SCHEMA public OWNER TO someone; GRANT CREATE ON DATABASE owned TO someone;
	GRANT EXECUTE ON FUNCTION whisper_adopt TO someone});
is(rows($node, 'owned', 'SET ROLE someone; SELECT verdict, count(*) FROM whisper_adopt() GROUP BY 1'), 'absent|30',
	'the owner of the schema may');

# A pack that does not run in an empty database

database('broken', { '1.sql' => revision_file('c001', 'base', 'users') . "\n",
		'2.sql' => "-- revision: c002\n-- down_revision: c001\n-- migrate:up\n"
		  . "CREATE TABLE x (id int REFERENCES elsewhere);\n" },
	'SELECT');
raises($node, 'broken', $adopted, 'WM022', 'a pack that cannot be rehearsed says where',
	qr/cannot be rehearsed: relation "elsewhere" does not exist/, qr/revision "c002", file "2\.sql"/);

$node->stop;
done_testing();
