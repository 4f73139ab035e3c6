# kill -9 of the backend that deploys, of its worker, of the postmaster, and of the whole server, wherever they are: the
# next deploy ends with the schema and the data of one that nobody disturbed.
#
# WHISPER_KILL_POINTS: how many kills over the time of a deploy, beside those that are aimed at a statement.
# WHISPER_KILL_SEED: for their place; the seed of a failed run is in its output.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);
use WhisperKill qw(thirty_revisions application_data facts place start_again open_watch ask is_ended close_watch victims);
use WhisperTest qw(new_node new_database set_location rows write_files start_sql finish_sql wait_for);

my $kill_points = $ENV{WHISPER_KILL_POINTS} // 28;
my $seed = $ENV{WHISPER_KILL_SEED} // time ^ $$;
srand $seed;

my $node = new_node('kill');
# The tests' servers end when a backend dies; a real one goes on.
$node->append_conf('postgresql.conf', "restart_after_crash = on\nfsync = off\nautovacuum = off\nmax_wal_size = 4GB\nlog_statement = none");
$node->restart;

my $pack = PostgreSQL::Test::Utils::tempdir;
write_files($pack, thirty_revisions());
new_database($node, 'application', $pack);
$node->safe_psql('application', application_data());

my @deploy = ('SET client_min_messages = warning', 'CALL whisper_deploy()');

sub fresh_database
{
	my ($dbname) = @_;
	rows($node, 'postgres', "CREATE DATABASE $dbname TEMPLATE application");
	set_location($node, $dbname, $pack);
	return;
}

sub drop_database { rows($node, 'postgres', "DROP DATABASE $_[0] WITH (FORCE)"); return }

# Nobody disturbs it. The second one has warm caches, and is what the kills are timed by.
my ($expected, $duration);
for my $dbname ('undisturbed', 'measured')
{
	fresh_database($dbname);
	my $began = time;
	is(join('', finish_sql(start_sql($node, $dbname, @deploy))), '', "$dbname: deployed");
	$duration = time - $began;
	my $facts = facts($node, $dbname);
	is($facts, $expected // $facts, "$dbname: the same");
	$expected //= $facts;
	drop_database($dbname);
}
unlike($expected, qr/^(?:unfinished|deployment|invalid index|pending detach|not ok|lock)/m, 'and nothing is left over');
like($expected, qr/^item\|200000\|200000\|1\|1\|/m, 'every row once');

my (@table, %killed);
my %broken_off;   # the runs that a crash left in whisper.deployment, each once however often it was found there

# Deploys until $aim->($watch, seconds) says so, kills, and recovers. Returns whether there was something to kill.
sub deploy_and_kill
{
	my ($dbname, $kind, $aim) = @_;
	my $watch = open_watch($node, $dbname);
	my $session = start_sql($node, $dbname, @deploy);
	my $began = time;
	my ($done, @pids, $seen) = (0);
	until (@pids || $done)
	{
		my $aimed = $aim->($watch, time - $began);
		$session->{run}->pump_nb;
		$done = !$session->{run}->pumpable;
		@pids = victims($node, $watch, $kind) if $aimed;
		sleep 0.001 unless @pids;
		last if $kind eq 'worker' && @pids == 0 && time - $began > 3 * $duration + 10;
	}
	my $killed_at = time;
	my $at = $killed_at - $began;
	kill 'KILL', @pids if @pids;
	$session->{run}->finish;
	# It may have been over by then, or the worker.
	my $stopped = $session->{stderr} =~ /server closed the connection|terminating connection|connection to server was lost/;
	# Whether the deploy noticed or not, the server ends every session, unless what was killed had just ended by itself.
	my $crashed = $stopped || (@pids && is_ended($watch));
	close_watch($watch);
	start_again($node, @pids ? $kind : 'nothing', $crashed ? $killed_at : undef);
	return unless @pids && $stopped;
	$killed{$kind}++;
	# None when it had not begun.
	$broken_off{$_} = 1 for split /\n/, rows($node, $dbname, 'SELECT run FROM whisper.deployment');
	push @table, sprintf '%-10s %7.3f s  %s', $kind, $at, place($node, $dbname);
	return 1;
}

# As many kills as there are aims, one after the other, then a deploy that is left alone.
my $number = 0;

sub survives
{
	my ($name, $kills, $prepare) = @_;
	my $dbname = 'kill_' . ++$number;
	fresh_database($dbname);
	$prepare->($dbname) if $prepare;
	my $rows = @table;
	%broken_off = ();
	my $hits = grep { deploy_and_kill($dbname, @$_) } @$kills;
	my $said = join '', finish_sql(start_sql($node, $dbname, @deploy));
	my $facts = facts($node, $dbname);
	my $same = $said eq '' && $facts eq $expected;
	$table[$_] .= $same ? '  -> same' : '  -> DIFFERENT' for $rows .. $#table;
	ok($same, "$name: $hits of " . @$kills . ' hit, and the end is the same')
	  or diag("seed $seed\n$said" . differences($expected, $facts));
	is( rows($node, $dbname, q{SELECT count(*) FROM whisper.history WHERE direction = 'failed' AND sqlstate = '57P02'}),
		scalar keys %broken_off, "$name: the history has what was broken off");
	drop_database($dbname);
	return $hits;
}

sub differences
{
	my %lines;
	$lines{$_}-- for split /\n/, $_[0];
	$lines{$_}++ for split /\n/, $_[1];
	return join '', map { ($lines{$_} < 0 ? '-' : '+') . "$_\n" } grep { $lines{$_} } sort keys %lines;
}

# Spread over the time that a deploy takes, somewhere within each piece of it.
my @kinds = qw(backend worker postmaster backend worker server);
for my $i (1 .. $kill_points)
{
	my $kind = $kinds[ ($i - 1) % @kinds ];
	my $when = ($i - 1 + rand) / $kill_points * $duration;
	my @kills = [ $kind, sub { $_[1] >= $when } ];
	# Another one into what the first one left.
	if ($i % 6 == 0)
	{
		my $again = rand(0.5) * $duration;
		push @kills, [ $kinds[ rand @kinds ], sub { $_[1] >= $again } ];
	}
	survives(sprintf('kill %d: %s after %.3f s', $i, $kind, $when), \@kills);
}

# Aimed at what has only moments.
my $unfinished = 'SELECT count(*) FROM whisper.unfinished_statement WHERE revision =';

sub at_statement
{
	my ($revision, $statement, $state) = @_;
	return sub { (ask($_[0], "$unfinished '$revision' AND number = $statement AND state = '$state'") // 0) > 0 };
}

sub in_phase
{
	my ($command, $phase) = @_;
	return sub {
		(ask($_[0], "SELECT count(*) FROM pg_stat_progress_create_index WHERE command = '$command CONCURRENTLY'"
			  . " AND phase LIKE '$phase%'") // 0) > 0;
	};
}

for my $aim (
	[ 'worker', 'an unnamed index is begun', at_statement('r05', 1, 'started') ],
	[ 'server', 'a plain statement of a section without a transaction is done', at_statement('r08', 2, 'done') ],
	[ 'backend', 'the last statement of a section is done', at_statement('r08', 13, 'done') ],
	[ 'worker', 'an index is built', in_phase('CREATE INDEX', 'building index') ],
	[ 'server', 'an index is validated', in_phase('CREATE INDEX', 'index validation') ],
	[ 'worker', 'an index is rebuilt', in_phase('REINDEX', 'building index') ],
	[ 'backend', 'a batch is at work', sub { (ask($_[0], "$unfinished 'r25' AND rows_done > 50000") // 0) > 0 } ])
{
	my ($kind, $when, $condition) = @$aim;
	survives("$kind killed when $when", [ [ $kind, $condition ] ]);
}

# Somebody has written to the table and not committed, so that the statement stays where it is.
for my $aim (
	[ 'worker', 'r03', 'r04', 1, 'person', 'an index waits for a writer' ],
	[ 'worker', 'r15', 'r16', 1, 'item', 'an index waits to be dropped' ],
	[ 'server', 'r19', 'r20', 1, 'ledger', 'an index waits, in a section of two' ],
	[ 'worker', 'r23', 'r24', 1, 'person', 'a table and its TOAST table wait to be reindexed' ],
	[ 'postmaster', 'r21', 'r22', 1, 'part', 'a partition waits to be detached' ],
	[ 'backend', 'r21', 'r22', 1, 'part', 'a partition waits to be detached' ])
{
	my ($kind, $before, $revision, $statement, $table, $when) = @$aim;
	my $holder;
	my $prepare = sub {
		my ($dbname) = @_;
		rows($node, $dbname, "CALL whisper_deploy('$before')");
		$holder = start_sql($node, $dbname, "BEGIN; LOCK TABLE $table IN ROW EXCLUSIVE MODE; SELECT pg_sleep(600)");
		wait_for($node, "SELECT count(*) = 1 FROM pg_stat_activity WHERE datname = '$dbname' AND wait_event = 'PgSleep'");
	};
	my $waits = sub {
		return (ask($_[0], "$unfinished '$revision' AND number = $statement AND state = 'started'"
			  . q{ AND EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pid IN (
				SELECT pid FROM pg_stat_activity WHERE backend_type LIKE 'whisper%'))}) // 0) > 0;
	};
	is(survives("$kind killed when $when", [ [ $kind, $waits ] ], $prepare), 1, "$kind killed when $when: hit");
	finish_sql($holder);
}

my $total = @table;
cmp_ok($total, '>=', $kill_points * 0.9, "$total kills");
cmp_ok($killed{$_} // 0, '>=', 1, "$_: " . ($killed{$_} // 0)) for qw(backend worker postmaster server);
note(sprintf "an undisturbed deploy takes %.2f s; seed %d", $duration, $seed);
note('killed        after   where it was found after recovery');
note($_) for @table;

$node->stop;
done_testing();
