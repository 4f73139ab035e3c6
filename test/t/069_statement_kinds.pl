# The server's parser decides what a statement is: words in texts, names and bodies decide nothing.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database rows error_of raises write_files);

my $node = new_node('kinds');
my $root = PostgreSQL::Test::Utils::tempdir;
my $manifest = q({"name": "kinds", "tiers": [{"name": "app", "kind": "repeatable"}]});
my $upgrade = q{SELECT revision, statements FROM whisper_upgrade('head')};
my $troubles = 'SELECT check_name, subject, detail FROM whisper_verify() WHERE NOT ok';
my $databases = 0;

# A database with these files for its pack, and where they are.
sub packed
{
	my (%files) = @_;
	my $name = 'kinds' . ++$databases;
	write_files("$root/$name", %files);
	new_database($node, $name, "$root/$name");
	return $name;
}

# One repeatable file, applied, then edited: what the edit ran, and what a query tells then.
sub edited
{
	my ($first, $second, $query) = @_;
	my $name = packed('pack.json' => $manifest, 'app/010_text.sql' => $first);
	rows($node, $name, $upgrade);
	write_files("$root/$name", 'app/010_text.sql' => $second);
	return rows($node, $name, "$upgrade; $query");
}

# An edit elsewhere in the file runs nothing that it does not concern

my $notes = "CREATE TABLE notes (body text);\n";
my $comment = "COMMENT ON TABLE notes IS 'edited';\n";
for my $insert (
	"INSERT INTO notes VALUES ('call set_config first')",
	"WITH set_config AS (SELECT 'a') INSERT INTO notes TABLE set_config",
	"INSERT INTO notes VALUES (set_config('whisper.x', 'a', true))",
	"WITH i AS (INSERT INTO notes VALUES ('a') RETURNING body) SELECT set_config('whisper.x', body, true) FROM i",
	"DO \$\$ BEGIN PERFORM set_config('whisper.x', 'a', true); INSERT INTO notes VALUES ('a'); END \$\$",
	"/* SET ROLE x */ INSERT INTO notes SELECT 'SET search_path = a' -- set_config('a')")
{
	is(edited("$notes$insert\n;", "$notes$insert\n;$comment", 'SELECT count(*) FROM notes'), "010_text|1\n1",
		"one row: $insert");
}
my $tenant = q{CREATE FUNCTION set_tenant(t text) RETURNS text LANGUAGE sql AS $$ SELECT set_config('app.tenant', t, true) $$;};
is(edited("$notes$tenant", "$notes$tenant$comment", 'SELECT 1'), "010_text|1\n1", 'a function that is there is not made again');
is(edited("CREATE TABLE by (by int); INSERT INTO by VALUES (1);", "CREATE TABLE by (by int); INSERT INTO by VALUES (1); COMMENT ON TABLE by IS 'b';",
	'TABLE by'), "010_text|1\n1", 'a table may have a word of the grammar for its name');

# What a file sets is set for what is new in it, and put back where the file puts it back

$node->safe_psql('postgres', 'CREATE ROLE kinds_owner; CREATE ROLE kinds_other');
my $owned = q{SELECT schemaname, tablename, tableowner FROM pg_tables WHERE tablename IN ('items', 'more') ORDER BY 2};
my $before = 'CREATE SCHEMA inv; GRANT ALL ON SCHEMA inv, public TO kinds_owner;';
for my $pair (
	[ 'SET ROLE kinds_owner; SET search_path = inv;', 'RESET search_path; RESET ROLE;' ],
	[ 'SET SESSION AUTHORIZATION kinds_owner; SET LOCAL search_path TO inv;', 'RESET SESSION AUTHORIZATION; SET search_path TO DEFAULT;' ],
	[ q{SELECT set_config('role', 'kinds_owner', false), pg_catalog.set_config('search_path', 'inv', true);}, 'RESET ALL; SET ROLE NONE;' ],
	[ q{SELECT SET_CONFIG('role', 'kinds_owner', false); SELECT set_config('search_path', 'inv, ' || current_setting('search_path'), false);},
		q{SET ROLE TO none; SELECT set_config('search_path', '"$user", public', false);} ])
{
	my ($set, $reset) = @$pair;
	my $file = "$before $set CREATE TABLE items (id int); $reset";
	like(edited($file, "$file CREATE TABLE more (id int);", $owned),
		qr/^inv\|items\|kinds_owner\npublic\|more\|(?!kinds_owner)\w+$/m, "both halves: $set $reset");
	like(edited($file, "$before $set CREATE TABLE items (id int); CREATE TABLE more (id int); $reset", $owned),
		qr/^inv\|items\|kinds_owner\ninv\|more\|kinds_owner$/m, 'and what stands between them gets what they set');
}

# CREATE OR REPLACE resets what other statements had set: they run again

my $function = q{CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT %d';};
my $altered = q{ALTER FUNCTION f() SECURITY DEFINER SET search_path = pg_catalog; COMMENT ON FUNCTION f() IS 'f';
	GRANT EXECUTE ON FUNCTION f() TO kinds_owner;};
is(edited(map({ sprintf($function, $_) . $altered } 1, 2), q{SELECT prosecdef, proconfig, f() FROM pg_proc WHERE oid = 'f()'::regprocedure}),
	"010_text|4\nt|{search_path=pg_catalog}|2", 'a function keeps what ALTER FUNCTION had set');
is(edited(map({ "CREATE OR REPLACE VIEW v AS SELECT $_ AS x; CREATE TABLE t (a int); INSERT INTO t SELECT x FROM v;"
	  . "ALTER VIEW v SET (security_barrier); ALTER TABLE v ALTER x SET DEFAULT 7;" } 1, 2),
	q{SELECT reloptions FROM pg_class WHERE oid = 'v'::regclass; TABLE t}), "010_text|3\n{security_barrier=true}\n1", 'a view keeps its options');
my $trigger = q{CREATE TABLE t (a int); CREATE OR REPLACE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
	CREATE OR REPLACE TRIGGER tr BEFORE %s ON t FOR EACH ROW EXECUTE FUNCTION tf(); INSERT INTO t VALUES (1);};
for my $disable ('ALTER TABLE t DISABLE TRIGGER tr;', 'ALTER TABLE t DISABLE TRIGGER USER;')
{
	is(edited(map({ sprintf($trigger, $_) . $disable } 'INSERT', 'UPDATE'), 'SELECT tgenabled FROM pg_trigger; TABLE t'),
		"010_text|2\nD\n1", "a trigger stays disabled: $disable");
}

# Repair runs what is about the missing table, and writes to no other one

my $repaired = packed('main/001_t.sql' => "-- migrate:up\nCREATE TABLE notes (body text);\nCREATE SCHEMA s;\nCREATE TABLE s.notes (body text);\n"
	  . "CREATE TABLE other (id int);\nINSERT INTO notes VALUES ('see set_config');\nINSERT INTO s.notes VALUES ('s');\n"
	  . "-- migrate:down\nDROP TABLE notes, other; DROP SCHEMA s CASCADE;\n");
rows($node, $repaired, "$upgrade; DROP TABLE other");
is(rows($node, $repaired, q{SELECT action FROM whisper_repair('001') WHERE action LIKE 'restored%'; SELECT count(*) FROM notes}) =~ s/.*\n//sr,
	1, 'repair of another table');
rows($node, $repaired, 'DROP TABLE s.notes');
rows($node, $repaired, q{SELECT action FROM whisper_repair('001')});
is(rows($node, $repaired, 'SELECT count(*) FROM notes; SELECT count(*) FROM s.notes'), "1\n1", 'and of one that has the same name in another schema');

# Names that read like SQL

my $odd = packed('main/001_t.sql' => qq{-- migrate:up\nCREATE TABLE t (id int, kind text DEFAULT 'an identity card');\n}
	  . qq{CREATE TABLE u (id int, "net.value" int DEFAULT 0);\nCREATE TABLE "a on b" (id int);\n}
	  . qq{ALTER TABLE "a on b" ADD CONSTRAINT c1 CHECK (id > 0);\n-- migrate:down\nDROP TABLE t, u, "a on b";\n});
rows($node, $odd, "$upgrade; ALTER TABLE t DROP COLUMN kind; ALTER TABLE u DROP COLUMN \"net.value\"; ALTER TABLE \"a on b\" DROP CONSTRAINT c1");
rows($node, $odd, q{SELECT action FROM whisper_repair('001')});
is(rows($node, $odd, q{SELECT attname FROM pg_attribute WHERE attrelid IN ('t'::regclass, 'u'::regclass) AND attnum > 1 AND NOT attisdropped ORDER BY 1;
	SELECT conrelid::regclass FROM pg_constraint WHERE conname = 'c1'}), qq{kind\nnet.value\n"a on b"}, 'repair quotes what it writes');

# One name in two schemas

sub two_tiers
{
	my ($one, $two) = @_;
	my $section = "-- migrate:up\n%s\n-- migrate:down\nSELECT 1;\n";
	return packed('sales/001_s.sql' => sprintf($section, $one), 'support/002_s.sql' => sprintf($section, $two));
}
for my $two (
	[ 'CREATE SCHEMA sales; CREATE TABLE sales.users (id int);', 'CREATE SCHEMA support; CREATE TABLE support.users (id int);' ],
	[ 'CREATE SCHEMA sales CREATE TABLE users (id int);', 'CREATE TABLE users (id int);' ],
	[ 'CREATE SCHEMA sales; SET search_path = sales, public; CREATE TABLE users (id int);', 'CREATE TABLE public.users (id int);' ],
	[ 'CREATE TEMP TABLE users (id int) ON COMMIT DROP;', 'CREATE TABLE users (id int);' ])
{
	my $name = two_tiers(@$two);
	rows($node, $name, q{SELECT tier FROM whisper_upgrade('head')});
	is(rows($node, $name, $troubles), '', "no conflict: @$two");
}
my $conflict = two_tiers('CREATE TABLE public.users (id int);', 'CREATE TABLE IF NOT EXISTS U&"us\0065rs" (id int);');
rows($node, $conflict, 'SELECT whisper_load()');
like(rows($node, $conflict, $troubles), qr/^registry\|users\|table "users" is created by .*001.* and by .*002/m, 'one table of two tiers is told');

# What a rehearsal leaves out, and which statement made what

my $first = "-- migrate:up\nCREATE TABLE t (id int PRIMARY KEY);\n-- migrate:down\nDROP TABLE t;\n";
for my $reindex ('REINDEX (CONCURRENTLY) TABLE t', 'REINDEX (VERBOSE, CONCURRENTLY ON) INDEX t_pkey', 'VACUUM (ANALYZE) t')
{
	my $name = packed('main/001_t.sql' => $first, 'main/002_r.sql' => "-- migrate:up transaction:false\n$reindex;\n-- migrate:down\n");
	is(rows($node, $name, 'CREATE TABLE t (id int PRIMARY KEY); SELECT revision, verdict FROM whisper_adopt() LIMIT 1'), '001|present',
		"adopted: $reindex");
}
my $detach = packed('main/001_t.sql' => "-- migrate:up transaction:false\nCREATE TABLE concurrently_made (a int) PARTITION BY RANGE (a);\n"
	  . "CREATE TABLE part PARTITION OF concurrently_made FOR VALUES FROM (1) TO (2);\nALTER TABLE concurrently_made DETACH PARTITION part CONCURRENTLY;\n"
	  . "CREATE INDEX CONCURRENTLY i ON part ((a + 1));\n-- migrate:down\nDROP TABLE concurrently_made, part;\n");
is(rows($node, $detach, 'CREATE TABLE concurrently_made (a int) PARTITION BY RANGE (a); CREATE TABLE part (a int); CREATE INDEX i ON part ((a + 1));'
	  . 'SELECT verdict, differences FROM whisper_adopt()'), 'present|', 'CONCURRENTLY is left out where it stands');
my $many = packed('pack.json' => $manifest, 'app/010_many.sql' => join '', map("SELECT $_;\n", 1 .. 4200), "CREATE TABLE a (i int);\nCREATE TABLE b (i int);\n");
is(rows($node, $many, q{CREATE TABLE a (i int); SELECT verdict, evidence FROM whisper_adopt()}) =~ s/\|.*//sr, 'partial', 'of more than 4095 statements, too');
rows($node, $many, 'SELECT * FROM whisper_adopt(apply => true)');
is(rows($node, $many, q{SELECT number FROM whisper.statement WHERE object_name = 'a'}), 4201, 'each statement is told from the others');

# A partitioned table is reindexed outside of a transaction, which only a database can tell

my $partitioned = packed('main/001_p.sql' => "-- migrate:up\nCREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id);\n"
	  . "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9);\n-- migrate:down\nDROP TABLE p;\n",
	'main/002_r.sql' => "-- migrate:up\nREINDEX TABLE p;\n-- migrate:down\n");
raises($node, $partitioned, $upgrade, '25001', 'an upgrade says what to do', qr/HINT:  CALL whisper_deploy\('head'\)/);
is(error_of($node, $partitioned, q{CALL whisper_deploy('head')}), '', 'which a deploy does');

$node->stop;
done_testing();
