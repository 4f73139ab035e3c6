# Files as people have them: what pg_dump writes and what psql reads, run as it is, or refused before anything has run.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database set_location rows error_of raises schema_of write_files);

my $node = new_node('files');
my $root = PostgreSQL::Test::Utils::tempdir;
my $number = 0;

# A directory of its own with these files.
sub new_pack
{
	my (%files) = @_;
	my $directory = "$root/" . ++$number . '/files';
	write_files($directory, %files);
	return $directory;
}

# What the server says while it applies the pack to a database: (status, stdout, stderr).
sub upgrade
{
	my ($dbname, $directory, @afterwards) = @_;
	set_location($node, $dbname, $directory);
	return $node->psql($dbname, join(';', 'SELECT statements FROM whisper_upgrade()', @afterwards), on_error_stop => 1);
}

# What pg_dump writes

$node->safe_psql('postgres', 'CREATE ROLE keeper; CREATE DATABASE source');
$node->safe_psql('source', <<'END');
CREATE EXTENSION pg_trgm;
CREATE TYPE mood AS ENUM ('glad', 'it''s fine');
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE TABLE place (id serial PRIMARY KEY, name text NOT NULL, mood mood DEFAULT 'glad', size positive);
CREATE TABLE visit (
    id bigserial, place int REFERENCES place ON DELETE CASCADE,
    seen timestamptz NOT NULL, note text, tags text[], more jsonb, PRIMARY KEY (id, seen)) PARTITION BY RANGE (seen);
CREATE TABLE visit_2025 PARTITION OF visit FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE INDEX place_name ON place USING gin (name gin_trgm_ops);
CREATE TABLE numbered (id int GENERATED ALWAYS AS IDENTITY, twice int GENERATED ALWAYS AS (id * 2) STORED);
CREATE SEQUENCE ticket START 7 INCREMENT 3;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- a semicolon; and 'a quote
    NEW.note := coalesce(NEW.note, 'none; "yet"');
    RETURN NEW;
END $$;
CREATE FUNCTION places() RETURNS bigint LANGUAGE sql STABLE BEGIN ATOMIC SELECT count(*) FROM place; SELECT 1; END;
CREATE TRIGGER touch BEFORE INSERT ON visit FOR EACH ROW EXECUTE FUNCTION touch();
CREATE VIEW glad_place AS SELECT id, name FROM place WHERE mood = 'glad';
CREATE MATERIALIZED VIEW counted AS SELECT place, count(*) FROM visit GROUP BY 1;
ALTER TABLE place ENABLE ROW LEVEL SECURITY;
CREATE POLICY everything ON place USING (true);
ALTER TABLE place OWNER TO keeper;
GRANT SELECT ON visit TO keeper;
COMMENT ON TABLE place IS E'with a backslash \\ and\na second line';
INSERT INTO place (name, mood, size)
    VALUES (E'tab\there', 'it''s fine', 1), (E'back\\slash', NULL, 2), (E'two\nlines', 'glad', NULL), ('\.', 'glad', 3),
           ('', 'glad', 4), ('\N', 'glad', 5), ('dollar $$ and ; and -- and /*', 'glad', 6);
INSERT INTO visit (place, seen, tags, more)
    SELECT i % 7 + 1, '2025-05-01'::timestamptz + i * '1 hour'::interval, ARRAY['a,b', NULL, 'c"d'], '{"k": "v\n"}'
    FROM generate_series(1, 500) AS i;
SELECT nextval('ticket'), nextval('ticket');
SELECT lo_from_bytea(4711, 'a large; object\000'), lo_from_bytea(4712, 'another');
GRANT SELECT ON LARGE OBJECT 4711 TO keeper;
COMMENT ON LARGE OBJECT 4712 IS 'with a comment';
REFRESH MATERIALIZED VIEW counted;
END
my $contents = join ' UNION ALL ', (map { "SELECT '$_', count(*), md5(string_agg($_\::text, ',' ORDER BY $_\::text)) FROM $_" }
	qw(place visit counted glad_place)), q{SELECT 'ticket', last_value, is_called::text FROM ticket},
  q{SELECT 'large object ' || oid, lomowner::bigint, md5(lo_get(oid)) FROM pg_largeobject_metadata};
for my $options ([], ['--inserts'], [ '--clean', '--if-exists' ])
{
	my $name = @$options ? "pg_dump @$options" : 'pg_dump';
	my ($dump, $stderr) = run_command([ 'pg_dump', @$options, '-d', $node->connstr('source') ]);
	is($stderr, '', "$name of the source");
	my $target = 'target' . ++$number;
	new_database($node, $target);
	my ($status, $stdout, $error) = upgrade($target, new_pack('001_dump.sql' => "$dump\n"),
		q{SELECT 'before', current_setting('search_path'), current_setting('check_function_bodies')});
	is($status, 0, "$name: runs unmodified") or diag($error);
	is(schema_of($node, $target), schema_of($node, 'source'), "$name: leaves the same schema");
	is(rows($node, $target, $contents), rows($node, 'source', $contents), "$name: and rows");
	like($stdout, qr/\nbefore\|"\$user", public\|on\z/, "$name: what it SETs is undone");
}

# What psql reads

new_database($node, 'scripts');
my ($status, $stdout, $stderr) = upgrade('scripts', new_pack('001_x.sql' =>
	"\\set ON_ERROR_STOP on\n\\echo making tables\nBEGIN;\nCREATE TABLE one (id int);\n"
	. "\\qecho 'half  way' done\nCREATE TABLE two (id int);\nCOMMIT;\n\\echo\n"));
is("$status|$stdout", '0|2', 'BEGIN and COMMIT around everything, \set ON_ERROR_STOP and \echo');
like($stderr, qr/NOTICE:  making tables\n.*NOTICE:  half  way done\n/s, '\echo and \qecho become notices, without quotes');
is(rows($node, 'scripts', q{SELECT to_regclass('one'), to_regclass('two')}), 'one|two', 'the statements have run');
rows($node, 'scripts', q{DROP TABLE one, two; SELECT whisper_stamp('base', purge => true)});

($status, $stdout, $stderr) = upgrade('scripts', new_pack('001_x.sql' =>
	"\xEF\xBB\xBFBEGIN;\r\nCREATE TABLE windows (note text);\r\nCOPY windows FROM stdin;\r\none\r\ntwo\r\n\\.\r\n"
	. "CREATE TABLE more (id int);\r\nCOMMIT;\r\n"));
is("$status|$stdout", '0|3', 'a byte order mark and CRLF, in a COPY block, too') or diag($stderr);
is(rows($node, 'scripts', 'SELECT string_agg(note, \',\') FROM windows'), 'one,two', 'the rows have no CR in them');
rows($node, 'scripts', q{DROP TABLE windows, more; SELECT whisper_stamp('base', purge => true)});

# Included files

my $included = new_pack(
	'pack.json' => '{"name": "inc", "tiers": [{"name": "main"}]}',
	'main/001_x.sql' => "CREATE TABLE outer_one (id int);\n\\i lib/types.sql\n\\ir ../lib/tables.sql\n"
	  . "CREATE TABLE outer_two (mood mood);\n",
	'lib/types.sql' => "\xEF\xBB\xBFCREATE TYPE mood AS ENUM ('glad');\r\n",
	'lib/tables.sql' => "CREATE TABLE inner_one (mood mood);\n\\ir deep/rows.sql\nCREATE TABLE inner_two (id int)\n",
	'lib/deep/rows.sql' => "COPY inner_one FROM stdin;\nglad\n\\.\n");
new_database($node, 'included');
($status, $stdout, $stderr) = upgrade('included', $included);
is("$status|$stdout", '0|6', '\i from the pack\'s folder, \ir from the file\'s, nested') or diag($stderr);
is(rows($node, 'included', 'SELECT * FROM inner_one; SELECT count(*) FROM outer_two'), "glad\n0", 'have run');
is(rows($node, 'included', q{SELECT count(*) FROM whisper_verify() WHERE NOT ok}), '0', 'and are verified');
write_files($included, 'lib/deep/rows.sql' => "COPY inner_one FROM stdin;\nglad\nglad\n\\.\n");
raises($node, 'included', 'SELECT whisper_upgrade()', 'WM011', 'an included file that changed is noticed', qr/"001"/);
like(rows($node, 'included', q{SELECT subject, detail FROM whisper_verify() WHERE NOT ok}), qr/^001\|.*edited/,
	'by verify, too');
write_files($included, 'lib/deep/rows.sql' => "-- the rows\nCOPY inner_one FROM stdin;\nglad\n\\.\n");
is(rows($node, 'included', 'SELECT count(*) FROM whisper_upgrade()'), '0', 'comments in it are free');
write_files($included, 'main/002_x.sql' => "SELECT 1;\n\\i lib/wrong.sql\n",
	'lib/wrong.sql' => "-- fails\nSELECT 1;\n\nSELECT no_such_column;\n");
raises($node, 'included', 'SELECT whisper_upgrade()', '42703', 'an error in it names the file and line of the include',
	qr/file "lib\/wrong.sql", line 4/);

# Refused, with file and line, before anything has run

new_database($node, 'refused');
my $before = schema_of($node, 'refused');

# Every file before and after is good; what it would create is looked for at the end.
sub refused
{
	my ($name, $sqlstate, $place, $content, %others) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $pack = new_pack('pack.json' => '{"name": "refused", "tiers": [{"name": "main"}]}', %others,
		'main/000_first.sql' => "CREATE TABLE early (id int);\n", 'main/001_x.sql' => $content);
	raises($node, 'refused', "SET whisper_migrate.script_location = '$pack'; SELECT whisper_upgrade()", $sqlstate, $name,
		$place);
	return;
}
my $good = "CREATE TABLE good (id int);\n";
my $place = qr/file "main\/001_x.sql".*line 2|line 2 of file "main\/001_x.sql"/;
for my $command ('\copy good from x', '\connect other', '\c other', '\gexec', '\if true', '\! rm', '\set x 1',
	'\include_no', '\g', '\dt', '\o file', '\i', '\password')
{
	refused($command, 'WM019', $place, "$good$command\n");
}
for my $use (':name', q{:'name'}, ':"name"', ':{?name}')
{
	refused("variable $use", 'WM019', $place, "${good}SELECT $use;\n");
}
refused('SELECT … \gset', 'WM019', $place, "${good}SELECT 1 \\gset\n");
refused('\i of a file that is not there', '58P01', qr/nothing\.sql/, "$good\\i nothing.sql\n");
refused('\i out of the pack', 'WM019', $place, "$good\\i ../outside.sql\n");
refused('\i of an absolute path', 'WM019', $place, "$good\\i /etc/passwd\n");
refused('\i of itself', 'WM019', $place, "$good\\i main/001_x.sql\n");
refused('a psql command in an included file', 'WM019', qr/"inc\/a\.txt".*line 3|line 3 of file "inc\/a\.txt"/s,
	"$good\\i inc/a.txt\n", 'inc/a.txt' => "SELECT 1;\n\n\\dt\n");
refused('a syntax error in the last line', '42601', qr/line 3/, "${good}SELECT 1;\nSELECT FROM WHERE;\n");
refused('a quote that does not end', '42601', $place, "${good}SELECT 'open;\n");
refused('COMMIT in between', '25001', qr/Line 2 is COMMIT/, "${good}COMMIT;\nSELECT 1;\n");
refused('two of them', '2D000', $place, "${good}COMMIT;COMMIT;\nSELECT 1;\n");

write_files($root, 'outside.sql' => "CREATE TABLE stolen (id int);\n");
my $linked = new_pack('001_x.sql' => "$good\\i link.txt\n");
symlink "$root/outside.sql", "$linked/link.txt" or die;
like(error_of($node, 'refused', "SET whisper_migrate.script_location = '$linked'; SELECT whisper_upgrade()"),
	qr/\A(?:WM019|42501): .*link\.txt/, 'a symbolic link that leads out of the pack is not followed');
is(schema_of($node, 'refused'), $before, 'none of them has run anything');
is(rows($node, 'refused', 'SELECT count(*) FROM whisper.applied'), '0', 'or been recorded');

# A database that is not UTF-8: files are, and names arrive as what they mean.
$node->safe_psql('postgres', q{CREATE DATABASE latin1 ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0});
$node->safe_psql('latin1', 'CREATE EXTENSION whisper_migrate');
my $cafe = "$root/cafe";
write_files($cafe, 'pack.json' => qq({"name": "cafes", "tiers": [{"name": "main"}], "critical_tables": ["caf\xC3\xA9", "th\xC3\xA9"]}),
	'main/001_x.sql' => qq(CREATE TABLE "caf\xC3\xA9" (name text);\nINSERT INTO "caf\xC3\xA9" VALUES ('cr\xC3\xA8me');\n));
set_location($node, 'latin1', $cafe);
is(rows($node, 'latin1', qq{SET client_encoding = 'UTF8'; SELECT count(*) FROM whisper_upgrade();
	SELECT name, length(name), octet_length(name) FROM "caf\xC3\xA9" AS x}), "1\ncr\xC3\xA8me|5|5", 'text is converted');
is(rows($node, 'latin1', q{SET client_encoding = 'UTF8';
	SELECT subject FROM whisper_verify() WHERE check_name ~ 'critical' AND NOT ok}), "th\xC3\xA9", 'so is the list of critical tables');
write_files($cafe, 'pack.json' => qq({"name": "x", "tiers": [{"name": "main", "kind": "\xC3\xA9"}]}));
like(error_of($node, 'latin1', q{SET client_encoding = 'UTF8'; SELECT whisper_load()}), qr/unknown kind "\xC3\xA9"/,
	'and what an error quotes');

$node->stop;
done_testing();
