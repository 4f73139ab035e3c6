# What a migration's own file tells of databases that have run it: checksums of former texts, and a verify section.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node database_of rows raises write_files);

my $node = new_node('own_words');

# What leaves no trace in the catalogs has run when what follows it is there, unless its verify section says no.

for my $case ([ 'done', 'true', 'SELECT bool_and(checked) FROM t', 'present' ],
	[ 'not_done', 'false', 'SELECT bool_and(checked) FROM t', 'absent' ], [ 'says_nothing', 'false', 'SELECT gone FROM t', 'present' ],
	[ 'has_none', 'false', '', 'present' ])
{
	my ($dbname, $value, $verify, $verdict) = @$case;
	database_of($node, $dbname, '001_a.sql' => "CREATE TABLE t (id int, checked boolean);\n",
		'002_b.sql' => "-- migrate:up\nUPDATE t SET checked = true;\n" . ($verify && "-- migrate:verify\n$verify;\n"),
		'003_c.sql' => "CREATE TABLE u (id int);\n");
	$node->safe_psql($dbname, "CREATE TABLE t (id int, checked boolean); CREATE TABLE u (id int); INSERT INTO t VALUES (1, $value)");
	is(rows($node, $dbname, q{SELECT verdict FROM whisper_adopt() WHERE revision = '002'}), $verdict, "$dbname: $verdict");
	rows($node, $dbname, 'SELECT whisper_adopt(apply => true); SELECT whisper_upgrade()');
	is(rows($node, $dbname, 'SELECT checked FROM t'), $verdict eq 'absent' || $value eq 'true' ? 't' : 'f', "$dbname: upgraded");
}

# A file that was mended after it had been applied

database_of($node, 'mended', '001_a.sql' => "-- migrate:up\nCREATE TABLE t (id int);\n");
my $location = rows($node, 'mended', 'SHOW whisper_migrate.script_location');
rows($node, 'mended', 'SELECT whisper_upgrade()');
my $checksum = rows($node, 'mended', q{SELECT encode(checksum, 'hex') FROM whisper.applied});
my $mended = "-- migrate:up\nCREATE TABLE IF NOT EXISTS t (id int);\n";
write_files($location, '001_a.sql' => $mended);
raises($node, 'mended', 'SELECT whisper_upgrade()', 'WM011', 'an edit is refused');
write_files($location, '001_a.sql' => '-- valid_checksum: ' . ('0' x 64) . "\n$mended");
raises($node, 'mended', 'SELECT whisper_upgrade()', 'WM011', 'be it that the header has another checksum');
write_files($location, '001_a.sql' => '-- valid_checksum: ' . ('0' x 64) . ", $checksum\n$mended");
my $changed = 'SELECT changed FROM whisper_status()';
is(rows($node, 'mended', "BEGIN READ ONLY; $changed; COMMIT; SELECT encode(checksum, 'hex') FROM whisper.applied"), "0\n$checksum",
	'one whose former text is named counts as unchanged, and reading writes nothing');
is(rows($node, 'mended', q{SELECT count(*) FROM whisper_upgrade(); SELECT count(*) FROM whisper.applied JOIN whisper.revision
	USING (revision, checksum)}), "0\n1", 'an upgrade records it');
write_files($location, '001_a.sql' => $mended);
is(rows($node, 'mended', 'SELECT count(*) FROM whisper_upgrade()'), '0', 'so the header can go again');

$node->stop;
done_testing();
