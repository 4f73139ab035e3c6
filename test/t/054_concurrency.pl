# Many sessions at once. Fifty upgrades of an empty database, and then sessions that do what comes to their mind until
# the time is up, after which everything the engine says about the database must still be true.
#
# WHISPER_CHAOS_SECONDS: how long (the default is short; 120 for a long run). WHISPER_CHAOS_SEED: what happened in the
# run that printed it, as far as the timing of eight sessions allows.

use strict;
use warnings FATAL => 'all';

use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_database rows write_files start_sql finish_sql wait_for);

my $seconds = $ENV{WHISPER_CHAOS_SECONDS} // 15;
my $seed = $ENV{WHISPER_CHAOS_SEED} // int(rand(2**31));
my $sessions = 8;

my $node = PostgreSQL::Test::Cluster->new('concurrency');
$node->init(extra => [ '--encoding=UTF8', '--no-locale' ]);
$node->append_conf('postgresql.conf', "max_connections = 100\nfsync = off\n");
$node->start;

# Stamps make records that are not true, so these revisions put up with what they find.
sub makes_table
{
	my ($id, $after, $header) = @_;
	return "-- revision: $id\n-- down_revision: $after\n" . ($header // '') . "-- message: makes t_$id\n\n"
	  . "-- migrate:up\nCREATE TABLE IF NOT EXISTS t_$id (id int, note text DEFAULT 'x');\n"
	  . "CREATE INDEX IF NOT EXISTS t_${id}_note ON t_$id (note);\n"
	  . "-- migrate:down\nDROP TABLE IF EXISTS t_$id;\n"
	  . "-- migrate:verify\nSELECT to_regclass('t_$id') IS NOT NULL;\n";
}
my $pack = PostgreSQL::Test::Utils::tempdir;
write_files($pack,
	'pack.json' => q({"name": "chaos", "tiers": [{"name": "core", "kind": "versioned"},
		{"name": "more", "kind": "versioned"}, {"name": "views", "kind": "repeatable"}],
		"profiles": {"all": ["core", "more", "views"]}, "default_profile": "all"}),
	'core/01_a.sql' => makes_table('aaaa1', 'base'),
	'core/02_b.sql' => makes_table('bbbb1', 'aaaa1', "-- branch_labels: left\n"),
	'core/03_c.sql' => makes_table('cccc1', 'aaaa1', "-- branch_labels: right\n"),
	'core/04_d.sql' => makes_table('dddd1', 'cccc1'),
	'core/05_e.sql' => "-- revision: eeee1\n-- down_revision: bbbb1, dddd1\n-- migrate:up\n-- migrate:down\n",
	'core/06_f.sql' => makes_table('ffff1', 'eeee1') =~ s/NOT NULL;\n\z/NOT NULL OR to_regclass('t_renamed') IS NOT NULL;\n/r,
	'core/07_r.sql' => "-- revision: rrrr1\n-- down_revision: ffff1\n-- migrate:up\n"
	  . "DO \$\$ BEGIN IF to_regclass('t_renamed') IS NULL THEN ALTER TABLE t_ffff1 RENAME TO t_renamed;"
	  . " ALTER TABLE t_renamed ADD COLUMN more int; ALTER INDEX t_ffff1_note RENAME TO t_renamed_note; END IF; END \$\$;\n"
	  . "-- migrate:down\nDO \$\$ BEGIN IF to_regclass('t_ffff1') IS NULL AND to_regclass('t_renamed') IS NOT NULL THEN"
	  . " ALTER INDEX t_renamed_note RENAME TO t_ffff1_note; ALTER TABLE t_renamed DROP COLUMN more;"
	  . " ALTER TABLE t_renamed RENAME TO t_ffff1; END IF; END \$\$;\n",
	'more/01_g.sql' => makes_table('gggg1', 'base', "-- depends_on: dddd1\n"),
	'more/02_h.sql' => makes_table('hhhh1', 'gggg1'),
	'views/10_one.sql' => "-- revision: view1\n-- depends_on: aaaa1\nCREATE OR REPLACE VIEW v_one AS SELECT 1 AS one;\n",
	'views/20_two.sql' => "-- revision: view2\n-- depends_on: view1\nCREATE OR REPLACE FUNCTION two() RETURNS int"
	  . " LANGUAGE sql AS 'SELECT 2';\n");

# A snapshot of before the pack was loaded

new_database($node, 'snapshot', $pack);
my $load = 'psql -Xqd "' . $node->connstr('snapshot') . '" -c "SELECT count(*) FROM whisper_load()" >&2';
my ($status, $out, $err) = $node->psql('snapshot',
	"\\set VERBOSITY sqlstate\nBEGIN ISOLATION LEVEL REPEATABLE READ;\nSELECT 1;\n\\! $load\nSELECT * FROM whisper_upgrade('head');\n");
like($err, qr/ERROR:  40001/, 'a transaction that does not see the pack that was loaded meanwhile');

# Fifty at once

new_database($node, 'fifty', $pack);
my $held = start_sql($node, 'fifty', q{BEGIN; SELECT pg_advisory_xact_lock(2003333744, 1835624306);
	SELECT pg_sleep(600)});
wait_for($node, q{SELECT count(*) = 1 FROM pg_stat_activity WHERE datname = 'fifty' AND wait_event = 'PgSleep'});
my @all = map { start_sql($node, 'fifty', 'SET client_min_messages = warning',
	q{SELECT count(*) FROM whisper_upgrade('heads')}) } 1 .. 50;
wait_for($node, q{SELECT count(*) = 50 FROM pg_stat_activity WHERE datname = 'fifty' AND wait_event = 'advisory'});
$node->safe_psql('postgres', q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'fifty'
	AND wait_event = 'PgSleep'});
finish_sql($held);
my %said;
for my $one (@all)
{
	my ($stdout, $stderr) = finish_sql($one);
	$said{"$stdout$stderr"}++;
}
is_deeply(\%said, { "11\n" => 1, "0\n" => 49 }, 'of fifty upgrades one does it, and none fails')
  or diag(explain(\%said));
is(rows($node, 'fifty', 'SELECT count(*) FROM whisper_verify() WHERE NOT ok'), '0', 'and it is done');
is(rows($node, 'fifty', 'SELECT count(DISTINCT run), count(*) FROM whisper.history'), '1|11', 'once');

# Chaos

note("WHISPER_CHAOS_SEED=$seed WHISPER_CHAOS_SECONDS=$seconds");
srand($seed);
new_database($node, 'chaos', $pack);
my @revisions = qw(aaaa1 bbbb1 cccc1 dddd1 eeee1 ffff1 rrrr1 gggg1 hhhh1 view1 view2);

sub pick { return $_[ int(rand(@_)) ]; }

sub operation
{
	my $id = pick(@revisions);
	my $what = int(rand(100));
	return "SELECT count(*) FROM whisper_upgrade('" . pick('heads', 'heads', 'head', '+1', '+2', $id, 'left@head', 'core@head') . "')"
	  if $what < 26;
	return "SELECT count(*) FROM whisper_downgrade('" . pick('-1', '-1', '-2', 'base', $id, 'more@base')
	  . "', allow_data_loss => " . pick('true', 'true', 'false') . ')'
	  if $what < 46;
	return "SELECT count(*) FROM whisper_stamp('" . pick('heads', 'base', $id, $id) . "', purge => " . pick('true', 'false') . ')'
	  if $what < 54;
	if ($what < 62)
	{
		my $new = 'new' . int(rand(30));
		return "SELECT whisper_register(\$f\$" . makes_table($new, pick('rrrr1', 'hhhh1', map { "new$_" } 0 .. 29)) . "\$f\$, '"
		  . pick('core', 'more') . "')";
	}
	return pick('SELECT count(*) FROM whisper_load()', "SELECT count(*) FROM whisper_repair('$id')",
		'SELECT whisper_merge(\'{heads}\')', "SELECT count(*) FROM whisper_rebuild(confirm => 'chaos')",
		"SELECT whisper_claim('t_hhhh1', 'more')", 'SELECT count(*) FROM whisper_adopt(apply => true)')
	  if $what < 67;
	return pick('SELECT count(*) FROM whisper_verify()', 'SELECT count(*) FROM whisper_plan()',
		'SELECT count(*) FROM whisper_status()', 'SELECT count(*) FROM whisper_current()')
	  if $what < 80;
	return "INSERT INTO t_$id (id) VALUES (1)" if $what < 86;
	return 'SELECT ' . pick('pg_cancel_backend', 'pg_cancel_backend', 'pg_cancel_backend', 'pg_terminate_backend')
	  . q{(pid) FROM pg_stat_activity WHERE datname = 'chaos' AND pid <> pg_backend_pid() AND state = 'active'}
	  . ' ORDER BY random() LIMIT 1';
}

# One transaction: mostly a single statement.
sub transaction
{
	return operation() if rand() < 0.75;
	my @statements = ('BEGIN ISOLATION LEVEL ' . pick('READ COMMITTED', 'READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE'));
	for (1 .. 1 + int(rand(3)))
	{
		push @statements, rand() < 0.3 ? ('SAVEPOINT s', operation(), pick('ROLLBACK TO s', 'RELEASE s')) : operation();
	}
	return join ";\n", @statements, pick('COMMIT', 'COMMIT', 'ROLLBACK');
}

my $root = PostgreSQL::Test::Utils::tempdir;
my $deadline = time + $seconds;
my @running;
for my $session (1 .. $sessions)
{
	# More than can be done in the time; a session that was terminated ends here, its like goes on.
	my $script = "$root/session$session.sql";
	write_files($root, "session$session.sql" => join '', "\\set VERBOSITY verbose\nSET client_min_messages = warning;\n",
		map { "SELECT extract(epoch FROM clock_timestamp()) > $deadline AS done \\gset\n\\if :done\n\\q\n\\endif\n"
			  . transaction() . ";\n" } 1 .. 40 * $seconds);
	my %one = (script => $script, out => '', err => '');
	my $again = 'while [ $(date +%s) -lt $2 ]; do psql -XAtq -d "$0" -f "$1"; done';
	$one{run} = IPC::Run::start([ 'sh', '-c', $again, $node->connstr('chaos'), $script, $deadline ], '<', \undef,
		'>', \$one{out}, '2>', \$one{err}, IPC::Run::timeout($seconds + $PostgreSQL::Test::Utils::timeout_default));
	push @running, \%one;
}
my (%states, @wrong);
for my $one (@running)
{
	$one->{run}->finish;
	while ($one->{err} =~ /(?:ERROR|FATAL|PANIC):  (\w{5}): (.*)/g)
	{
		my ($state, $message) = ($1, $2);
		$states{$state}++;
		# Internal errors, broken records, and a server that went down.
		push @wrong, "$state: $message" if $state =~ /^(?:XX|23|58|P0|42601|42703)/ || $state eq '57P02';
	}
	push @wrong, $one->{err} =~ /^(.*server closed the connection.*)$/m if $one->{err} =~ /crash of another/;
}
note('errors: ' . join ', ', map { "$_ x $states{$_}" } sort keys %states);
is("@wrong", '', 'no error but those that such a crowd must meet')
  or diag("WHISPER_CHAOS_SEED=$seed");

sub holds
{
	my ($sql, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is(rows($node, 'chaos', $sql), '', $name) or diag("WHISPER_CHAOS_SEED=$seed");
	return;
}
cmp_ok(rows($node, 'chaos', 'SELECT count(DISTINCT run) FROM whisper.history'), '>=', 3 * $seconds / 15,
	'there were runs enough: ' . rows($node, 'chaos', 'SELECT count(DISTINCT run), count(*) FROM whisper.history'));

# The last word of the history about a revision is whether it is applied.
holds(q{SELECT coalesce(h.revision, a.revision), h.direction FROM (SELECT DISTINCT ON (revision) revision, direction
	FROM whisper.history WHERE direction IN ('up', 'stamp', 'adopt', 'capture', 'down', 'forget', 'rebuild')
	ORDER BY revision, id DESC) h FULL JOIN whisper.applied a ON a.revision = h.revision
	WHERE (a.revision IS NOT NULL) <> coalesce(h.direction IN ('up', 'stamp', 'adopt', 'capture'), false)},
	'what is applied is what the history says');
holds(q{SELECT id FROM whisper.history WHERE direction NOT IN ('up', 'stamp', 'adopt', 'capture', 'down', 'forget',
	'rebuild', 'repair', 'claim')}, 'and the history knows no other words');
holds(q{SELECT run, revision FROM whisper.history GROUP BY run, revision, step, direction HAVING count(*) > 1},
	'no step is in it twice');
holds(q{SELECT coalesce(o.object_identity, 'public.' || c.relname), o.origin FROM (SELECT object_identity, origin
	FROM whisper.owned_object WHERE object_type = 'table') o FULL JOIN (SELECT relname, relnamespace FROM pg_class
	WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace) c ON o.object_identity = 'public.' || c.relname
	WHERE o.object_identity IS NULL OR c.relname IS NULL}, 'every table is owned, and what is owned is there');
holds(q{SELECT o.object_type, o.object_identity FROM whisper.owned_object o WHERE object_type IN ('index', 'view',
	'function') AND CASE object_type WHEN 'function' THEN to_regprocedure(object_identity)::oid
	ELSE to_regclass(object_identity)::oid END IS NULL}, 'so is every index, view and function');
holds(q{SELECT r.revision, p FROM whisper.revision r, unnest(r.down_revisions || r.depends_on) p
	WHERE NOT EXISTS (SELECT FROM whisper.revision o WHERE o.revision = p)}, 'no edge of the graph leads nowhere');
holds(q{SELECT count(*) FROM whisper_history() HAVING count(*) <> (SELECT count(*) FROM whisper.revision)},
	'and the graph can be walked');
holds(q{SELECT a.revision FROM whisper.applied a JOIN whisper.revision r USING (revision) WHERE a.tier <> r.tier},
	'tiers are the same everywhere');
holds(q{SELECT pid, application_name FROM pg_stat_activity WHERE datname = 'chaos' AND application_name LIKE 'whisper: %'},
	'no session is left behind');
holds(q{SELECT * FROM pg_locks WHERE locktype = 'advisory'}, 'nor any lock');

# All the same, it can be brought to its head. Stamps have left records of what never ran.
rows($node, 'chaos', q{SELECT whisper_stamp('base', purge => true)});
rows($node, 'chaos', q{SELECT whisper_upgrade('heads')});
holds(q{SELECT check_name, subject, detail FROM whisper_verify() WHERE NOT ok}, 'a last upgrade makes everything well');

$node->stop;
done_testing();
