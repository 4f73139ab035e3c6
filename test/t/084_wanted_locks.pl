# A deploy that waits for a lock says which one its statement wants, as the server's own grammar tells.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node database_of rows start_sql finish_sql wait_for);

my $node = new_node('wanted');

for my $case (
	[ 'validated', 'ALTER TABLE t VALIDATE CONSTRAINT positive', 'ShareUpdateExclusiveLock', 'SHARE UPDATE EXCLUSIVE' ],
	[ 'widened', 'ALTER TABLE public.t ADD COLUMN b int', 'AccessExclusiveLock', 'ACCESS SHARE' ],
	[ 'apart', "SELECT 1;\nCOMMIT;\nBEGIN;\nALTER TABLE t ALTER COLUMN a SET STATISTICS 5", 'ShareUpdateExclusiveLock', 'SHARE' ])
{
	my ($database, $sql, $wanted, $held) = @$case;
	database_of($node, $database, '001_a.sql' => "-- migrate:up\nSELECT 0;\n$sql;\n-- migrate:down\n");
	rows($node, $database, 'CREATE TABLE t (a int); ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 0) NOT VALID');
	my $holder = start_sql($node, $database, "BEGIN; LOCK TABLE t IN $held MODE; SELECT pg_sleep(600)");
	wait_for($node, q{SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep')});
	my (undef, undef, $said) = $node->psql($database, q{CALL whisper_deploy(lock_timeout => '50 ms', max_wait => '100 ms')});
	my ($table) = $sql =~ /ALTER TABLE (\S+)/;
	like($said, qr/NOTICE: .*could not get a lock.*\nDETAIL:  ALTER TABLE wants \Q$wanted\E on \Q$table\E\nprocess .* holds /, "$database: the notice says so, and who is in the way");
	like($said, qr/ERROR: .*\nDETAIL: .*\nALTER TABLE wants \Q$wanted\E on \Q$table\E\n/, "$database: and so does the error");
	rows($node, 'postgres', q{SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE wait_event = 'PgSleep'});
	finish_sql($holder);
	is(rows($node, $database, 'CALL whisper_deploy(); SELECT count(*) FROM whisper.applied'), '1', "$database: then it runs");
}

$node->stop;
done_testing();
