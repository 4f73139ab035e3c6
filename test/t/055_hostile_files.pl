# Where script_location may point, and what names may be: everything there is a file for, and everything SQL can quote.

use strict;
use warnings FATAL => 'all';
use utf8;

use Encode qw(encode);
use POSIX qw(mkfifo);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);
use WhisperTest qw(new_node new_database rows error_of raises write_files revision_file start_sql finish_sql wait_for);

# For the names of tests.
sub shown { return encode('UTF-8', $_[0] =~ s/\n/\\n/gr); }

my $node = new_node('hostile_files');
my $root = PostgreSQL::Test::Utils::tempdir;
new_database($node, 'files', '');

# The error of looking at a location, or '': it comes soon, and the server lives.
sub look
{
	my ($location) = @_;
	my $start = time;
	my $error = error_of($node, 'files', "SELECT FROM whisper_log(); SET statement_timeout = '60s';
		SET whisper_migrate.script_location = '$location'; SELECT count(*) FROM whisper_plan()");
	my $took = time - $start;
	diag("$location took $took s") if $took > 10;
	return $error =~ /57014|closed the connection|FATAL|PANIC/ ? "cannot be looked at: $error" : $error;
}

# Places that are no pack

for my $place ('/', '/etc', '/dev', '/proc', '/proc/self', '/proc/self/fd', '/sys', '/usr/bin', '/var', '/tmp')
{
	unlike(look($place), qr/cannot be looked at/, "$place does no harm");
}
for my $place ('/dev/null', '/dev/zero', '/etc/passwd')
{
	like(look($place), qr/\A58P01: .*Not a directory/, "$place is no directory");
}
mkfifo("$root/fifo", 0600) or die;
like(look("$root/fifo"), qr/\A58P01: .*Not a directory/, 'neither is a FIFO');
symlink "$root/loop2", "$root/loop1" or die;
symlink "$root/loop1", "$root/loop2" or die;
like(look("$root/loop1"), qr/\A58030: .*Too many levels of symbolic links/, 'a loop of links leads nowhere');
like(look($root . '/' . 'x' x 300), qr/\A58030: .*File name too long/, 'a name that is too long');
like(look("$root/" . 'y/' x 3000), qr/\A58(?:030|P01): /, 'a path that is too long');
like(look("$root/no%sch%n'' \"dir\""), qr/\A58P01: could not open directory "\Q$root\E\/no%sch%n' "dir""/,
	'a name with percent signs and quotes is shown as it is');
mkdir "$root/secret" or die;
chmod 0, "$root/secret";
like(look("$root/secret"), qr/\A58030: .*Permission denied/, 'a directory that the server may not read')
  unless $> == 0;
chmod 0700, "$root/secret";

# Entries that are no migrations

my $odd = "$root/odd";
write_files($odd, 'core/c001_x.sql' => revision_file('c001', 'base', 'fine'));
mkdir "$odd/core/c002_x.sql" or die;
mkfifo("$odd/core/c003_x.sql", 0600) or die;
symlink '/dev/zero', "$odd/core/c004_x.sql" or die;
symlink '/dev/full', "$odd/core/c005_x.sql" or die;
symlink 'c006_x.sql', "$odd/core/c006_x.sql" or die;
symlink '/proc/self/mem', "$odd/core/.hidden.sql" or die;
symlink "$odd/core", "$odd/core/again" or die;
is(look($odd), '', 'folders, FIFOs, devices and loops among the files are passed over');
is(rows($node, 'files', "SELECT revision FROM whisper_load('$odd')"), 'c001', 'the migration among them is found');
mkfifo("$odd/pack.json", 0600) or die;
is(look($odd), '', 'a pack.json that is a FIFO is none');
unlink "$odd/pack.json";
symlink '/dev/zero', "$odd/pack.json" or die;
is(look($odd), '', 'nor is a device');
unlink "$odd/pack.json";
mkfifo("$odd/verify", 0600) or die;
is(look($odd), '', 'a FIFO called verify is no folder of checks');
unlink "$odd/verify";
symlink $odd, "$odd/itself" or die;
is(look($odd), '', 'a folder that is the pack itself');
unlink "$odd/itself";
write_files($odd, 'core/c007_x.sql' => "-- revision: c007\n-- migrate:up\n\\i /etc/passwd\n");
like(look($odd), qr/\A\w{5}: .*c007_x\.sql/s, 'nothing outside of the pack is included');
write_files($odd, 'core/c007_x.sql' => "-- revision: c007\n-- migrate:up\n\\ir ../../../../../../../etc/passwd\n");
like(look($odd), qr/\A\w{5}: .*c007_x\.sql/s, 'nor by way of ..');
symlink '/etc/passwd', "$odd/inside.txt" or die;
write_files($odd, 'core/c007_x.sql' => "-- revision: c007\n-- migrate:up\n\\i inside.txt\n");
my $error = look($odd);
like($error, qr/\A\w{5}: .*inside\.txt/s, 'nor by way of a link');
unlike($error, qr/root:/, 'and no line of it is shown');
for my $included ('fifo', 'zero')
{
	unlink "$odd/inside.txt";
	$included eq 'fifo' ? mkfifo("$odd/inside.txt", 0600) : symlink '/dev/zero', "$odd/inside.txt";
	like(look($odd), qr/\A\w{5}: .*inside\.txt/s, "$included is not included either");
}
unlink "$odd/inside.txt", "$odd/core/c007_x.sql";
raises($node, 'files', q{SELECT whisper_register(E'-- revision: inc1\n-- migrate:up\n\\\\i /etc/passwd\n', 'core')}, 'WM019',
	'what a client registers includes nothing');

# A hundred thousand files

my $crowd = "$root/crowd";
mkdir $crowd or die;
for my $n (1 .. 100_000)
{
	open my $file, '>', sprintf('%s/%06d.%s', $crowd, $n, $n % 1000 ? 'txt' : 'sql') or die;
}
my $start = time;
is(look($crowd), '', '100,000 files, 100 of them migrations');
cmp_ok(time - $start, '<', 15, sprintf 'are looked at in %.1f s', time - $start);
for my $n (1 .. 100_000)
{
	next unless $n % 1000;
	rename sprintf('%s/%06d.txt', $crowd, $n), sprintf('%s/%06d.sql', $crowd, $n) or die;
}
my $session = start_sql($node, 'files', 'SELECT FROM whisper_log()', "SET whisper_migrate.script_location = '$crowd'",
	'SELECT count(*) FROM whisper_plan()');
wait_for($node, q{SELECT count(*) = 1 FROM pg_stat_activity WHERE datname = 'files' AND query LIKE '%whisper_plan%'
	AND state = 'active' AND clock_timestamp() - query_start > '0.3 s'});
$start = time;
rows($node, 'postgres', q{SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE datname = 'files'});
my (undef, $stderr) = finish_sql($session);
like($stderr, qr/canceling statement due to user request/, 'a plan over 100,000 migrations is cancelled');
cmp_ok(time - $start, '<', 5, 'at once');

# Names: every one is created, owned, verified, counted and dropped, and every command in a hint is one that works.

my @names = ('plain', 'Has Blank', q{quote"d}, q{apo'strophe}, "new\nline", 'per%cent%s%n', 'back\\slash', '$$dollar$$', 'a.b',
	q{'); DROP TABLE kept; --}, '-- comment', '/* comment', ';', "\t", ' ', '%', '"', q{'}, 'über' . 'ß' x 28, '鍵' x 21, 'e' . "\x{301}" x 31,
	'SELECT', 'pg_temp_1', "\x{feff}bom", '🔑' x 15, 'x' x 63);
sub quoted { return '"' . ($_[0] =~ s/"/""/gr) . '"'; }
sub literal { return q{E'} . ($_[0] =~ s/(['\\])/\\$1/gr) . q{'}; }
my $named = "$root/named";
my ($number, $up, $down, $verify) = (0, '', '', '');
for my $name (@names)
{
	die "$name is too long" if length(encode('UTF-8', $name)) > 63;
	my $q = quoted($name);
	$up .= "CREATE TABLE $q ($q int PRIMARY KEY, b text DEFAULT " . literal($name) . ");\nCOMMENT ON TABLE $q IS " . literal($name)
	  . ";\nINSERT INTO $q VALUES (1);\nCREATE VIEW " . quoted('v' . substr $name, 0, 14) . " AS SELECT $q FROM $q;\n";
	$down = 'DROP VIEW ' . quoted('v' . substr $name, 0, 14) . ";\nDROP TABLE $q;\n$down";
	$verify .= "SELECT count(*) = 1 FROM $q WHERE $q = 1;\n";
}
write_files($named, 'core/001_names.sql' => encode('UTF-8', "-- revision: names\n-- message: names % \" ' \\ %s%n 鍵\n-- migrate:up\n$up"
	  . "-- migrate:down\n$down-- migrate:verify\n$verify"), 'other/.keep' => '');
write_files($named, encode('UTF-8', q{other/we"ird %s ' 鍵.sql}) => "-- revision: weird\n-- down_revision: base\n-- migrate:up\n-- migrate:down\n",
	"other/new\nline.sql" => "-- revision: newline\n-- down_revision: weird\n-- migrate:up\n-- migrate:down\n");
my $odd_database = encode('UTF-8', q{odd "db" % ' 鍵});
my $in = (quoted($odd_database) =~ s/'/''/gr);
$node->safe_psql('postgres', 'CREATE DATABASE ' . quoted($odd_database));
my $connect = sub { return $node->connstr('postgres') =~ s/dbname=\S+//r . q{ dbname='} . ($odd_database =~ s/(['\\])/\\$1/gr) . q{'}; };
sub odd
{
	my ($sql) = @_;
	my ($out, $err) = ('', '');
	my $input = encode('UTF-8', "\\set VERBOSITY verbose\nSET client_min_messages = warning;\n$sql");
	IPC::Run::run([ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $connect->() ], '<', \$input, '>', \$out, '2>', \$err);
	chomp $out;
	return $err eq '' ? Encode::decode('UTF-8', $out) : Encode::decode('UTF-8', $err) =~ s/\A.*?ERROR:  //r;
}
odd('CREATE EXTENSION whisper_migrate');
my $at = "SELECT FROM whisper_log(); SET whisper_migrate.script_location = '$named';";
is(odd("$at SELECT revision, statements FROM whisper_upgrade()"), 'names|' . 4 * @names . "\nweird|0\nnewline|0", 'all the names');
is(odd("$at SELECT check_name, subject, detail FROM whisper_verify() WHERE NOT ok"), '', 'verified');
is(odd("$at SELECT count(*) FROM whisper_tables() WHERE present AND rows_estimate IS DISTINCT FROM -5"), scalar @names, 'owned');
is(odd(q{SELECT count(*) FROM whisper.owned_object WHERE object_type = 'table' AND to_regclass(object_identity) IS NULL}), 0,
	'by their right names');
my $text = odd("$at SELECT whisper_export('names')");
like($text, qr/\Q$_\E/, 'exported') for ('鍵' x 21, q{'); DROP TABLE kept; --});

# Commands in hints

odd(q{CREATE TABLE kept (a int)});
for my $name (@names)
{
	my $table = quoted($name);
	write_files($named, 'other/zz.sql' => encode('UTF-8', "-- revision: zz\n-- down_revision: newline\n-- migrate:up\nALTER TABLE $table ADD COLUMN more int;\n"
		  . "-- migrate:down\n"));
	my $refused = odd("$at SELECT whisper_upgrade('heads')");
	my ($hint) = $refused =~ /hand the table over with (SELECT whisper_claim\(.*\))\n(?:CONTEXT|LOCATION)/s;
	ok(defined $hint, 'the table of another tier') or diag(shown($refused));
	next unless defined $hint;
	like(odd("BEGIN; $hint; ROLLBACK"), qr/goes from tier "core" to tier "other"/, "the hint's command works: " . shown($hint));
}
unlink "$named/other/zz.sql";
my $refused = odd("$at SELECT whisper_rebuild()");
my ($confirm) = $refused =~ /repeat it with (confirm => .*)$/m;
is(odd("$at SELECT count(*) FROM whisper_rebuild($confirm)"), 3, "so does that of whisper_rebuild: " . shown($confirm));
like(odd("$at SELECT whisper_downgrade('base')"), qr/\AWM012: .*table "public\.plain": 1 row/s, 'rows counted');
is(odd("$at SELECT count(*) FROM whisper_downgrade('base', allow_data_loss => true)"), 3, 'and all of it dropped');
is(odd(q{SELECT count(*) FROM whisper.owned_object}), 0, 'nothing is owned');
is(odd(q{SELECT to_regclass('kept') IS NOT NULL}), 't', 'and what no revision made is there');

# Roles of such names

my $role = encode('UTF-8', q{r"o'le % 鍵});
odd('CREATE ROLE ' . quoted(q{r"o'le % 鍵}) . '; GRANT EXECUTE ON FUNCTION whisper_upgrade, whisper_revision TO ' . quoted(q{r"o'le % 鍵})
	  . '; GRANT CREATE ON SCHEMA public TO ' . quoted(q{r"o'le % 鍵}));
is(odd(q{SET whisper_migrate.script_location = ''; SET SESSION AUTHORIZATION } . quoted(q{r"o'le % 鍵})
	  . q{; SELECT whisper_revision('by an odd role', 'CREATE TABLE odd (a int)', tier => 'core', revision_id => 'odd1', head => 'base');
	SELECT revision FROM whisper_upgrade('odd1'); RESET SESSION AUTHORIZATION;
	SELECT applied_by FROM whisper.applied WHERE revision = 'odd1'; SELECT registered_by FROM whisper.revision WHERE revision = 'odd1'}),
	join("\n", 'odd1', 'odd1', (q{r"o'le % 鍵}) x 2), 'a role with an odd name is recorded under it');

# Names that the engine gives a meaning to are plain

for my $name (q{a'b}, 'a"b', 'a b', 'a%b', "a\nb", 'ä', '', 'x' x 256, 'head', '../a', 'a/b', ';')
{
	my $l = literal($name);
	like(odd("SET whisper_migrate.script_location = ''; SELECT whisper_revision('m', revision_id => $l, tier => 'core', head => 'base')"),
		qr/\A(?:22023|WM014): /, 'no revision id: ' . shown($name));
	like(odd("SET whisper_migrate.script_location = ''; SELECT whisper_register('-- revision: ok1', $l)"), qr/\A(?:WM014|22023|WM017): /,
		'no tier: ' . shown($name));
	like(odd("SET whisper_migrate.script_location = ''; SELECT whisper_revision('m', branch_label => $l, tier => 'core', head => 'base')"),
		qr/\A(?:22023|WM014|WM006): /, 'no label: ' . shown($name));
}

$node->stop;
done_testing();
