# Directories of Liquibase's: formatted SQL alone, and change logs in other formats that include it.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database rows raises write_files);

my $node = new_node('liquibase');
my $root = PostgreSQL::Test::Utils::tempdir;

# A database that follows a directory with these files; those that do not begin with a heading get it.
sub database_with
{
	my ($name, %files) = @_;
	$files{$_} = "--liquibase formatted sql\n$files{$_}" for grep { /\.sql$/ && $files{$_} !~ /^--liquibase/ } keys %files;
	write_files("$root/$name", %files);
	new_database($node, $name, "$root/$name") unless rows($node, 'postgres', "SELECT 1 FROM pg_database WHERE datname = '$name'");
	return $name;
}
my $up = q{SELECT revision FROM whisper_upgrade('heads')};
my $objects = q{SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace
	AND relkind IN ('r', 'v') AND relname <> 'databasechangelog'};

# Which change sets there are

database_with('chosen', '001.sql' => "--changeset who:1 dbms:h2\nCREATE TABLE only_for_h2 (id int);\n"
	  . "--changeset who:2 context:test\nCREATE TABLE only_for_tests (id int);\n--changeset who:3 dbms:!oracle\nCREATE TABLE a (id int);\n"
	  . "--rollback DROP TABLE a;\n--changeset who:4 ignore:true\nCREATE TABLE ignored (id int);\n");
is(rows($node, 'chosen', $up), "001.who.2\n001.who.3", 'those for other databases and ignored ones are none');
is(rows($node, 'chosen', $objects), 'a only_for_tests', 'without contexts asked for, all run');
my %logs = ('pack.json' => '{"name": "p", "tiers": [{"name": "log"}], "contexts": ["prod"], "label_filter": "!big", "placeholders": {"kind": "int"}}',
	'log/1.sql' => "--liquibase formatted sql\n--property name:kind value:text\n--property name:table value:filled context:prod\n"
	  . "--changeset a:1 context:test\nCREATE TABLE t1 (id int);\n--changeset a:2 context:\"prod or eu\" labels:small\nCREATE TABLE \${table} (id \${kind});\n"
	  . "--changeset a:3 labels:big\nCREATE TABLE t3 (id int);\n--changeset a:4\nCREATE TABLE t4 (id int);\n");
database_with('prod', %logs);
is(rows($node, 'prod', $up), "1.a.2\n1.a.4", 'the contexts and labels of pack.json choose');
is(rows($node, 'prod', q{SELECT format_type(atttypid, -1) FROM pg_attribute WHERE attrelid = 'filled'::regclass AND attname = 'id'}), 'integer',
	'pack.json gives a property its value first');

is(rows($node, 'prod', q{SET whisper_migrate.contexts = 'test, prod'; SET whisper_migrate.label_filter = 'big or x';
	SELECT revision FROM whisper_upgrade('heads')}), "1.a.1\n1.a.3", 'settings go before it');
my $wide = sub { return $logs{'pack.json'} =~ s/"int"/"int", "wide": "$_[0]"/r =~ s/\["prod"\]/["prod", "eu"]/r };
write_files("$root/prod", 'pack.json' => $wide->('text'),
	'log/2.sql' => "--liquibase formatted sql\n--changeset b:1 context:eu\nCREATE TABLE eu (id \${wide});\n");
is(rows($node, 'prod', q{SELECT revision FROM whisper_load() WHERE state = 'added'}), '2.b.1', 'pack.json is read anew');
write_files("$root/prod", 'pack.json' => $wide->('bigint'));
is(rows($node, 'prod', "$up; SELECT format_type(atttypid, -1) FROM pg_attribute WHERE attrelid = 'eu'::regclass AND attname = 'id'"),
	"2.b.1\nbigint", '... for its values, too');

# Those that run again stand in their place

my %again = ('1.sql' => "--changeset a:t\nCREATE TABLE t (id int);\n--rollback DROP TABLE t;\n"
	  . "--changeset a:v runOnChange:true\nCREATE OR REPLACE VIEW v AS SELECT id FROM t;\n--rollback DROP VIEW v;\n"
	  . "--changeset a:log runAlways:true\nCREATE TABLE IF NOT EXISTS runs (n int); INSERT INTO runs VALUES (1);\n--rollback DROP TABLE runs;\n"
	  . "--changeset a:w\nCREATE VIEW w AS SELECT * FROM v;\n--rollback DROP VIEW w;\n");
database_with('again', %again);
is(rows($node, 'again', $up), "1.a.t\n1.a.v\n1.a.log\n1.a.w", 'in the order of the file');
is(rows($node, 'again', $up), '1.a.log', 'runAlways runs each time');
$again{'1.sql'} =~ s/SELECT id FROM t/SELECT id, 1 AS one FROM t/;
database_with('again', %again);
is(rows($node, 'again', $up), "1.a.v\n1.a.log", 'runOnChange when it was edited');
is(rows($node, 'again', 'SELECT count(*) FROM runs; SELECT count(one) FROM v'), "3\n0", '... and their statements have run');
$again{'1.sql'} =~ s/(--changeset a:w)/--changeset a:new runOnChange:true\nCREATE OR REPLACE VIEW between AS SELECT * FROM v;\n--rollback DROP VIEW between;\n$1/;
database_with('again', %again);
is(rows($node, 'again', $up), "1.a.log\n1.a.new", 'a new one in the middle');
is(rows($node, 'again', 'SELECT check_name, subject FROM whisper_verify() WHERE NOT ok'), '', '... changes no other');
is(rows($node, 'again', q{SELECT revision FROM whisper_downgrade('base', allow_data_loss => true)}),
	"1.a.w\n1.a.new\n1.a.log\n1.a.v\n1.a.t", 'and all of it back');
is(rows($node, 'again', $objects), '', '... by their rollbacks');
is(rows($node, 'again', $up), "1.a.t\n1.a.v\n1.a.log\n1.a.new\n1.a.w", 'and up again');

# Preconditions

my $check = '--precondition-sql-check expectedResult:0 SELECT count(*) FROM';
my %checked = ('1.sql' => "--changeset a:1\nCREATE TABLE t (id int);\nINSERT INTO t VALUES (1);\n"
	  . "--changeset a:2\n--preconditions onFail:HALT onError:HALT\n$check t WHERE id = 2; \nCREATE TABLE two (id int);\n"
	  . "--changeset a:3\n--preconditions onFail:MARK_RAN\n$check t -- as it is\nCREATE TABLE three (id int); CREATE TABLE three_more (id int);\n"
	  . "--changeset a:4\n--preconditions onFail:MARK_RAN\n$check two\nCREATE TABLE four (id int);\nCREATE FUNCTION f() RETURNS int LANGUAGE sql AS \$\$ SELECT 4; \$\$;\n"
	  . "--changeset a:5\n--preconditions onFail:WARN\n--precondition-table-exists table:NOWHERE\nCREATE TABLE five (id int);\n"
	  . "--changeset a:6\n--preconditions onFail:HALT onError:MARK_RAN\n$check nowhere\nCREATE TABLE six (id int);\n"
	  . "--changeset a:7\n--precondition-table-exists table:T schema:public\n--precondition-sql-check expectedResult:t SELECT true\n"
	  . "--precondition-sql-check expectedResult:'a b' SELECT 'a b'\nCREATE TABLE seven (id int);\n");
database_with('checked', %checked);
my ($status, $stdout, $stderr) = $node->psql('checked', 'SELECT count(*) FROM whisper_upgrade()');
is($stdout, '7', 'preconditions that hold, or say to go on') or diag($stderr);
is(rows($node, 'checked', $objects), 'five four seven t two', 'MARK_RAN passes a change set over');
is(rows($node, 'checked', 'SELECT f()'), '4', '... or runs all of it');
like($stderr, qr/NOTICE:  precondition of change set "a:3" does not hold\nDETAIL:  The query gives "1" instead of "0": SELECT count\(\*\) FROM t/, 'it says why');
like($stderr, qr/WARNING:  precondition of change set "a:5" does not hold/, 'WARN warns');
like($stderr, qr/NOTICE:  precondition of change set "a:6" does not hold\nDETAIL:  relation "nowhere" does not exist/, 'onError goes its own way');
$checked{'2.sql'} = "--changeset a:8\n--preconditions onFail:HALT\n$check t\nCREATE TABLE eight (id int);\n";
database_with('checked', %checked);
raises($node, 'checked', 'SELECT whisper_upgrade()', 'WM016', 'precondition of change set "a:8" does not hold', qr/file "2\.sql", line 3/);
$checked{'2.sql'} =~ s/count\(\*\) FROM t/n FROM nothing/;
database_with('checked', %checked);
raises($node, 'checked', 'SELECT whisper_upgrade()', '42P01', 'relation "nothing" does not exist');
$checked{'2.sql'} =~ s/HALT/CONTINUE/;
database_with('checked', %checked);
raises($node, 'checked', 'SELECT whisper_load()', 'WM014', '"--preconditions onFail:CONTINUE" at line 3 of file "2.sql"');

# Delimiters and sections without a transaction

database_with('cut', '1.sql' => "--changeset a:1 splitStatements:true endDelimiter:\\nGO\nCREATE TABLE t (id int)\nGO\n"
	  . "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END'\nGO\n"
	  . "--changeset a:2 runInTransaction:false\nCREATE INDEX CONCURRENTLY i ON t (id);\n--rollback DROP INDEX CONCURRENTLY i;\n"
	  . "--changeset a:3\nCREATE VIEW v AS SELECT f();\n/* liquibase rollback\nDROP VIEW v;\n*/\n");
my ($code, $out, $err) = $node->psql('cut', q{CALL whisper_deploy('head')});
is($code, 0, 'a deploy of delimiters and CREATE INDEX CONCURRENTLY') or diag($err);
is(rows($node, 'cut', q{SELECT f(), (SELECT count(*) FROM pg_index WHERE indexrelid = 'i'::regclass AND indisvalid)}), '1|1', '... is there');
is(rows($node, 'cut', q{SELECT revision FROM whisper_downgrade('-1')}), '1.a.3', 'a rollback in a comment over lines');

# Change logs in other formats

my %master = ('db.changelog-master.yaml' => "databaseChangeLog:\n  - include:\n      file: db/changelog/z.sql\n  - includeAll:\n      path: changes/\n"
	  . "      relativeToChangelogFile: true\n", 'z.sql' => "--changeset a:1\nCREATE TABLE z (id int);\n",
	'changes/b.sql' => "--changeset a:1\nCREATE TABLE b (id int REFERENCES z2);\n", 'changes/a.sql' => "--changeset a:1\nCREATE TABLE z2 (id int PRIMARY KEY);\n",
	'unused.txt' => 'no log');
database_with('ordered', %master);
is(rows($node, 'ordered', $up), "z.a.1\nchanges.a.a.1\nchanges.b.a.1", 'the order of a change log in YAML');
write_files("$root/ordered", 'db.changelog-master.yaml' => $master{'db.changelog-master.yaml'} . "  - changeSet:\n      id: 9\n      author: ann\n      changes:\n        - createTable:\n            tableName: t\n");
raises($node, 'ordered', 'SELECT whisper_load()', 'WM014', 'change set "ann:9" with "createTable" in file "db.changelog-master.yaml"');

# What the tool has run

my $log = q{CREATE TABLE databasechangelog (id varchar(255) NOT NULL, author varchar(255) NOT NULL, filename varchar(255) NOT NULL,
	dateexecuted timestamp NOT NULL, orderexecuted int NOT NULL, exectype varchar(10) NOT NULL, md5sum varchar(35), description varchar(255),
	comments varchar(255), tag varchar(255), liquibase varchar(20), contexts varchar(255), labels varchar(255), deployment_id varchar(10))};
my $logged = sub { my ($order, $id, $file, $type) = @_; return "INSERT INTO databasechangelog VALUES ('$id', 'a', '$file', now(), $order, '$type', '9:x');" };
my $long = 'a_file_with_quite_a_long_name_as_they_often_have_and_more.sql';
database_with('adopted', '1.sql' => "--changeset a:1\nINSERT INTO t VALUES (1);\n--changeset a:2\nINSERT INTO t VALUES (2);\n",
	'2.sql' => "--changeset a:1\nINSERT INTO t VALUES (3);\n--changeset a:2 logicalFilePath:moved/here.sql\nINSERT INTO t VALUES (4);\n",
	$long => "--changeset a:2023-01-01-with-an-id\nINSERT INTO t VALUES (5);\n");
rows($node, 'adopted', "CREATE TABLE t (id int); $log;" . $logged->(1, 1, 'db/changelog/1.sql', 'EXECUTED') . $logged->(2, 2, 'db/changelog/1.sql', 'SKIPPED')
	  . $logged->(3, 1, 'classpath:2.sql', 'MARK_RAN') . $logged->(4, 2, 'moved/here.sql', 'RERAN') . $logged->(5, '2023-01-01-with-an-id', "db/$long", 'EXECUTED'));
like(rows($node, 'adopted', q{SELECT revision, verdict FROM whisper_adopt(apply => true) ORDER BY 1}),
	qr/^1\.a\.1\|present\n1\.a\.2\|absent\n2\.a\.1\|present\na_file_with_quite_a_long_name_as_they_often_have_and_more\.a\.2023-01-01-with-an-id\|present\nmoved\.here\.a\.2\|present$/,
	'its record tells change sets of one name in two files apart');
is(rows($node, 'adopted', 'SELECT revision FROM whisper_upgrade(); SELECT id FROM t'), "1.a.2\n2", 'and only what it has not run does');

$node->stop;
done_testing();
