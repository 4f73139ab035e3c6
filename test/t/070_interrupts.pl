# A cancel or a timeout ends whatever the engine is at: reading a large text, or thinking about a large graph.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database rows write_files start_sql finish_sql wait_for);

plan skip_all => 'the time of a process is in /proc' unless -r '/proc/self/stat';

my $node = new_node('interrupts');
$node->append_conf('postgresql.conf', "fsync = off\nmax_wal_size = 4GB\nautovacuum = off\n");
$node->restart;
my $stopped = 0;
my $late = 1000;    # milliseconds of the processor's that may pass between the timeout and the end

# The processor's time in milliseconds: what other processes do has no part in it.
my $cpu = q{(SELECT (s[12]::int8 + s[13]::int8) * 10 FROM string_to_array(
	regexp_replace(pg_read_file('/proc/self/stat'), '^.*\) ', 'x '), ' ') AS s)};

sub literal { my $text = shift; $text =~ s/(['\\])/\\$1/g; $text =~ s/\n/\\n/g; return "E'$text'"; }

# Every statement is stopped, by each of the timeouts, when its time is over.
sub stops
{
	my ($dbname, $name, $statement, @timeouts) = @_;
	for my $timeout (@timeouts)
	{
		my ($status, $stdout, $stderr) = $node->psql($dbname, <<"SQL", on_error_stop => 0);
SET client_min_messages = error;
\\set VERBOSITY sqlstate
SELECT $cpu AS before \\gset
SET statement_timeout = $timeout;
$statement \\g /dev/null
SET statement_timeout = 0;
SELECT $cpu - :before;
SQL
		note("$name, $timeout: $stdout ms");
		$stopped += $stderr ne '';
		like($stderr, qr/\A(?:(?:psql:\S+ )?ERROR:  57014\s*)?\z/, "$name is stopped after $timeout ms, if it takes longer");
		cmp_ok($stdout, '<=', $timeout + $late, '… and ends soon') if $stdout =~ /\A\d+\z/ || fail("$name: $stdout");
	}
	return;
}

# Texts that take long, each in another way.

new_database($node, 'texts', '');
my $megabytes = 48;
for my $case ([ 'statements', 'SELECT 1;' ], [ 'comments', "-- x\n" ], [ 'colons', ':' ], [ 'echoes', "\\echo x\n" ],
	[ 'rows', "1\n", "COPY t FROM stdin;\n" ], [ 'lines', "\n" ], [ 'a definition', 'a int,', 'CREATE TABLE t (' ])
{
	my ($name, $unit, $first) = @$case;
	my $text = literal("-- revision: large\n-- migrate:up\n" . ($first // '')) . ' || repeat(' . literal($unit) . ', '
	  . int($megabytes * 1024 * 1024 / length $unit) . ')';
	stops('texts', "reading $name", "SELECT whisper_register($text, 'main')", 400);
}

# The same from a directory, one file that includes another.

my $pack = PostgreSQL::Test::Utils::tempdir;
write_files($pack, 'main/001_x.sql' => "-- migrate:up\n\\i parts/x.sql\n-- migrate:down\n",
	'parts/x.sql' => 'SELECT 1;' x ($megabytes * 1024 * 1024 / 9), 'pack.json' => '{"name":"p","tiers":[{"name":"main","kind":"versioned"}]}');
new_database($node, 'files', $pack);
stops('files', 'loading a file', 'SELECT whisper_load()', 300);
stops('files', 'planning over a file', 'SELECT whisper_plan()', 400);

# A graph of many revisions, half of them in a line and half beside it.

new_database($node, 'graph', '');
my $revisions = 40_000;
$node->safe_psql('graph', qq{
	INSERT INTO whisper.tier (name, position, kind) VALUES ('main', 1, 'versioned');
	INSERT INTO whisper.revision (revision, registration, tier, down_revisions, down_implicit, depends_on, branch_labels, message, rerun,
			up_sql, up_line, up_transactional, down_sql, down_line, down_transactional, verify_line, creates, checksum, includes, missing,
			registered_by, registered_by_oid)
		SELECT 'r' || i, i, 'main', CASE WHEN i < 2 THEN '{}' WHEN i % 2 = 0 THEN ARRAY['r' || i - 2] ELSE ARRAY['r' || i / 3 * 2] END,
			false, '{}', '{}', '', 'changed', 'SELECT 1', 1, true, 'SELECT 1', 1, true, 1, '{}', '', '{}', false, current_user, current_user::regrole
		FROM generate_series(0, $revisions) i});
cmp_ok(rows($node, 'graph', q{SELECT count(*) FROM whisper_plan('heads')}), '==', $revisions + 1, 'the graph is there');
stops('graph', 'planning', q{SELECT whisper_plan('heads')}, 150, 300, 600);
stops('graph', 'planning for many targets', "SELECT whisper_plan((SELECT string_agg('r' || i, ',') FROM generate_series(1, $revisions, 3) i))", 400);
stops('graph', 'planning for many branches', q{SELECT whisper_plan(repeat('r1@heads,', 100000) || 'r1')}, 1000);
stops('graph', 'an upgrade', q{SELECT whisper_upgrade('heads')}, 1000);
stops('graph', 'a script', q{SELECT whisper_sql('heads')}, 700);
stops('graph', 'a stamp', q{SELECT whisper_stamp('heads')}, 400, 1000);
stops('graph', 'a merge', "SELECT whisper_merge((SELECT array_agg('r' || i) FROM generate_series(1, $revisions, 2) i))", 700);
stops('graph', 'a revision that follows many', "SELECT whisper_register(E'-- revision: new\\n-- down_revision: '
	|| (SELECT string_agg('r' || i, ',') FROM generate_series(1, $revisions) i) || E'\\n-- migrate:up\\nSELECT 1;\\n-- migrate:down\\n')", 700);
cmp_ok($stopped, '>=', 12, 'most of it takes longer than it was given');

# Somebody else stops it, too.
my $session = start_sql($node, 'texts', "SELECT whisper_register(E'-- revision: large\\n-- migrate:up\\n' || repeat('+ ', 30000000), 'main')");
my $at_work = q{SELECT pid FROM pg_stat_activity WHERE query LIKE '%large%' AND state = 'active' AND pid <> pg_backend_pid()};
wait_for($node, "SELECT EXISTS ($at_work AND query_start < clock_timestamp() - interval '300 ms')");
is(rows($node, 'postgres', "SELECT pg_cancel_backend(($at_work))"), 't', 'a session is canceled');
like((finish_sql($session))[1], qr/canceling statement due to user request/, 'it says so');

$node->stop;
done_testing();
