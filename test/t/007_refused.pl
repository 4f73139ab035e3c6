# What is no migration, cannot be understood, or is not for everybody: passed over or refused, and nothing happens.

use strict;
use warnings FATAL => 'all';

use POSIX qw(mkfifo);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database set_location rows error_of raises revision_file write_files);

my $node = new_node('refused');
my $root = PostgreSQL::Test::Utils::tempdir;
my $loaded = 'SELECT tier, revision, state FROM whisper_load() ORDER BY 1, 2';

# What is in the way

my $odd = "$root/odd";
write_files($odd, 'c001_x.sql' => revision_file('c001', 'base', 'fine'));
symlink 'loop.sql', "$odd/loop.sql" or die;
symlink '/nonexistent', "$odd/dangling.sql" or die;
mkfifo("$odd/pipe.sql", 0600) or die;
new_database($node, 'odd', $odd);
is(rows($node, 'odd', $loaded), 'odd|c001|added', 'looping and dangling links and a FIFO are passed over');
write_files($root, 'target/c002_x.sql' => revision_file('c002', 'c001', 'linked'));
symlink "$root/target/c002_x.sql", "$odd/c002_x.sql" or die;
is(rows($node, 'odd', $loaded), "odd|c001|unchanged\nodd|c002|added", 'a link to a file is that file');
symlink $odd, "$root/odd_link" or die;
is(rows($node, 'odd', "SELECT count(*) FROM whisper_load('$root/odd_link')"), '2',
	'a link to the directory is the directory');

set_location($node, 'odd', '/etc');
unlike(error_of($node, 'odd', 'SELECT * FROM whisper_plan()'), qr/(?:server closed|FATAL|PANIC)/,
	'/etc does no harm');
set_location($node, 'odd', "$root/none");
raises($node, 'odd', $loaded, '58P01', 'a directory that does not exist',
	qr/could not open directory "\Q$root\E\/none/);
set_location($node, 'odd', "$odd/c001_x.sql");
raises($node, 'odd', $loaded, '58P01', 'a file is no directory', qr/Not a directory/);
my $load = 'SELECT FROM whisper_log();';   # a session's first call loads the module
raises($node, 'odd', qq{$load SET whisper_migrate.script_location = 'relative/path'}, '22023', 'a relative path');
raises($node, 'odd', q{SELECT whisper_load('relative/path')}, '22023', 'a relative path as argument');
raises($node, 'odd', q{SELECT whisper_load('no_such_pack')}, '58P01', 'a pack that is not bundled');

# Odd contents

my $number = 0;

# One file in a directory of its own, loaded into the same database; the error, or ''.
sub load_error
{
	my ($content, %more) = @_;
	my $directory = "$root/" . ++$number . '/content';
	write_files($directory, 'd001_x.sql' => $content, %more);
	set_location($node, 'content', $directory);
	return error_of($node, 'content', 'SELECT * FROM whisper_load()');
}
new_database($node, 'content');

is(load_error("\xEF\xBB\xBF-- revision: d001\r\n-- migrate:up\r\n"
	  . "CREATE TABLE crlf (id int,\r\n    note text DEFAULT 'a');\r\n-- migrate:down\r\nDROP TABLE crlf;\r\n"),
	'', 'a byte order mark and CRLF');
is(rows($node, 'content', 'SELECT statements FROM whisper_upgrade()'), '1', 'such a file runs');
my $before = rows($node, 'content', q{SELECT checksum FROM whisper_show('d001')});
is(load_error("-- revision: d001\n-- migrate:up\n"
	  . "CREATE TABLE crlf (id int,\n    note text DEFAULT 'a');\n-- migrate:down\nDROP TABLE crlf;\n"),
	'', 'and without them');
is(rows($node, 'content', q{SELECT checksum FROM whisper_show('d001')}), $before, 'it has the same checksum');
rows($node, 'content', q{SELECT whisper_downgrade('base')});

is(load_error(''), '', 'an empty file');
is(rows($node, 'content', 'SELECT statements FROM whisper_upgrade()'), '0', 'runs nothing');
rows($node, 'content', q{SELECT whisper_stamp('base')});

like(load_error("SELECT 'caf\xE9';\n"), qr/\A22021: file "d001_x.sql" is not valid UTF-8/, 'Latin-1 text');
like(load_error("SELECT 1;\n\0"), qr/\A22021: /, 'a zero byte');
like(load_error("\n-- revision: head\nSELECT 1;\n"),
	qr/\AWM014: invalid name "head" for revision at line 2 of file "d001_x.sql"/, 'a header error names file and line');
like(load_error("-- migrate:up\nSELECT 1;\n\n-- migrate:sideways\n"),
	qr/\AWM014: unknown section "sideways" at line 4 of file "d001_x.sql"/, 'so does a marker');
like(load_error("-- migrate:up\nSELECT 'open;\n"), qr/\A42601: .*line 2 of file "d001_x.sql"/,
	'and a quote that does not end');
like(load_error("-- migrate:up\nSELECT 1;\n\\copy t from x\n"), qr/\AWM019: .*\n(?:.*\n)*.*d001_x.sql.*line 3/,
	'and a psql command');
like(load_error("-- down_revision: nowhere\nSELECT 1;\n"), qr/\AWM003: .*nowhere/,
	'a predecessor that does not exist');
like(load_error("-- down_revision: d001\nSELECT 1;\n"), qr/\AWM005: .*d001/, 'a revision that follows itself');
like(load_error("-- revision: same\nSELECT 1;\n", 'd002_x.sql' => "-- revision: same\nSELECT 2;\n"),
	qr/\AWM004: revision "same" is in two files\nDETAIL:  They are "d001_x.sql" and "d002_x.sql"/, 'an id in two files');
like(load_error("SELECT 1;\n", 'd001_y.sql' => "SELECT 2;\n"), qr/\AWM004: revision "d001" is in two files/,
	'an id of two file names');
is(rows($node, 'content', 'SELECT count(*) FROM whisper.applied'), '0', 'a bad file leaves nothing applied');

# A client's text without an id

raises($node, 'content', q{SET whisper_migrate.script_location = ''; SELECT whisper_register('SELECT 1')}, '22023',
	'a registered text that nothing gives an id');

# Who may name a directory

my $shop = "$root/shop";
my $other = "$root/other";
write_files($shop, 'e001_x.sql' => revision_file('e001', 'base', 'deliveries'));
write_files($other, 'f001_x.sql' => revision_file('f001', 'base', 'others'));
new_database($node, 'shop', $shop);
$node->safe_psql('shop', q{
	CREATE ROLE deployer LOGIN;
	GRANT CREATE ON SCHEMA public TO deployer;
	GRANT EXECUTE ON FUNCTION whisper_upgrade, whisper_downgrade, whisper_load TO deployer});
my $as_deployer = "SET SESSION AUTHORIZATION deployer;\n";
raises($node, 'shop', "$as_deployer SELECT * FROM whisper_load('$other')", '42501',
	'a directory needs pg_read_server_files',
	qr/pg_read_server_files/);
raises($node, 'shop', "$as_deployer $load SET whisper_migrate.script_location = '$other'", '42501',
	'so does the setting');
is(rows($node, 'shop', "$as_deployer SELECT string_agg(revision, ',') FROM whisper_upgrade()"), 'e001',
	'the directory that the database is set to is open to whoever may migrate');
is(rows($node, 'shop', q{SELECT tableowner FROM pg_tables WHERE tablename = 'deliveries'}), 'deployer',
	'and migrations run as the caller');
$node->safe_psql('shop', 'GRANT pg_read_server_files TO deployer');
like(rows($node, 'shop', "$as_deployer SELECT * FROM whisper_load('$shop')"), qr/^shop\|e001/,
	'with the role it may');

# The first call of a session loads the module, and only then what was SET before is checked. The value refused, another
# pack than the one asked for must not be run.

new_database($node, 'early');
raises($node, 'early', q{SET client_min_messages = error; SET whisper_migrate.script_location = 'relative/path';
	SELECT whisper_upgrade()}, '22023',
	'a relative path that was set before the module was loaded');
$node->safe_psql('early', q{
	GRANT EXECUTE ON FUNCTION whisper_upgrade TO deployer;
	REVOKE pg_read_server_files FROM deployer});
raises($node, 'early', "$as_deployer SET client_min_messages = error;
	SET whisper_migrate.script_location = '$other'; SELECT whisper_upgrade()", '42501',
	'a directory that was named without the right to');
is(rows($node, 'early', 'SELECT count(*) FROM whisper.applied'), '0', 'neither ran anything');

$node->stop;
done_testing();
