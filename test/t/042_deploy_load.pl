# How long an application is held up while its table is migrated, with a long reader in the way: by whisper_deploy, and by
# the same DDL sent with psql.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);
use WhisperTest qw(new_node new_database rows write_files start_sql finish_sql wait_for);

my $lock_timeout = 500;    # ms
my $allowance = 250;
my $reader_sleeps = 3;     # s
my $rounds = 3;

my $node = new_node('load');
# Writes are what is measured, and neither the disk nor a checkpoint.
$node->append_conf('postgresql.conf', "fsync = off\nsynchronous_commit = off\nmax_wal_size = 4GB");
$node->restart;

my $tmp = PostgreSQL::Test::Utils::tempdir;
my $pgbench = `which pgbench 2>/dev/null` || $node->config_data('--bindir') . '/pgbench';
chomp $pgbench;
plan(skip_all => 'no pgbench') unless -x $pgbench;

my $ddl = "ALTER TABLE stock ADD COLUMN reserved int NOT NULL DEFAULT 0;\nALTER TABLE stock ADD CHECK (amount >= 0) NOT VALID;\n";
my $index = "CREATE INDEX CONCURRENTLY stock_amount ON stock (amount);\n";
write_files($tmp, 'ddl.sql' => $ddl, 'index.sql' => $index,
	'write.sql' => "\\set id random(1, 20000)\nUPDATE stock SET amount = amount + 1 WHERE id = :id;\n",
	'ddl/l01_x.sql' => "-- migrate:up\n$ddl",
	'index/x01_x.sql' => "-- migrate:up transaction:false\n$index");

my $number = 0;

# The longest of pgbench's transactions in milliseconds while $migrate->($dbname) runs, and for how long that took in
# seconds. With a reader, it runs for $reader_sleeps from before until after.
sub longest_stall
{
	my ($pack, $with_reader, $migrate) = @_;
	my $dbname = 'load_' . ++$number;
	new_database($node, $dbname, "$tmp/$pack");
	$node->safe_psql($dbname, 'CREATE TABLE stock (id int PRIMARY KEY, amount int NOT NULL);'
		  . ' INSERT INTO stock SELECT g, 0 FROM generate_series(1, 20000) g; VACUUM ANALYZE stock');
	my $log = "$tmp/log_$number";
	my $output = '';
	# Until it is told to stop.
	my $bench = IPC::Run::start([ $pgbench, '-n', '-c', '2', '-j', '1', '-T', '600', '-R', '200', '--log', "--log-prefix=$log",
			'-f', "$tmp/write.sql", $node->connstr($dbname) ],
		'<', \undef, '>', \$output, '2>', \$output, IPC::Run::timeout($PostgreSQL::Test::Utils::timeout_default));
	wait_for($node, "SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = '$dbname' AND query LIKE 'UPDATE stock%'");
	sleep 0.5;
	my $reader;
	if ($with_reader)
	{
		$reader = start_sql($node, $dbname, "BEGIN; SELECT count(*) FROM stock; SELECT pg_sleep($reader_sleeps); COMMIT");
		wait_for($node, "SELECT count(*) = 1 FROM pg_stat_activity WHERE datname = '$dbname' AND wait_event = 'PgSleep'");
	}
	my $began = time;
	my $failure = $migrate->($dbname);
	my $took = time - $began;
	is($failure, '', "$pack: migrated");
	finish_sql($reader) if $reader;
	sleep 0.5;
	# It writes its log to the end when it loses its sessions, and not when it is killed.
	rows($node, 'postgres', "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '$dbname'");
	$bench->finish;
	# Client, number, latency in µs, script, end in s and µs, and the lag behind the schedule, which is part of the latency.
	my ($longest, $transactions) = (0, 0);
	for my $line (map { split /\n/, slurp_file($_) } glob "$log*")
	{
		my (undef, undef, $latency, undef, $seconds, $fraction, $lag) = split / /, $line;
		next if $seconds + $fraction / 1e6 < $began;
		my $waited = ($latency - $lag) / 1000;
		$transactions++;
		$longest = $waited if $waited > $longest;
	}
	cmp_ok($transactions, '>', 50, "$pack: the application wrote $transactions times");
	is(rows($node, $dbname, q{SELECT pg_get_indexdef(indexrelid) || indisvalid FROM pg_index WHERE indexrelid = to_regclass('stock_amount')
		UNION ALL SELECT attname FROM pg_attribute WHERE attrelid = 'stock'::regclass AND attname = 'reserved'}),
		$pack eq 'ddl' ? 'reserved' : 'CREATE INDEX stock_amount ON public.stock USING btree (amount)true', "$pack: it is there");
	return ($longest, $took);
}

sub by_deploy
{
	my ($dbname) = @_;
	return join '', finish_sql(start_sql($node, $dbname, 'SET client_min_messages = warning',
		"CALL whisper_deploy(lock_timeout => '$lock_timeout ms')"));
}

sub by_psql
{
	my ($pack) = @_;
	return sub {
		my ($stdout, $stderr) = run_command([ 'psql', '-XAtq', '-d', $node->connstr($_[0]), '-f', "$tmp/$pack.sql" ]);
		return $stdout . $stderr;
	};
}

# A machine that is busy with other things holds somebody up now and then: the median counts.
sub median { return (sort { $a <=> $b } @_)[ @_ / 2 ] }

sub medians
{
	my ($pack, $with_reader, $migrate) = @_;
	my (@stalls, @times);
	for (1 .. $rounds)
	{
		my ($stall, $took) = longest_stall($pack, $with_reader, $migrate);
		push @stalls, $stall;
		push @times, $took;
	}
	note(sprintf '%s: stalls of %s ms', $pack, join ', ', map { sprintf '%.0f', $_ } @stalls);
	return (median(@stalls), median(@times));
}

my ($quiet) = longest_stall('ddl', 0, by_psql('ddl'));
my ($ours, $our_time) = medians('ddl', 1, \&by_deploy);
my ($psqls, $psql_time) = longest_stall('ddl', 1, by_psql('ddl'));
my ($ours_index, $our_index_time) = medians('index', 1, \&by_deploy);
my ($psqls_index, $psql_index_time) = longest_stall('index', 1, by_psql('index'));

cmp_ok($ours, '<', $lock_timeout + $allowance, 'whisper_deploy holds nobody up for longer than its lock_timeout');
cmp_ok($psqls, '>', 1000 * $reader_sleeps * 0.6, 'psql holds everybody up for as long as the reader reads');
cmp_ok($ours_index, '<', $lock_timeout + $allowance, 'nor does an index that is built concurrently, which waits for the reader');
cmp_ok($our_time, '>', $reader_sleeps * 0.6, 'the reader was in the way');

note('the longest stall of a client, and the time of the migration, with a reader of ' . $reader_sleeps . ' s');
note(sprintf '%-42s %6.0f ms', 'ALTER TABLE by psql, no reader', $quiet);
note(sprintf '%-42s %6.0f ms %6.1f s', @$_) for
	[ 'ALTER TABLE by psql', $psqls, $psql_time ],
	[ "ALTER TABLE by whisper_deploy, $lock_timeout ms", $ours, $our_time ],
	[ 'CREATE INDEX CONCURRENTLY by psql', $psqls_index, $psql_index_time ],
	[ 'CREATE INDEX CONCURRENTLY by whisper_deploy', $ours_index, $our_index_time ];

$node->stop;
done_testing();
