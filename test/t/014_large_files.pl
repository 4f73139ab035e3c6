# A file of 50 MB, a COPY block of a million rows, half a million statements: loading and running them takes the memory of
# the text, once, and little else.

use strict;
use warnings FATAL => 'all';

use Digest::MD5 qw(md5_hex);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database rows write_files);

plan skip_all => 'the peak of a process is in /proc' unless -r '/proc/self/status';

my $root = PostgreSQL::Test::Utils::tempdir;

sub with_rows
{
	my $rows = 1_000_000;
	my $note = 'x' x 42;   # the id and the tab make it 50 bytes
	return "CREATE TABLE copied (id int, note text);\nCOPY copied FROM stdin;\n"
	  . join('', map { sprintf "%06d\t%s\n", $_, $note } 1 .. $rows)
	  . "\\.\nCREATE TABLE after_copy (id int);\n";
}

sub with_statements
{
	my $value = "\xC3\xA9" x 475;   # no part of the text may end within one of them
	my $insert = sub { sprintf "INSERT INTO inserted (id, note) VALUES (%d, '%s');  -- one row\n", $_[0], $value };
	return "CREATE TABLE inserted (id int, note text);\n" . join '', map { $insert->($_) } 1 .. 50_000;
}

sub with_small_statements
{
	my ($count) = @_;
	return "CREATE TABLE small (id int, note text);\n"
	  . join '', map { sprintf "INSERT INTO small (id, note) VALUES (%06d, 'a rather short note, so that there are many');\n", $_ }
	  1 .. $count;
}

# What is shared with other processes counts in a process's peak: keep it small.
my $node = new_node('large');
$node->append_conf('postgresql.conf', "shared_buffers = 8MB\nfsync = off\nmax_wal_size = 4GB\n");
$node->restart;

my $peak = q{SELECT (regexp_match(pg_read_file('/proc/self/status'), 'VmHWM:\s+(\d+)'))[1]::int / 1024};

# The megabytes that a session of its own has had at most after each of these statements.
sub peaks_of
{
	my ($dbname, @statements) = @_;
	return grep { /^[0-9]+$/ } split /\n/, rows($node, $dbname, join ";\n", map { ($_, $peak) } @statements);
}

my $slack = 14;   # megabytes: a statement, a part of the text, the server's own caches

for my $case (
	[ 'copied', \&with_rows, 'SELECT count(*), min(id), max(id) FROM copied', '1000000|1|1000000' ],
	[ 'inserted', \&with_statements, 'SELECT count(*), min(id), max(id) FROM inserted', '50000|1|50000' ],
	[ 'small', sub { with_small_statements(500_000) }, 'SELECT count(*), min(id), max(id) FROM small',
		'500000|1|500000' ],
	[ 'below', sub { "-- migrate:up\nCREATE TABLE below (id int);\n-- migrate:down\n" . with_small_statements(200_000) },
		'SELECT count(*) FROM below', '0' ],
	[ 'repeatable', sub { with_small_statements(200_000) }, 'SELECT count(*), min(id), max(id) FROM small',
		'200000|1|200000', 'pack.json' => '{"name": "r", "tiers": [{"name": "files", "kind": "repeatable"}]}' ])
{
	my ($name, $content, $query, $expected, %others) = @$case;
	my $file = %others ? 'files/001_x.sql' : '001_x.sql';
	write_files("$root/$name", %others, $file => $content->());
	my $size = (-s "$root/$name/$file") / 1024 / 1024;
	cmp_ok($size, '>=', 16, "$name: the file is large");
	new_database($node, $name, "$root/$name");
	my ($base, $load) = peaks_of($name, 'SELECT FROM whisper_log()', 'SELECT FROM whisper_load()');
	my ($run) = peaks_of($name, 'SELECT FROM whisper_upgrade()');
	note(sprintf '%s: %d MB; peaks: %d MB before, %d MB loading, %d MB running', $name, $size, $base, $load, $run);
	is(rows($node, $name, $query), $expected, "$name: all rows are there");
	cmp_ok($load - $base, '<', $size + $slack, "$name: loading takes the memory of the file, once");
	cmp_ok($run - $base, '<', $size + $slack, "$name: so does running it");
	my $id = %others ? '001_x' : '001';
	is(rows($node, $name, "SELECT md5(concat(up_sql, down_sql)) FROM whisper_show('$id')"),
		md5_hex($content->() =~ s/^-- migrate:.*\n//mgr), "$name: the registry has the whole text");
	my ($idle) = peaks_of($name, 'SELECT FROM whisper_upgrade(); SELECT FROM whisper_status(); SELECT whisper_assert()');
	cmp_ok($idle - $base, '<', 16, "$name: afterwards nobody reads it again");
}

$node->stop;
done_testing();
