# Places a migration is seldom called from: every function on a standby, and transactions that are prepared.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database rows);

my $node = new_node('odd_places', allows_streaming => 1);
$node->append_conf('postgresql.conf', "max_prepared_transactions = 5\nwal_level = replica\nmax_wal_senders = 3\nfsync = off");
$node->restart;
new_database($node, 'odd', '');
$node->safe_psql('odd', q{
	SELECT whisper_revision('one', 'CREATE TABLE public.made(a int)', 'DROP TABLE public.made', revision_id => 'made1')});

my $locks = q{SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'};
for my $end ('ROLLBACK', 'COMMIT')
{
	$node->psql('odd', "BEGIN; SELECT whisper_upgrade(); PREPARE TRANSACTION 'odd'");
	is(rows($node, 'odd', q{SELECT gid FROM pg_prepared_xacts}), 'odd', "$end: an upgrade is prepared");
	isnt(rows($node, 'odd', $locks), '0', 'and keeps other runs out');
	$node->safe_psql('odd', "$end PREPARED 'odd'");
	is(rows($node, 'odd', $locks), '0', "$end PREPARED: no lock is left");
	is(rows($node, 'odd', q{SELECT to_regclass('public.made') IS NOT NULL, EXISTS (SELECT FROM whisper_current())}),
		$end eq 'COMMIT' ? 't|t' : 'f|f', "$end PREPARED: what is recorded is what is there");
}
isnt($node->psql('odd', "BEGIN; SELECT whisper_capture_begin(); CREATE TABLE c (a int); PREPARE TRANSACTION 'odd'", on_error_stop => 1),
	0, 'a capture is not prepared');
is(rows($node, 'odd', $locks), '0', 'and leaves no lock');

# Every function, with nothing but NULL, on a standby: it answers or says in its own words why not.
$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('odd_standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
$node->wait_for_catchup($standby, 'replay', $node->lsn('insert'));
my @calls = split /\n/, rows($standby, 'odd', q{
	SELECT format('%s %s(%s)', CASE p.prokind WHEN 'p' THEN 'CALL' ELSE 'SELECT' END, p.oid::regproc,
		(SELECT string_agg('NULL::' || format_type(t, NULL), ', ' ORDER BY n) FROM unnest(p.proargtypes) WITH ORDINALITY u(t, n)))
	FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
		JOIN pg_extension e ON e.oid = d.refobjid AND d.refclassid = 'pg_extension'::regclass
	WHERE e.extname = 'whisper_migrate' AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
	ORDER BY p.oid});
cmp_ok(scalar @calls, '>', 25, 'the functions are found');
for my $call (@calls)
{
	my ($rc, $out, $err) = $standby->psql('odd', "\\set VERBOSITY sqlstate\n$call;");
	note("$call: $err");
	unlike($err, qr/XX\d{3}|server closed/, "on a standby: $call");
}
is(rows($standby, 'odd', 'SELECT 1'), '1', 'the standby is still there');
done_testing();
