# All or nothing, whatever runs out: time, memory, locks, disk, patience. After every attempt schema and records are as
# before it or as after a whole run, and never in between; and the server has not gone down.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);
use WhisperTest qw(new_database rows error_of write_files start_sql finish_sql);

my $root = PostgreSQL::Test::Utils::tempdir;
my $down = q{whisper_downgrade('base', allow_data_loss => true)};

my $node = PostgreSQL::Test::Cluster->new('exhaustion');
$node->init(extra => [ '--encoding=UTF8', '--no-locale' ]);
$node->append_conf('postgresql.conf', "fsync = off\nlog_min_messages = warning\nrestart_after_crash = off\n"
	  . "autovacuum = off\n");
$node->start;

# Definitions of all kinds, data, and blocks with subtransactions of their own.
my $pack = "$root/pack";
my $revisions = 12;
for my $n (1 .. $revisions)
{
	write_files($pack, sprintf('e%03d_x.sql', $n) => "-- migrate:up\nCREATE TABLE t$n (id serial PRIMARY KEY, note text UNIQUE);\n"
		  . "CREATE INDEX ON t$n (lower(note));\nINSERT INTO t$n (note) SELECT g FROM generate_series(1, 50) g;\n"
		  . "CREATE FUNCTION f$n() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';\n"
		  . "CREATE TRIGGER changed BEFORE UPDATE ON t$n FOR EACH ROW EXECUTE FUNCTION f$n();\n"
		  . "DO 'BEGIN PERFORM 1 / 0; EXCEPTION WHEN division_by_zero THEN NULL; END';\n"
		  . "ALTER TABLE t$n ADD COLUMN extra int DEFAULT 1, ADD CHECK (extra > 0);\nCOMMENT ON TABLE t$n IS 'number $n';\n"
		  . "-- migrate:down\nDROP TABLE t$n;\nDROP FUNCTION f$n();\n");
}

# One line for everything that a run changes: definitions and data outside of the catalogs, and the records.
my $digest = q{SELECT 'state ' || md5(string_agg(x, E'\n' ORDER BY x)) FROM (
	SELECT format('%s %s %s', c.relkind, c.relname, c.reltoastrelid <> 0) FROM pg_class c WHERE relnamespace = 'public'::regnamespace
	UNION ALL SELECT format('%s.%s %s %s %s', c.relname, a.attname, a.atttypid::regtype, a.attnotnull, a.attnum) FROM pg_attribute a
		JOIN pg_class c ON c.oid = attrelid WHERE relnamespace = 'public'::regnamespace AND attnum > 0
	UNION ALL SELECT format('%s %s', conname, pg_get_constraintdef(oid)) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
	UNION ALL SELECT pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid
		WHERE relnamespace = 'public'::regnamespace AND NOT tgisinternal
	UNION ALL SELECT pg_get_functiondef(p.oid) FROM pg_proc p WHERE pronamespace = 'public'::regnamespace AND prolang <> 13
	UNION ALL SELECT description FROM pg_description WHERE classoid = 'pg_class'::regclass AND objoid::regclass::text LIKE 't%'
	UNION ALL SELECT format('%s %s %s', revision, tier, origin) FROM whisper.applied
	UNION ALL SELECT format('%s %s %s %s', object_type, object_identity, revision, origin) FROM whisper.owned_object
	UNION ALL SELECT format('%s %s %s', revision, number, checksum) FROM whisper.statement
	UNION ALL SELECT format('%s %s %s', revision, checksum, missing) FROM whisper.revision
	UNION ALL SELECT format('log %s %s', revision, sum(CASE direction WHEN 'up' THEN 1 ELSE -1 END)) FROM whisper.history
		GROUP BY revision HAVING sum(CASE direction WHEN 'up' THEN 1 ELSE -1 END) <> 0) AS all_of_it (x);};
$digest =~ s/\s+/ /g;

# A database, and how it looks before and after the whole run.
sub prepare
{
	my ($server, $dbname, $location) = @_;
	new_database($server, $dbname, $location);
	rows($server, $dbname, 'SELECT whisper_load()');
	rows($server, $dbname, 'SELECT whisper_upgrade()');
	my $after = rows($server, $dbname, $digest);
	rows($server, $dbname, "SELECT $down");
	my $before = rows($server, $dbname, $digest);
	die 'a run changes nothing' if $before eq $after;
	return ($before, $after);
}

# Of "state" lines and errors in the order of their coming: what was seen of before and after, and anything else.
sub judge
{
	my ($text, $before, $after) = @_;
	my %seen = (before => 0, after => 0, between => 0);
	$seen{ $_ eq $before ? 'before' : $_ eq $after ? 'after' : 'between' }++ for $text =~ /^(state \w+)$/mg;
	return \%seen;
}

# How many locks other sessions hold; those that are about to end get a while for it.
sub locks_of_others
{
	my ($server) = @_;
	my $locks;
	for (1 .. 100)
	{
		$locks = rows($server, 'postgres', 'SELECT count(*) FROM pg_locks WHERE pid IS DISTINCT FROM pg_backend_pid()');
		last unless $locks =~ /\A[1-9]\d*\z/;
		usleep(20_000);
	}
	return $locks;
}

sub is_alive
{
	my ($server, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is(eval { $server->safe_psql('postgres', 'SELECT 1') } // $@, 1, "$name: the server is up");
	unlike(slurp_file($server->logfile), qr/terminated by signal|PANIC|TRAP:|leak/, "$name: nothing crashed or leaked");
	return;
}

# statement_timeout at every millisecond of a run, until it is long enough five times in a row.

my ($before, $after) = prepare($node, 'swept', $pack);
for my $way ([ 'SELECT count(*) FROM whisper_upgrade()', $before, $after, "SELECT $down" ],
	[ "SELECT count(*) FROM $down", $after, $before, 'SELECT whisper_upgrade()' ])
{
	my ($run, $from, $to, $back) = @$way;
	rows($node, 'swept', $back) if $from eq $after;
	my ($milliseconds, $long_enough, %seen) = (0, 0);
	while ($long_enough < 5 && $milliseconds < 600)
	{
		my $script = "SET client_min_messages = warning;\nSELECT count(*) FROM whisper_plan();\n";
		for (1 .. 20)
		{
			$milliseconds++;
			$script .= "SET statement_timeout = $milliseconds;\n$run;\nSET statement_timeout = 0;\n$digest\n"
			  . "SELECT count(*) > 0 AS done FROM whisper.applied HAVING " . ($to eq $after ? 'true' : 'NOT true')
			  . " IS NOT DISTINCT FROM (count(*) > 0) \\gset\n\\if :{?done}\n$back;\n\\echo whole\n\\unset done\n\\endif\n";
		}
		my ($status, $stdout, $stderr) = $node->psql('swept', $script, on_error_stop => 0);
		my $found = judge($stdout, $before, $after);
		$seen{$_} += $found->{$_} for keys %$found;
		for my $line (split /\n/, $stdout =~ s/^\d+$//mgr)
		{
			$long_enough++ if $line eq 'whole';
			$long_enough = 0 if $line eq $from;
		}
		$seen{wrong}++ if $stderr =~ /ERROR:  (?!canceling statement due to statement timeout)(.*)/ && diag($1);
	}
	my ($stopped, $whole) = $to eq $after ? @seen{qw(before after)} : @seen{qw(after before)};
	is($seen{between}, 0, "$run: nothing in between at any of $milliseconds timeouts");
	is($seen{wrong} // 0, 0, 'and no other error');
	cmp_ok($stopped, '>=', 3, "stopped $stopped times");
	cmp_ok($whole, '>=', 1, "whole $whole times");
	rows($node, 'swept', "SELECT $down");
}
is_alive($node, 'statement_timeout');

# A storm of cancels

my $storm = join "\n", 'SET client_min_messages = warning;', map { ("SELECT count(*) FROM whisper_upgrade();", $digest,
	"SELECT count(*) FROM $down;", $digest) } 1 .. 60;
my $canceller = start_sql($node, 'postgres', q{DO $$ BEGIN
	FOR i IN 1 .. 4000 LOOP
		PERFORM pg_cancel_backend(pid) FROM pg_stat_activity WHERE datname = 'swept' AND state = 'active'
			AND query LIKE 'SELECT count(*) FROM whisper%';
		PERFORM pg_sleep(random() * 0.25), pg_stat_clear_snapshot();
		EXIT WHEN i > 100 AND NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = 'swept');
	END LOOP; END $$});
my (undef, $stdout, $stderr) = $node->psql('swept', $storm, on_error_stop => 0);
finish_sql($canceller);
my $seen = judge($stdout, $before, $after);
is($seen->{between}, 0, "a storm of cancels: nothing in between ($seen->{before} before, $seen->{after} after)");
my $cancelled = () = $stderr =~ /canceling statement due to user request/g;
cmp_ok($cancelled, '>=', 5, "$cancelled were cancelled");
unlike($stderr, qr/ERROR:  (?!canceling statement due to user request)/, 'and no other error');
is_alive($node, 'cancels');

# Terminated

rows($node, 'swept', "SELECT $down");
my ($gone, %after_death) = (0, before => 0, after => 0, between => 0);
for my $try (1 .. 12)
{
	my $session = start_sql($node, 'swept', 'SELECT count(*) FROM whisper_upgrade()');
	usleep(int(rand(200)) * 1000 + 5000);
	rows($node, 'postgres', q{SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE datname = 'swept'});
	my (undef, $error) = finish_sql($session);
	$gone++ if $error =~ /terminating connection/;
	my $found = judge(rows($node, 'swept', $digest), $before, $after);
	$after_death{$_} += $found->{$_} for keys %$found;
	rows($node, 'swept', "SELECT $down");
}
is($after_death{between}, 0, "terminated: nothing in between ($after_death{before} before, $after_death{after} after)");
note("$gone of 12 were terminated in the middle");
is_alive($node, 'termination');

# Out of memory: the backend's address space may grow by so much and no more. How much each run needs is searched for,
# and then it gets all parts of that, so that memory runs out everywhere, also while a rehearsal is undone.

SKIP:
{
	skip 'prlimit is not installed', 11 if system('prlimit --version >/dev/null 2>&1') != 0;
	my ($empty, $full) = prepare($node, 'memory', 'whisperengine');
	my ($failed, $locks, %memory, @other) = (0, '', before => 0, after => 0, between => 0);
	for my $way ([ 'whisper_adopt()', $empty, '', 48 ], [ 'whisper_upgrade()', $empty, "SELECT $down", 16 ],
		[ 'whisper_verify()', $full, '', 16 ], [ $down, $full, 'SELECT whisper_upgrade()', 16 ])
	{
		my ($run, $from, $back, $parts) = @$way;
		rows($node, 'memory', $from eq $full ? 'SELECT whisper_upgrade()' : "SELECT $down");
		my ($too_little, $enough, $part) = (0, 128 * 1024, 0);
		while ($part < $parts && $locks eq '')
		{
			my $searching = $enough - $too_little > 256;
			my $kilobytes = $searching ? int(($too_little + $enough) / 2) : int($enough * $part++ / $parts);
			# The limit goes with the session.
			(undef, $stdout, $stderr) = $node->psql('memory', "SET client_min_messages = warning;\n"
				  . "SELECT pg_backend_pid() AS pid \\gset\n\\setenv BACKEND :pid\nSELECT count(*) FROM whisper_plan();\n"
				  . "\\! prlimit --pid \$BACKEND --as=\$((\$(awk '/^VmSize/ { print \$2 }' /proc/\$BACKEND/status) * 1024 + $kilobytes * 1024))\n"
				  . "SELECT 'whole' FROM (SELECT count(*) FROM $run) x;\n", on_error_stop => 0);
			my $left = locks_of_others($node);
			if ($left ne '0')
			{
				# A server with such locks cannot be worked with.
				$locks = "$run with $kilobytes kB: $left";
				$node->restart;
			}
			my $found = judge(rows($node, 'memory', $digest), $empty, $full);
			$memory{$_} += $found->{$_} for keys %$found;
			if ($stdout =~ /^whole$/m)
			{
				$enough = $kilobytes if $searching;
				rows($node, 'memory', $back) if $back;
				next;
			}
			$too_little = $kilobytes if $searching;
			$failed++ if $stderr =~ /ERROR:  (?:the pack cannot be rehearsed: )?out of memory/;
			push @other, $1
			  if $stderr =~ /((?:ERROR|FATAL|PANIC):  (?!(?:the pack cannot be rehearsed: |regular expression failed: )?(?:out of memory|could not load)).*)/;
		}
		cmp_ok($enough, '<', 128 * 1024, "$run: done with $enough kB more");
	}
	is($memory{between}, 0, "out of memory: nothing in between ($memory{before} before, $memory{after} after)");
	cmp_ok($failed, '>=', 12, "$failed ran out of it");
	cmp_ok($memory{after}, '>=', 1, 'with enough it is done');
	is("@other", '', 'and no other error');
	is($locks, '', 'a session that ran out of memory leaves no locks behind');
	is_alive($node, 'memory');
}

# In sessions that have not loaded the module yet, which may fail as well; with memory again, they load it and go on.

SKIP:
{
	skip 'prlimit is not installed', 5 if system('prlimit --version >/dev/null 2>&1') != 0;
	new_database($node, "loading", "");
	my ($failed, $whole, @other) = (0, 0);
	for my $part (0 .. 63)
	{
		my $kilobytes = $part * 768;
		(undef, $stdout, $stderr) = $node->psql('loading', "SET client_min_messages = warning;\n"
			  . "SELECT pg_backend_pid() AS pid \\gset\n\\setenv BACKEND :pid\n"
			  . "\\! prlimit --pid \$BACKEND --as=\$((\$(awk '/^VmSize/ { print \$2 }' /proc/\$BACKEND/status) * 1024 + $kilobytes * 1024)):unlimited\n"
			  . "BEGIN;\nSELECT whisper_capture_begin();\nSAVEPOINT s;\nCREATE TABLE caught (id int PRIMARY KEY, note text);\n"
			  . "CREATE INDEX ON caught (note);\nROLLBACK TO s;\nCREATE TABLE kept (id serial);\nSELECT 'caught' FROM whisper_capture_end('caught');\nROLLBACK;\n"
			  . "\\! prlimit --pid \$BACKEND --as=unlimited:unlimited\n"
			  . "BEGIN;\nSELECT whisper_capture_begin();\nCREATE TABLE kept (id serial);\nSELECT 'again' FROM whisper_capture_end('again');\nROLLBACK;\n",
			on_error_stop => 0);
		$whole++ if $stdout =~ /^caught$/m;
		$failed++ if $stderr =~ /ERROR:  (?:out of memory|could not load)/;
		push @other, "$kilobytes kB: $1" if $stderr =~ /((?:FATAL|PANIC|server closed).*)/
			|| $stderr =~ /((?:ERROR):  (?!out of memory|could not load|current transaction is aborted|savepoint "s" does not exist).*)/;
		push @other, "$kilobytes kB: not with memory again" if $stdout !~ /^again$/m;
	}
	cmp_ok($failed, '>=', 5, "a capture: $failed ran out of memory");
	cmp_ok($whole, '>=', 1, 'with enough it is done');
	is("@other", '', 'and afterwards the session goes on');
	is_alive($node, 'loading the module');
}

# A full disk, as far as the backend may write: no file grows beyond the limit, which the log's never reach.

SKIP:
{
	skip 'prlimit is not installed', 4 if system('prlimit --version >/dev/null 2>&1') != 0;
	my $large = "$root/large";
	write_files($large, 'l001_x.sql' => "-- migrate:up\nCREATE TABLE early (id int);\n-- migrate:down\nDROP TABLE early;\n",
		'l002_x.sql' => "-- migrate:up\nCREATE TABLE bulk AS SELECT g AS id, repeat('x', 500) AS fill"
		  . " FROM generate_series(1, 45000) g;\n-- migrate:down\nDROP TABLE bulk;\n");
	my ($empty, $full) = prepare($node, 'large', $large);
	my $limited = "SET client_min_messages = warning;\nSELECT pg_backend_pid() AS pid \\gset\n\\setenv BACKEND :pid\n"
	  . "\\! prlimit --pid \$BACKEND --fsize=\$((18 * 1024 * 1024)):unlimited\nSELECT count(*) FROM whisper_upgrade();\n$digest\n"
	  . "\\! prlimit --pid \$BACKEND --fsize=unlimited:unlimited\nSELECT count(*) FROM whisper_upgrade();\n$digest\n";
	(undef, $stdout, $stderr) = $node->psql('large', $limited, on_error_stop => 0);
	like($stderr, qr/ERROR:  could not (?:extend|write).*File too large/, 'a file that cannot grow');
	is_deeply([ $stdout =~ /^(state \w+)$/mg ], [ $empty, $full ], 'nothing at first, and all of it when it can');
	is_alive($node, 'file size');
}
$node->stop;

# Out of locks

my $small = PostgreSQL::Test::Cluster->new('locks');
$small->init(extra => [ '--encoding=UTF8', '--no-locale' ]);
$small->append_conf('postgresql.conf', "max_connections = 10\nmax_worker_processes = 0\nmax_wal_senders = 0\n"
	  . "autovacuum_max_workers = 1\nmax_locks_per_transaction = 128\n");
$small->start;
my ($empty, $full) = prepare($small, 'locks', 'whisperengine');
$small->append_conf('postgresql.conf', 'max_locks_per_transaction = 10');
$small->restart;
my $error = error_of($small, 'locks', q{SELECT whisper_upgrade(profile => 'research')});
like($error, qr/\A53400: one transaction cannot hold the locks of \d+ steps/, 'more tables than the lock table holds');
like($error, qr/HINT:  CALL whisper_deploy\('head', profile => 'research'\)/, 'the hint is the CALL that can do it');
is(rows($small, 'locks', $digest), $empty, 'nothing has happened');
# What the text does not show is found out on the way.
rows($small, 'locks', q{SET whisper_migrate.script_location = ''; SELECT whisper_register($r$-- revision: hidden
-- down_revision: base
-- migrate:up
DO $$ BEGIN FOR i IN 1..2000 LOOP EXECUTE format('CREATE TABLE hidden_%s (a text)', i); END LOOP; END $$;
$r$, 'core')});
$empty = rows($small, 'locks', $digest);
$error = error_of($small, 'locks', q{SET whisper_migrate.script_location = ''; SELECT whisper_upgrade('hidden')});
like($error, qr/\A53200: out of shared memory/, 'more tables than the lock table holds, in a DO block');
like($error, qr/HINT:  You might need to increase "?max_locks_per_transaction/, 'the hint is the server\'s');
like($error, qr/CONTEXT:  .*tier "\w+", revision "\w+"/s, 'and the place the engine\'s');
is(rows($small, 'locks', $digest), $empty, 'nothing has happened then, either');
is_alive($small, 'locks');
$small->stop;

done_testing();
