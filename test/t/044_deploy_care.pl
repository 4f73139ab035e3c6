# What whisper_deploy takes care of: its lock, indexes of others, keys of any type.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node database_of deploy_left_over rows raises start_sql finish_sql);

my $node = new_node('deploy');
my $top = '-- migrate:up transaction:false';

sub database_with { database_of($node, @_); return }

my ($left_over, $nothing) = deploy_left_over();

# The worker of a deploy that was killed outlives it for a while.

database_with('outlived', 'u01_x.sql' => "-- migrate:up\nCREATE TABLE u1 ();\n");
my $outliving = start_sql($node, 'outlived', 'SELECT pg_advisory_lock(2003333744, 2003792491), pg_sleep(600)');
$node->poll_query_until('outlived', q{SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted)});
my (undef, $locks_left, $too_long) = $node->psql('outlived', "\\set VERBOSITY verbose\nCALL whisper_deploy(max_wait => '100 ms');\n"
	  . "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid();", on_error_stop => 0);
like($too_long, qr/ERROR:  55P03: another migration of this database took longer than max_wait/, 'a deploy waits for it, and not for long');
is($locks_left, '0', 'and holds no lock when it has given up');
rows($node, 'outlived', q{SELECT pg_terminate_backend(pid, 60000) FROM pg_locks WHERE locktype = 'advisory'});
finish_sql($outliving);
is(rows($node, 'outlived', 'CALL whisper_deploy(); SELECT count(*) FROM whisper.applied'), '1', 'then it works');

# A migration that lets go of the lock which keeps other runs out

database_with('unlocking', 'u01_x.sql' => "-- migrate:up\nCREATE TABLE u1 ();\n",
	'u02_x.sql' => "-- migrate:up\nCREATE TABLE u2 ();\nSELECT pg_advisory_unlock_all();\n");
raises($node, 'unlocking', 'CALL whisper_deploy()', '55006', 'pg_advisory_unlock_all() in a deploy',
	qr/released the lock .*HINT:  release the migration's own locks one by one/s);
is(rows($node, 'unlocking', q{SELECT to_regclass('u1'), to_regclass('u2'), (SELECT string_agg(revision, ' ') FROM whisper.applied)}),
	'u1||u01', 'the revision is rolled back, those before it stay');
is(rows($node, 'unlocking', $left_over), $nothing, 'nothing is left over');
database_with('unlocking_apart', 'u01_x.sql' => "$top\nSELECT pg_advisory_unlock_all();\nCREATE TABLE u1 ();\n",
	'u02_x.sql' => "-- migrate:up\nCREATE TABLE u2 ();\n");
is(rows($node, 'unlocking_apart', q{CALL whisper_deploy(); SELECT count(*) FROM whisper.applied}), '2',
	'in the worker it does no harm');

# An invalid index of somebody else's is nobody's leftover.

database_with('others_index',
	'o01_x.sql' => "-- migrate:up\nCREATE TABLE pair (a int, b int);\nINSERT INTO pair VALUES (1, 1), (1, 1);\n",
	'o02_x.sql' => "-- migrate:up\nCREATE UNIQUE INDEX CONCURRENTLY ON pair (b);\n");
rows($node, 'others_index', q{CALL whisper_deploy('o01')});
raises($node, 'others_index', 'CREATE UNIQUE INDEX CONCURRENTLY of_theirs ON pair (a)', '23505', 'an index that is left invalid');
my $indexes = q{SELECT indexrelid::regclass, indisvalid FROM pg_index WHERE indrelid = 'pair'::regclass ORDER BY 1::text};
raises($node, 'others_index', 'CALL whisper_deploy()', '23505', 'a deploy whose index is left so, too');
is(rows($node, 'others_index', $indexes), "of_theirs|f\npair_b_idx|f", 'there are two of them');
rows($node, 'others_index', 'UPDATE pair SET b = 2 WHERE ctid = (SELECT max(ctid) FROM pair)');
is(rows($node, 'others_index', 'CALL whisper_deploy()'), '', 'the next deploy builds its own');
is(rows($node, 'others_index', $indexes), "of_theirs|f\npair_b_idx|t", 'and leaves the other one alone');
is(rows($node, 'others_index', $left_over), $nothing, 'nothing is left over');

# Keys of any type with an order

{
	my %keys = (
		'char(8)' => q{'A' || lpad(g::text, 7, '0')}, 'bit(12)' => 'g::bit(12)', 'varchar(9)' => q{chr(64 + g % 26) || g},
		'numeric' => 'g / 7.0', 'bytea' => q{decode(lpad(to_hex(g), 4, '0'), 'hex')}, 'app.number' => 'g',
		'app.word' => q{lpad(g::text, 5, 'x')}, 'app.mood' => q{('m' || g)::app.mood}, 'app.pair' => 'row(g % 7, g)::app.pair',
		'timestamptz' => q{timestamptz '2000-01-01' + g * interval '7 hours 0.123456 s'}, 'int[]' => 'ARRAY[g % 5, g]');
	my ($up, %files) = ("-- migrate:up\nCREATE SCHEMA app; CREATE DOMAIN app.number AS bigint; CREATE DOMAIN app.word AS varchar(20);\n"
		  . "CREATE TYPE app.pair AS (a int, b int);\nCREATE TYPE app.mood AS ENUM (" . join(', ', map { "'m$_'" } reverse 1 .. 50) . ");\n");
	my ($number, $sums) = (0, '');
	for my $type (sort keys %keys)
	{
		my $table = 'keyed' . ++$number;
		$up .= "CREATE TABLE $table (id $type PRIMARY KEY, n int DEFAULT 0);\n"
		  . "INSERT INTO $table SELECT $keys{$type} FROM generate_series(1, 50) g;\n";
		$files{ sprintf 'k%02d_x.sql', $number + 1 } = "-- migrate:up\n-- migrate:batch table=$table key=id size=7\n"
		  . "UPDATE $table SET n = n + 1 WHERE id BETWEEN :batch_start AND :batch_end;\n";
		$sums .= ($sums ? ' UNION ALL ' : '') . "SELECT '$type', count(*), min(n), max(n) FROM $table";
	}
	database_with('key_types', 'k01_x.sql' => $up, %files);
	is(rows($node, 'key_types', "SET search_path = public, app; CALL whisper_deploy(); $sums"),
		join("\n", map { "$_|50|1|1" } sort keys %keys), 'a batch reaches every row once, whatever the type of its key');
	database_with('no_order', 'k01_x.sql' => "-- migrate:up\nCREATE TABLE keyed (id point NOT NULL);\n",
		'k02_x.sql' => "-- migrate:up\n-- migrate:batch table=keyed key=id\nDELETE FROM keyed WHERE id BETWEEN :batch_start AND :batch_end;\n");
	raises($node, 'no_order', 'CALL whisper_deploy()', '42883', 'a key without an order', qr/values of type point have no order/);
}

$node->stop;
done_testing();
