# One object of every kind that a tier can have: the words that the engine has for it are the server's, and by the names that
# were recorded it is found, missed and dropped.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node database_of rows error_of);

my $node = new_node('kinds');

# In SQL's words, how pg_identify_object() calls it where that differs, what makes it, and how it is named behind DROP.
my @kinds = (
	[ 'schema', '', 'CREATE SCHEMA "S s"', '"S s"' ],
	[ 'table', '', 'CREATE TABLE "S s"."T.t" (id int PRIMARY KEY, name text, "C c" int)', '"S s"."T.t" CASCADE' ],
	[ 'sequence', '', 'CREATE SEQUENCE "S s".seq', '"S s".seq' ],
	[ 'index', '', 'CREATE INDEX "I i" ON "S s"."T.t" (name)', '"S s"."I i"' ],
	[ 'view', '', 'CREATE VIEW v AS SELECT 1 AS one', 'v CASCADE' ],
	[ 'materialized view', '', 'CREATE MATERIALIZED VIEW m AS SELECT 1 AS one', 'm' ],
	[ 'type', '', 'CREATE TYPE "S s"."Pair" AS (a int, b text)', '"S s"."Pair" CASCADE' ],
	[ 'domain', 'type', 'CREATE DOMAIN d AS text CONSTRAINT short CHECK (length(VALUE) < 5)', 'd CASCADE' ],
	[ 'function', '', 'CREATE FUNCTION f("S s"."Pair"[], d, "char", VARIADIC int[]) RETURNS boolean LANGUAGE sql AS $$SELECT true$$',
		'f("S s"."Pair"[], d, "char", int[])' ],
	[ 'procedure', '', 'CREATE PROCEDURE p() LANGUAGE sql AS $$SELECT 1$$', 'p()' ],
	[ 'aggregate', '', 'CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int)', 'total(int)' ],
	[ 'operator', '', 'CREATE OPERATOR ==> (FUNCTION = starts_with, LEFTARG = text, RIGHTARG = text)', '==> (text, text)' ],
	[ 'operator', '', 'CREATE OPERATOR !!! (FUNCTION = int4um, RIGHTARG = int)', '!!! (NONE, int)' ],
	[ 'operator family', '', 'CREATE OPERATOR FAMILY fam USING btree', 'fam USING btree' ],
	[ 'operator class', '', 'CREATE OPERATOR CLASS cls FOR TYPE int USING btree FAMILY fam AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint4cmp(int, int)', 'cls USING btree' ],
	[ 'collation', '', 'CREATE COLLATION coll (LOCALE = "C")', 'coll' ],
	[ 'conversion', '', q(CREATE CONVERSION conv FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8), 'conv' ],
	[ 'trigger', '', 'CREATE TRIGGER trg BEFORE UPDATE ON "S s"."T.t" FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()', 'trg ON "S s"."T.t"' ],
	[ 'rule', '', 'CREATE RULE "R r" AS ON DELETE TO "S s"."T.t" DO INSTEAD NOTHING', '"R r" ON "S s"."T.t"' ],
	[ 'policy', '', 'CREATE POLICY pol ON "S s"."T.t" USING (true)', 'pol ON "S s"."T.t"' ],
	[ 'statistics', 'statistics object', 'CREATE STATISTICS st ON name, "C c" FROM "S s"."T.t"', 'st' ],
	[ 'text search parser', '', 'CREATE TEXT SEARCH PARSER tp (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype)', 'tp' ],
	[ 'text search template', '', 'CREATE TEXT SEARCH TEMPLATE tt (LEXIZE = dsimple_lexize, INIT = dsimple_init)', 'tt' ],
	[ 'text search dictionary', '', 'CREATE TEXT SEARCH DICTIONARY td (TEMPLATE = simple)', 'td' ],
	[ 'text search configuration', '', 'CREATE TEXT SEARCH CONFIGURATION tc (COPY = simple)', 'tc' ],
	[ 'access method', '', 'CREATE ACCESS METHOD am TYPE INDEX HANDLER bthandler', 'am' ],
	[ 'language', '', 'CREATE LANGUAGE lang HANDLER plpgsql_call_handler', 'lang' ],
	[ 'event trigger', '', 'CREATE EVENT TRIGGER evt ON sql_drop WHEN TAG IN (\'DROP SUBSCRIPTION\') EXECUTE FUNCTION evf()', 'evt' ],
	[ 'foreign data wrapper', 'foreign-data wrapper', 'CREATE FOREIGN DATA WRAPPER "W w"', '"W w" CASCADE' ],
	[ 'server', '', 'CREATE SERVER srv FOREIGN DATA WRAPPER "W w"', 'srv CASCADE' ],
	[ 'foreign table', '', 'CREATE FOREIGN TABLE ft (id int) SERVER srv', 'ft' ],
	[ 'user mapping', '', 'CREATE USER MAPPING FOR public SERVER srv', 'FOR public SERVER srv' ],
	[ 'publication', '', 'CREATE PUBLICATION pub', 'pub' ],
	[ 'cast', '', 'CREATE CAST ("S s"."Pair" AS d) WITH INOUT', '("S s"."Pair" AS d)' ],
	[ 'transform', '', 'CREATE TRANSFORM FOR int LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal), TO SQL WITH FUNCTION int4recv(internal))', 'FOR int LANGUAGE sql' ]);
my $event_function = 'CREATE FUNCTION evf() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN END$$';
my $default_acl = 'ALTER DEFAULT PRIVILEGES IN SCHEMA "S s" GRANT SELECT ON TABLES TO PUBLIC';
my $altered = 'ALTER TABLE "S s"."T.t" ADD COLUMN more int CONSTRAINT "More, more" CHECK (more > 0)';

# What hangs on a table counts by itself where another revision makes it.
my ($first, $second) = map { join '', map { "$_;\n" } @$_ }
  [ map { $_->[2] } @kinds[0 .. 1] ], [ $event_function, (map { $_->[2] } @kinds[2 .. $#kinds]), $default_acl, $altered ];
database_of($node, 'kinds', 'pack.json' => '{"name": "k", "tiers": [{"name": "app", "kind": "repeatable"}]}',
	'app/005_table.sql' => "-- migrate:up\n$first", 'app/010_all.sql' => "-- migrate:up\n$second");
# Everything of these catalogs that is not the system's.
my $count = join ' UNION ALL ', map { "SELECT '$_' AS catalog, count(*) FROM $_ WHERE oid >= 16384" }
  qw(pg_class pg_type pg_proc pg_operator pg_opclass pg_opfamily pg_collation pg_conversion pg_trigger pg_rewrite pg_policy pg_statistic_ext pg_ts_parser
  pg_ts_template pg_ts_dict pg_ts_config pg_am pg_language pg_event_trigger pg_foreign_data_wrapper pg_foreign_server pg_user_mapping pg_publication
  pg_cast pg_transform pg_default_acl pg_namespace pg_constraint);
# The tables of the extension may get ones that keep long values.
my $before = rows($node, 'kinds', $count);
rows($node, 'kinds', 'SELECT whisper_upgrade()');

# The words

my %statements = map { my ($verb, $type) = split /\|/; ("$verb|$type" => 1) } split /\n/, rows($node, 'kinds', 'SELECT verb, object_type FROM whisper.statement');
# The server knows no address of operators with one operand.
my $addressed = q{(SELECT * FROM whisper.owned_object WHERE object_type <> 'operator' OR cardinality(object_arguments) = 2 OFFSET 0)};
my %owned = map { $_ => 1 } split /\n/, rows($node, 'kinds', qq{SELECT DISTINCT o.object_type FROM $addressed AS o,
	pg_get_object_address(o.object_type, o.object_names, o.object_arguments) AS a,
	pg_identify_object(a.classid, a.objid, a.objsubid) AS i WHERE i.type = o.object_type AND i.identity = o.object_identity});
for my $kind (@kinds)
{
	my ($words, $type) = @$kind;
	$type ||= $words;
	ok($statements{"CREATE " . uc($words) . "|$words"}, "$words: in the server's tag, and in the record");
	ok($owned{$type}, "$words: owned as what pg_identify_object() calls $type")
	  or diag(join ', ', sort keys %owned);
}
is(rows($node, 'kinds', qq{SELECT count(*) FROM $addressed AS o WHERE NOT EXISTS (SELECT FROM pg_get_object_address(o.object_type, o.object_names, o.object_arguments))}), '0',
	'every record has an address');

# By their names

is(rows($node, 'kinds', "SELECT action FROM whisper_repair('010_all')"), 'nothing to repair', 'each is found');
for my $kind (@kinds)
{
	my ($words, undef, undef, $name) = @$kind;
	next if $words eq 'schema' || $words eq 'table';   # of the other file
	my $told = rows($node, 'kinds', 'BEGIN; DROP ' . uc($words) . " $name; SELECT action FROM whisper_repair('010_all')");
	like($told, qr/^restored$|could not bring back|WM015|already exists|does not exist/m, "$words: missed when it is gone");
	unlike($told, qr/nothing to repair/, 'and not passed over');
}
is(rows($node, 'kinds', q{BEGIN; DROP FOREIGN DATA WRAPPER "W w" CASCADE; DROP SCHEMA "S s" CASCADE; DROP DOMAIN d CASCADE;
	SELECT count(*) FROM pg_locks WHERE locktype = 'object' AND pid = pg_backend_pid() AND mode = 'AccessShareLock';
	SAVEPOINT s; SELECT revision FROM whisper_downgrade('base')}) =~ /^010_all$/m ? 1 : 0, 1, 'a way down passes over what is gone with its schema, server and types');
rows($node, 'kinds', "SELECT whisper_downgrade('base')");
is(rows($node, 'kinds', $count), $before, 'and otherwise drops one of each kind');

# The same as a script, but for default privileges, which no statement takes back by their name

rows($node, 'kinds', 'SELECT whisper_upgrade()');
my @script = grep { !/^DROP DEFAULT ACL/ } split /^/m, rows($node, 'kinds', "SELECT whisper_sql('base', direction => 'downgrade')");
like(join('', @script), qr/^DROP FOREIGN DATA WRAPPER "W w";$/m, 'a script has the words of SQL');
(my $run = join '', @script) =~ s/^COMMIT;$/ROLLBACK;/mg;
is(error_of($node, 'kinds', $run), '', 'and runs');
rows($node, 'kinds', "SELECT whisper_downgrade('base')");

# What a dump may say that no server does

rows($node, 'kinds', 'SELECT whisper_upgrade()');
for my $record ("'{}'", "'{x}'", "'{x,y,z,a}'", "ARRAY[repeat('x', 100), repeat('y', 100), repeat('z', 100)]", "ARRAY['', '', '']", "'{\"a\\\"b.\"}'")
{
	is(rows($node, 'kinds', "BEGIN; UPDATE whisper.owned_object SET object_names = $record, object_arguments = $record; SELECT count(*) FROM whisper_downgrade('base')"),
		"2", "names that are none: $record");
}

$node->stop;
done_testing();
