# Flyway's directories beyond versions: placeholders, baselines, callbacks, settings of a script.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database rows raises write_files);

my $node = new_node('flyway');
my $root = PostgreSQL::Test::Utils::tempdir;
my $upgrade = q{SELECT coalesce(string_agg(revision, ' '), '') FROM whisper_upgrade('head')};
my $tables = q{SELECT coalesce(string_agg(relname, ' ' ORDER BY relname), '') FROM pg_class
	WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'};

sub directory
{
	my ($name, %files) = @_;
	write_files("$root/$name", %files);
	return "$root/$name";
}

# Placeholders: of pack.json, of the setting, and those that the server knows.

my $clock = time;

sub pack_with
{
	my ($path, %placeholders) = @_;
	my $list = join ', ', map { qq{"$_": "$placeholders{$_}"} } sort keys %placeholders;
	write_files($path, 'pack.json' => qq({"name": "filled", "tiers": [{"name": "main"}], "placeholders": {$list}}));
	$clock += 10;
	utime $clock, $clock, "$path/pack.json";
	return;
}
my $filled = directory('filled',
	'main/V1__a.sql' => "CREATE TABLE \${prefix}_a (who text DEFAULT '\${flyway:user}', f text DEFAULT '\${flyway:filename}');\n",
	'main/U1__a.sql' => "DROP TABLE \${PREFIX}_a;\n",
	'main/V2__b.sql' => "CREATE TABLE \${flyway:defaultSchema}.\${prefix}_b (note text DEFAULT '\${note}'); -- \${unknown}\n",
	'main/V3__c.sql' => "CREATE TABLE plain_c (note text DEFAULT '\${note}');\n",
	'main/V3__c.sql.conf' => "placeholderReplacement=false\n",
	'main/R__v.sql' => "CREATE OR REPLACE VIEW v AS SELECT '\${note}'::text AS note;\n");
pack_with($filled, prefix => 'app', note => 'one');
new_database($node, 'filled', $filled);
is(rows($node, 'filled', $upgrade), 'V1 V2 V3 R__v', 'a pack with placeholders comes up');
is(rows($node, 'filled', 'INSERT INTO app_a DEFAULT VALUES; INSERT INTO app_b DEFAULT VALUES;'
		. ' INSERT INTO plain_c DEFAULT VALUES; SELECT a.f, b.note, c.note, v.note, a.who = current_user FROM app_a a, app_b b, plain_c c, v'),
	'V1__a.sql|one|${note}|one|t', 'with their values, but where the script says not to');
is(rows($node, 'filled', q{SELECT placeholders FROM whisper.revision WHERE revision = 'V1'}) =~ /prefix=app/, 1,
	'the registry says which values they were');

# The file is the promise, as of Flyway; a repeatable one is what it says now.
pack_with($filled, prefix => 'app', note => 'two');
is(rows($node, 'filled', 'SELECT revision, state FROM whisper_load() ORDER BY 1'), "R__v|changed\nV1|unchanged\nV2|unchanged\nV3|unchanged",
	'another value is no change of a version');
is(rows($node, 'filled', "$upgrade; SELECT note FROM v"), "R__v\ntwo", 'a repeatable file runs again with it');
is(rows($node, 'filled', q{SET whisper_migrate.placeholders = '{"note": "three"}'; } . "$upgrade; SELECT note FROM v"), "R__v\nthree",
	'the setting goes before pack.json');
is(rows($node, 'filled', "$upgrade; SELECT note FROM v"), "R__v\ntwo", 'only where it is set');
raises($node, 'filled', q{SET whisper_migrate.placeholders = '[1]'; SELECT whisper_load()}, '22023', 'a value that is no object',
	qr/invalid value for parameter "whisper_migrate\.placeholders"/, qr/HINT:  write it like/);
$node->safe_psql('filled', 'CREATE ROLE low');
my $set_by_low = q{SET ROLE low; SET whisper_migrate.placeholders = '{"note": "1; DROP TABLE app_a"}';};
raises($node, 'filled', "SELECT count(*) FROM whisper_current(); $set_by_low", '42501', 'what everybody runs is not for everybody to fill in');
is(rows($node, 'filled', "$set_by_low SELECT count(*) FROM whisper_heads(); SHOW whisper_migrate.placeholders"), "2\n",
	'nor before the module is there');
is(rows($node, 'filled', q{GRANT SET ON PARAMETER whisper_migrate.placeholders TO low; SET ROLE low;
	SET whisper_migrate.placeholders = '{}'; SHOW whisper_migrate.placeholders}), '{}', 'it can be granted');
pack_with($filled, prefix => 'app');
raises($node, 'filled', 'SELECT whisper_load()', 'WM019', 'a placeholder without a value',
	qr/placeholder "\$\{note\}"/, qr/file "main\/R__v\.sql"|file "main\/V2__b\.sql"/, qr/HINT:  give it a value in "placeholders"/);
rows($node, 'filled', q{ALTER DATABASE filled SET whisper_migrate.placeholders = '{"note": "five"}'});
is(rows($node, 'filled', "$upgrade; SELECT note FROM v"), "R__v\nfive", 'the setting of the database');

# Outside of a transaction, in a process of its own

my $deploy = directory('deploy', 'V1__a.sql' => 'CREATE TABLE a (i int);', 'V2__i.sql' => 'CREATE INDEX CONCURRENTLY ${name} ON a (i);',
	'V2__i.sql.conf' => "# one statement\nexecuteInTransaction=false\n");
new_database($node, 'deploy', $deploy);
rows($node, 'deploy', q{SET whisper_migrate.placeholders = '{"name": "a_i"}'; CALL whisper_deploy()});
is(rows($node, 'deploy', q{SELECT to_regclass('a_i')::text}), 'a_i', 'a deploy runs what was filled in');

# Baselines

my $based = directory('based', 'V1__a.sql' => 'CREATE TABLE a (i int);', 'V2__b.sql' => 'CREATE TABLE b (i int);',
	'B2__base.sql' => 'CREATE TABLE a (i int); CREATE TABLE b (i int); CREATE TABLE base (i int);', 'V3__c.sql' => 'CREATE TABLE c (i int);');
new_database($node, 'fresh', $based);
is(rows($node, 'fresh', $upgrade), 'B2 V3', 'a fresh database begins with the baseline');
is(rows($node, 'fresh', $tables), 'a b base c flyway_schema_history', 'and has its tables');
is(rows($node, 'fresh', 'SELECT count(*) FROM whisper_verify() WHERE NOT ok'), '0', 'all is well');
is(rows($node, 'fresh', $upgrade), '', 'nothing is left to do');
write_files($based, 'B3__base.sql' => 'CREATE TABLE never (i int);', 'V4__d.sql' => 'CREATE TABLE d (i int);');
is(rows($node, 'fresh', $upgrade), 'V4', 'a later baseline is not for it');
unlink "$based/B3__base.sql";

my $record = q{CREATE TABLE flyway_schema_history (installed_rank int PRIMARY KEY, version varchar(50), description varchar(200) NOT NULL,
	type varchar(20) NOT NULL, script varchar(1000) NOT NULL, checksum int, installed_by varchar(100) NOT NULL,
	installed_on timestamp NOT NULL DEFAULT now(), execution_time int NOT NULL, success boolean NOT NULL);};
my $row = sub { sprintf q{INSERT INTO flyway_schema_history VALUES (%d, '%s', 'x', '%s', 'x.sql', 0, 'me', now(), 0, true);}, @_ };
new_database($node, 'old', $based);
rows($node, 'old', "$record CREATE TABLE a (i int); CREATE TABLE b (i int);" . $row->(1, '1', 'SQL') . $row->(2, '2', 'SQL'));
is(rows($node, 'old', 'SELECT revision, verdict FROM whisper_adopt(apply => true) ORDER BY 1'),
	"V1|present\nV2|present\nV3|absent\nV4|absent", 'a database with a history has no use for the baseline');
is(rows($node, 'old', "$upgrade; $tables"), "V3 V4\na b c d flyway_schema_history", 'and goes on from there');
new_database($node, 'begun', $based);
rows($node, 'begun', "$record CREATE TABLE a (i int); CREATE TABLE b (i int); CREATE TABLE base (i int); CREATE TABLE c (i int);"
	. $row->(1, '2', 'SQL_BASELINE') . $row->(2, '3', 'SQL'));
is(rows($node, 'begun', 'SELECT revision, verdict FROM whisper_adopt(apply => true) ORDER BY 1'),
	"B2|present\nV3|present\nV4|absent", 'one that began with it is taken over so');
is(rows($node, 'begun', "SET whisper_migrate.sync_history = on; $upgrade; SELECT string_agg(version || ' ' || type, ', ' ORDER BY installed_rank) FROM flyway_schema_history"),
	"V4\n2 SQL_BASELINE, 3 SQL, 4 SQL", 'and its table is kept in step');

# Callbacks

my $called = directory('called', 'V1__a.sql' => 'CREATE TABLE log (id serial, what text);',
	'R__b.sql' => q{INSERT INTO log (what) VALUES ('b');}, 'afterMigrate.sql' => q{INSERT INTO log (what) VALUES ('last ${flyway:database}');},
	'afterVersioned__first.sql' => q{INSERT INTO log (what) VALUES ('first');}, 'beforeClean.sql' => 'DROP TABLE log;');
new_database($node, 'called', $called);
my $log = q{SELECT string_agg(what, ', ' ORDER BY id) FROM log};
rows($node, 'called', $upgrade);
is(rows($node, 'called', $log), 'first, b, last called', 'callbacks run before and after the repeatable files');
rows($node, 'called', 'TRUNCATE log');
write_files($called, 'R__c.sql' => q{INSERT INTO log (what) VALUES ('c');});
rows($node, 'called', "SET whisper_migrate.sync_history = on; $upgrade");
is(rows($node, 'called', $log), 'first, c, last called', 'at every upgrade, in their places');
is(rows($node, 'called', q{SELECT string_agg(coalesce(version, description), ',' ORDER BY installed_rank) FROM flyway_schema_history}), '1,b,c',
	'Flyway has no rows for them');
write_files($called, 'beforeMigrate.sql' => 'SELECT 1;');
raises($node, 'called', 'SELECT whisper_load()', 'WM014', 'others are an error', qr/callback that has no place here in file "beforeMigrate\.sql"/,
	qr/HINT:  of the callbacks of Flyway/);

$node->stop;
done_testing();
