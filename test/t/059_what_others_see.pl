# What others get to see and to touch: rows in messages, sessions that are in the way, advisory locks of the session, a
# directory by ALTER ROLE.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database rows raises write_files start_sql finish_sql wait_for);

my $node = new_node('others');
$node->safe_psql('postgres', q{CREATE ROLE tenant LOGIN; CREATE ROLE deployer LOGIN; CREATE ROLE reader LOGIN});
my $tenant = 'SET SESSION AUTHORIZATION tenant;';
my $reader = 'SET SESSION AUTHORIZATION reader;';
my $other = PostgreSQL::Test::Utils::tempdir;
write_files($other, 'pack.json' => '{"name": "evil", "tiers": [{"name": "main", "kind": "versioned"}]}',
	'main/evil1.sql' => "-- revision: evil1\n-- migrate:up\nSELECT 1;\n-- migrate:down\n");

# What ALTER ROLE says is the role's own word.

new_database($node, 'by_role', '');
$node->safe_psql('by_role', 'ALTER DATABASE by_role RESET whisper_migrate.script_location');
$node->safe_psql('postgres', "GRANT pg_read_server_files TO deployer");
my $as = sub { $node->connstr('by_role') . ' user=' . shift };
$node->safe_psql('by_role', "SET SESSION AUTHORIZATION deployer; SELECT 1 FROM whisper_heads() LIMIT 1; ALTER ROLE deployer SET whisper_migrate.script_location = '$other'");
is($node->safe_psql('by_role', 'SELECT revision FROM whisper_plan()', connstr => $as->('deployer')), 'evil1', 'with the right to it');
$node->safe_psql('postgres', 'REVOKE pg_read_server_files FROM deployer');
my (undef, undef, $said) = $node->psql('by_role', 'SELECT revision FROM whisper_plan()', connstr => $as->('deployer'));
like($said, qr/ERROR:  the value set for whisper_migrate.script_location is not valid here/, 'without it any more');
like($said, qr/pg_read_server_files/, 'and why');
$node->safe_psql('postgres', "ALTER ROLE deployer IN DATABASE by_role SET whisper_migrate.script_location = '$other'; ALTER ROLE deployer RESET ALL");
(undef, undef, $said) = $node->psql('by_role', 'SELECT revision FROM whisper_plan()', connstr => $as->('deployer'));
like($said, qr/ERROR:  the value set for whisper_migrate.script_location is not valid here/, 'the same for one database');
$node->safe_psql('postgres', 'ALTER ROLE deployer IN DATABASE by_role RESET ALL');

# What everybody reads holds no rows.

new_database($node, 'secrets', '');
$node->safe_psql('secrets', q{GRANT EXECUTE ON FUNCTION whisper_register TO deployer;
	GRANT EXECUTE ON PROCEDURE whisper_deploy TO deployer; GRANT CREATE ON SCHEMA public TO deployer});
rows($node, 'secrets', q{SET SESSION AUTHORIZATION deployer;
	CREATE TABLE card (id int, number text); REVOKE ALL ON card FROM PUBLIC; INSERT INTO card VALUES (1, '4929-SECRET');
	SELECT whisper_register(E'-- revision: conv1\n-- migrate:up\nALTER TABLE card ALTER number TYPE bigint USING number::bigint;\n')});
raises($node, 'secrets', 'SET SESSION AUTHORIZATION deployer; CALL whisper_deploy()', '22P02', 'a value that does not convert', qr/4929-SECRET/);
my $log = q{SELECT count(*), string_agg(message, '') LIKE '%4929-SECRET%' FROM whisper_log() WHERE sqlstate = '22P02'};
is(rows($node, 'secrets', "$tenant $log"), '1|f', 'others see that it failed, and not why');
is(rows($node, 'secrets', "SET SESSION AUTHORIZATION deployer; $log"), '1|t', 'who ran it sees the message');
is(rows($node, 'secrets', $log), '1|t', 'so does a superuser');
is(rows($node, 'secrets', "GRANT pg_read_all_stats TO reader; $reader $log"), '1|t', 'and who may see everybody\'s statements');
raises($node, 'secrets', "$tenant TABLE whisper.failure", '42501', 'not from the table either');
is(rows($node, 'secrets', qq{$tenant
	CREATE TEMP TABLE found AS SELECT string_agg(query_to_xml(format('TABLE %s', c.oid::regclass), true, true, '')::text, '') AS t
	FROM pg_class c WHERE relnamespace = 'whisper'::regnamespace AND relkind = 'r' AND has_table_privilege(c.oid, 'SELECT');
	SELECT t LIKE '%4929-SECRET%' FROM found}), 'f', 'in no table that is everybody\'s');

# Who is in the way

rows($node, 'secrets', q{SET SESSION AUTHORIZATION deployer; CREATE TABLE busy (a int); SELECT whisper_register(
	E'-- revision: wait1\n-- down_revision: base\n-- migrate:up\nALTER TABLE busy ADD b int;\n', 'second')});
my $blocker = start_sql($node, 'secrets', q{SET application_name = 'payroll'; BEGIN; SELECT 'secret text' FROM busy; SELECT pg_sleep(20)});
wait_for($node, q{SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name = 'payroll' AND wait_event = 'PgSleep'});
for my $sees (0, 1)
{
	$node->safe_psql('postgres', 'GRANT pg_read_all_stats TO deployer') if $sees;
	my (undef, $told) = finish_sql(start_sql($node, 'secrets', 'SET SESSION AUTHORIZATION deployer',
		q{CALL whisper_deploy('second@head', max_wait => '1s', lock_timeout => '200ms')}));
	like($told, qr/process \d+ \(payroll, /, 'the deployer is told who');
	if ($sees) { like($told, qr/query started at/, 'and with pg_read_all_stats, since when'); }
	else { unlike($told, qr/query started at|idle in transaction|active/, 'and no more than pg_stat_activity says'); }
}
$node->safe_psql('postgres', q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'payroll'});
finish_sql($blocker);

# The session's own advisory locks

new_database($node, 'locks', '');
$node->safe_psql('locks', 'GRANT EXECUTE ON FUNCTION whisper_register, whisper_upgrade TO tenant');
my $held = q{SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()};
for my $call ('pg_advisory_unlock_all()', 'pg_advisory_unlock(42)', 'pg_advisory_unlock_shared(42)', 'pg_advisory_unlock(0, 42)',
	'pg_advisory_lock(43)', 'pg_try_advisory_lock_shared(1, 43)', 'max(f(a)) FROM (SELECT 1 AS a) AS x')
{
	my $verify = $call =~ /max/ ? 'SELECT max(public.unlock(a)) IS NULL FROM (SELECT 1 AS a) AS x' : "SELECT $call IS NOT NULL";
	rows($node, 'locks', q{GRANT CREATE ON SCHEMA public TO tenant; SET SESSION AUTHORIZATION tenant;
		CREATE OR REPLACE FUNCTION public.unlock(int) RETURNS int LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_unlock_all(); RETURN NULL; END'})
	  if $call =~ /max/;
	rows($node, 'locks', qq{$tenant SELECT whisper_register(E'-- revision: x1\\n-- migrate:up\\nSELECT 1;\\n-- migrate:verify\\n$verify;\\n');
		SELECT whisper_upgrade()});
	is(rows($node, 'locks', qq{SELECT pg_advisory_lock(42); $held;
		SELECT ok, detail LIKE 'cannot call pg_%advisory%' FROM whisper_verify() WHERE check_name = 'verify section'; $held}), "\n1\nf|t\n1", "a lower author's $call");
}
rows($node, 'locks', qq{$tenant SELECT whisper_register(E'-- revision: x1\\n-- migrate:up\\nSELECT 1;\\n-- migrate:verify\\nSELECT pg_try_advisory_xact_lock(7);\\n')});
is(rows($node, 'locks', qq{SELECT ok FROM whisper_verify() WHERE check_name = 'verify section'; $held}), "t\n0", 'a lock of the transaction is fine');

$node->stop;
done_testing();
