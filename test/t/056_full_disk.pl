# A disk that is full: a database in a tablespace on a small file system of its own, with less and less room left on it.
# Every run is there as a whole or not at all, and works once there is room again.
#
# The file system is a tmpfs in a mount namespace of the server's, which takes a kernel that lets users make those.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(rows error_of schema_of);

my $probe = 'mount -t tmpfs -o size=1m none /mnt && exec unshare --map-user=$(id -u nobody) --map-group=$(id -g nobody) true';
plan skip_all => 'no mount namespaces for this user'
  if system("unshare --user --mount --map-root-user sh -c '$probe' >/dev/null 2>&1") != 0;

my $node = PostgreSQL::Test::Cluster->new('full_disk');
$node->init(extra => [ '--encoding=UTF8', '--no-locale' ]);
$node->append_conf('postgresql.conf', "fsync = off\nrestart_after_crash = off\nautovacuum = off\n");
my $disk = PostgreSQL::Test::Utils::tempdir . '/disk';
mkdir $disk or die;

# pg_ctl as this user again, in a namespace where the disk is mounted.
my ($data, $log, $uid, $gid) = ($node->data_dir, $node->logfile, $>, $) + 0);
my $started = "mount -t tmpfs -o size=48m,mode=777 none '$disk' && mkdir '$disk/space' && "
  . "exec unshare --map-user=$uid --map-group=$gid pg_ctl start --wait --pgdata='$data' --log='$log'";
system_or_bail('unshare', '--user', '--mount', '--map-root-user', 'sh', '-c', $started);
$node->_update_pid(1);

$node->safe_psql('postgres', "CREATE TABLESPACE small LOCATION '$disk/space'");
$node->safe_psql('postgres', 'CREATE DATABASE tight TABLESPACE small');
$node->safe_psql('tight', 'CREATE EXTENSION whisper_migrate; SELECT whisper_load()');
my $records = q{SELECT 'applied', revision, tier FROM whisper.applied
	UNION ALL SELECT object_type, object_identity, revision FROM whisper.owned_object
	UNION ALL SELECT 'statement', revision, number::text FROM whisper.statement ORDER BY 1, 2, 3};
my @before = (schema_of($node, 'tight'), rows($node, 'tight', $records));
is($before[1], '', 'nothing is applied');

sub room
{
	return rows($node, 'postgres', qq{CREATE TEMP TABLE df (line text); COPY df FROM PROGRAM
		'df --output=avail --block-size=1024 $disk | tail -n 1'; SELECT trim(line)::int FROM df});
}
my $needed = room();
rows($node, 'tight', q{SELECT whisper_upgrade()});
$needed -= room();
my @after = (schema_of($node, 'tight'), rows($node, 'tight', $records));
rows($node, 'tight', q{SELECT whisper_downgrade('base', allow_data_loss => true); VACUUM FULL});
note("a run takes $needed kB");

for my $share (0, 0.02, 0.1, 0.3, 0.5, 0.7, 0.9)
{
	rows($node, 'tight', 'CHECKPOINT');
	my $filler = room() - int($share * $needed);
	rows($node, 'postgres', "COPY (SELECT 1) TO PROGRAM 'fallocate -l ${filler}KiB $disk/filler'");
	my $error = error_of($node, 'tight', 'SELECT whisper_upgrade()');
	rows($node, 'postgres', "COPY (SELECT 1) TO PROGRAM 'rm $disk/filler'");
	like($error, qr/\A53100: could not /, sprintf 'room for %d %% of it', $share * 100);
	is(rows($node, 'tight', $records), $before[1], 'nothing is recorded');
	is(schema_of($node, 'tight'), $before[0], 'nothing is there');
}
rows($node, 'tight', q{SELECT whisper_upgrade()});
is(rows($node, 'tight', $records), $after[1], 'with room again, everything is recorded');
is(schema_of($node, 'tight'), $after[0], 'and there');

# The way down needs room as well.
my $filler = room();
rows($node, 'postgres', "COPY (SELECT 1) TO PROGRAM 'fallocate -l ${filler}KiB $disk/filler'");
my $error = error_of($node, 'tight', q{SELECT whisper_downgrade('base', allow_data_loss => true)});
rows($node, 'postgres', "COPY (SELECT 1) TO PROGRAM 'rm $disk/filler'");
my $down = $error eq '';
is(rows($node, 'tight', $records), $down ? $before[1] : $after[1], 'down on a full disk: all or nothing');
is(schema_of($node, 'tight'), $down ? $before[0] : $after[0], $down ? 'it got through' : 'it did not');
unlike(slurp_file($log), qr/PANIC|TRAP:|terminated by signal/, 'the server did not go down');

$node->stop;
done_testing();
