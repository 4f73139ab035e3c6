package WhisperKill;

# A deploy of 30 revisions, and the means to kill the processes that take part in it wherever they are.

use strict;
use warnings FATAL => 'all';

use Exporter qw(import);
use IPC::Open2 qw(open2);
use Time::HiRes qw(sleep time);
use PostgreSQL::Test::Utils;
use WhisperTest qw(rows schema_of);

our @EXPORT_OK = qw(thirty_revisions application_data facts place start_again open_watch ask is_ended close_watch victims);

# What the application has before the first revision.
sub application_data
{
	return q{
		CREATE TABLE item (id int PRIMARY KEY, n int NOT NULL DEFAULT 0);
		INSERT INTO item (id) SELECT generate_series(1, 200000);
		CREATE TABLE person (id int PRIMARY KEY, a int NOT NULL, b int NOT NULL, c text NOT NULL);
		INSERT INTO person SELECT i, i % 7, i % 1000, md5(i::text) FROM generate_series(1, 20000) i;
		CREATE TABLE part (id int) PARTITION BY RANGE (id);
		CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (1) TO (100);
		CREATE TABLE part_2 PARTITION OF part FOR VALUES FROM (100) TO (200);
		INSERT INTO part SELECT generate_series(1, 199);
		ANALYZE item, person;
	};
}

# Everything of a revision that runs twice shows: each section writes into a journal without a key.
sub thirty_revisions
{
	my %up = (
		1 => q{CREATE TABLE journal (what text NOT NULL);
			CREATE TYPE mood AS ENUM ('sad');
			CREATE TABLE ledger (item int, amount int, feeling mood);
			CREATE TABLE counter (n int); INSERT INTO counter VALUES (0);},
		4 => q{CREATE INDEX CONCURRENTLY person_a ON person (a);},
		5 => q{CREATE INDEX CONCURRENTLY ON person (b);},
		6 => q{CREATE INDEX CONCURRENTLY IF NOT EXISTS person_c ON person (c);},
		8 => q{ALTER TYPE mood ADD VALUE 'happy';
			INSERT INTO ledger VALUES (0, 1, 'happy');
			UPDATE counter SET n = n + 1;
			CREATE INDEX CONCURRENTLY person_ab ON person (a, b);
			INSERT INTO journal VALUES ('8, statement 5');
			VACUUM (ANALYZE) person;
			REINDEX INDEX CONCURRENTLY person_a;
			UPDATE counter SET n = n + 10;
			DROP INDEX CONCURRENTLY person_ab;
			CREATE TABLE top_level (id serial PRIMARY KEY, note text);
			INSERT INTO top_level (note) VALUES ('once');
			UPDATE counter SET n = n + 100;},
		10 => q{CREATE INDEX CONCURRENTLY item_n ON item (n);},
		12 => q{UPDATE counter SET n = n * 2;},
		14 => q{CREATE UNIQUE INDEX CONCURRENTLY person_unique ON person (b, id);
			CREATE INDEX CONCURRENTLY ON person (lower(c));
			INSERT INTO counter VALUES (14);
			CREATE INDEX CONCURRENTLY ON person (b) WHERE a = 3;},
		16 => q{DROP INDEX CONCURRENTLY item_n;},
		18 => q{INSERT INTO ledger VALUES (-1, 1, 'happy');},
		20 => q{CREATE INDEX CONCURRENTLY ledger_item ON ledger (item); REINDEX TABLE CONCURRENTLY ledger;},
		22 => q{ALTER TABLE part DETACH PARTITION part_2 CONCURRENTLY; INSERT INTO part_2 VALUES (150);},
		24 => q{REINDEX TABLE CONCURRENTLY person;},
		26 => q{CREATE INDEX CONCURRENTLY IF NOT EXISTS item_n ON item (n);},
		28 => q{VACUUM item; UPDATE counter SET n = n + 1000;},
		29 => q{CREATE INDEX CONCURRENTLY item_id_n ON item (id, n);},);
	my %batch = (
		18 => [ 'table=item key=id size=20000 pause=5ms',
			q{INSERT INTO ledger SELECT id, id % 10, 'happy' FROM item WHERE id BETWEEN :batch_start AND :batch_end} ],
		25 => [ 'table=item key=id size=20000', q{UPDATE item SET n = n + 1 WHERE id >= :batch_start AND id <= :batch_end} ],);
	my @top_level = (4 .. 6, 8, 10, 14, 16, 20, 22, 24, 26, 28, 29);

	my %files;
	for my $i (1 .. 30)
	{
		my $sql = $up{$i};
		$sql = "CREATE TABLE plain_$i (id int PRIMARY KEY, note text);\n"
		  . "INSERT INTO plain_$i SELECT g, 'row' FROM generate_series(1, $i) g;\n"
		  . "ALTER TABLE person ADD COLUMN extra_$i int;"
		  unless defined $sql;
		my $text = '-- migrate:up' . ((grep { $_ == $i } @top_level) ? " transaction:false\n" : "\n");
		$text .= "$sql\nINSERT INTO journal VALUES ('$i');\n";
		$text .= "-- migrate:batch $batch{$i}[0]\n$batch{$i}[1];\n" if $batch{$i};
		$files{ sprintf 'r%02d_x.sql', $i } = $text;
	}
	return %files;
}

# What a database holds afterwards, as text to compare; empty is what must be.
sub facts
{
	my ($node, $dbname) = @_;
	return schema_of($node, $dbname) . rows($node, $dbname, q{
		SELECT 'journal', what, count(*) FROM journal GROUP BY what ORDER BY what;
		SELECT 'item', count(*), sum(n), min(n), max(n), sum(id::bigint) FROM item;
		SELECT 'ledger', count(*), count(DISTINCT item), sum(amount), max(feeling) FROM ledger;
		SELECT 'counter', n FROM counter ORDER BY n;
		SELECT 'person', count(*), sum(hashtext(c)::bigint) FROM person;
		SELECT 'partitions', (SELECT count(*) FROM part), (SELECT count(*) FROM part_2);
		SELECT 'top_level', count(*) FROM top_level;
		SELECT 'plain', table_name, (xpath('//c/text()', query_to_xml('SELECT count(*) AS c FROM ' || table_name, false,
			true, '')))[1] FROM information_schema.tables WHERE table_name LIKE 'plain%' ORDER BY 2;
		SELECT 'invalid index', indexrelid::regclass FROM pg_index WHERE NOT (indisvalid AND indisready AND indislive);
		SELECT 'pending detach', inhrelid::regclass FROM pg_inherits WHERE inhdetachpending;
		SELECT 'unfinished', * FROM whisper.unfinished_statement;
		SELECT 'deployment', * FROM whisper.deployment;
		SELECT 'applied', revision, tier, encode(checksum, 'hex') FROM whisper.applied ORDER BY revision;
		SELECT 'steps up', revision, count(*) FROM whisper.history WHERE direction = 'up' GROUP BY revision ORDER BY 2;
		SELECT 'owned', object_type, object_identity, revision FROM whisper.owned_object ORDER BY 2, 3;
		SELECT 'not ok', v.* FROM whisper_verify() v WHERE NOT ok;
		SELECT 'lock', objid FROM pg_locks WHERE locktype = 'advisory';});
}

# Where a broken-off deploy stands: applied revisions, and the statement or batch at work.
sub place
{
	my ($node, $dbname) = @_;
	return rows($node, $dbname, q{
		SELECT (SELECT count(*) FROM whisper.applied) || ' applied' || coalesce('; ' || (
			SELECT string_agg(CASE section WHEN 'batch' THEN revision || ' batch at key ' || coalesce(last_key, 'none')
				ELSE revision || ' statement ' || number || ' ' || state END, ', ' ORDER BY section, number)
			FROM (SELECT * FROM whisper.unfinished_statement ORDER BY (state = 'started') DESC, section <> 'batch',
				number DESC LIMIT 1) u), '') ||
			coalesce('; invalid: ' || (SELECT string_agg(indexrelid::regclass::text, ', ') FROM pg_index
				WHERE NOT indisvalid), '')});
}

# A session that is asked again and again what goes on.
sub open_watch
{
	my ($node, $dbname) = @_;
	my $pid = open2(my $out, my $in, 'psql', '-XAtq', '-d', $node->connstr($dbname));
	binmode $in, ':unix';
	my $watch = { out => $out, in => $in, pid => $pid };
	ask($watch, 'SET client_min_messages = error');
	return $watch;
}

# The rows as lines; undef when the session is gone.
sub ask
{
	my ($watch, $sql) = @_;
	local $SIG{PIPE} = 'IGNORE';
	return undef unless syswrite $watch->{in}, "$sql\n;\n\\echo .\n";
	my @lines;
	while (defined(my $line = readline $watch->{out}))
	{
		chomp $line;
		return join "\n", @lines if $line eq '.';
		push @lines, $line;
	}
	return undef;
}

# Whether the session ends within a while.
sub is_ended
{
	my ($watch) = @_;
	my $until = time + 3;
	until (time > $until)
	{
		return 1 unless defined ask($watch, 'SELECT 1');
		sleep 0.02;
	}
	return 0;
}

sub close_watch
{
	my ($watch) = @_;
	close $watch->{in};
	close $watch->{out};
	waitpid $watch->{pid}, 0;
	return;
}

# The processes to kill: the backend that deploys, its worker, the postmaster alone, or the postmaster with all its
# children at once. Empty when there is none.
sub victims
{
	my ($node, $watch, $kind) = @_;
	my $query = {
		backend => q{backend_type = 'client backend' AND query LIKE 'CALL%'},
		worker => q{backend_type LIKE 'whisper%'},
		server => 'true' }->{$kind};
	my @postmaster = $kind eq 'server' || $kind eq 'postmaster' ? $node->{_pid} : ();
	return @postmaster unless $query;
	my $found = ask($watch, "SELECT pid FROM pg_stat_activity WHERE $query");
	return unless $found;
	return (@postmaster, split /\n/, $found);
}

# After the kill: a postmaster that lives restarts its children, a dead one is started when its last child has gone.
# With the time of a kill that the deploy has noticed: once the children are new ones. A postmaster that has not noticed
# yet would let a session in, and end it a moment later.
sub start_again
{
	my ($node, $kind, $killed_at) = @_;
	my $until = time + $PostgreSQL::Test::Utils::timeout_default;
	if ($kind eq 'postmaster' || $kind eq 'server')
	{
		# It refuses to start while a child of the dead one lives.
		for (;;)
		{
			$node->{_pid} = undef;
			last if $node->start(fail_ok => 1);
			die 'the server did not start again' if time > $until;
			sleep 0.05;
		}
	}
	my $restarted = defined $killed_at
	  ? sprintf q{SELECT backend_start > to_timestamp(%.6f) FROM pg_stat_activity WHERE backend_type = 'checkpointer'}, $killed_at
	  : q{SELECT 't'};
	until (time > $until)
	{
		# A psql that is turned away may be gone before it has read anything, which is an exception.
		my ($status, $answer) = eval { $node->psql('postgres', $restarted) };
		last if defined $status && $status == 0 && $answer eq 't';
		sleep 0.02;
	}
	return;
}

1;
