# docs/guide.md: every command in it runs, in the order in which it stands there.

use strict;
use warnings FATAL => 'all';

use File::Basename qw(dirname);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node rows error_of);

my $guide = slurp_file(dirname(__FILE__) . '/../../docs/guide.md');
my $node = new_node('document');
my $database = 'whisperengine';
$node->safe_psql('postgres', "CREATE DATABASE $database");

my $tables = q{SELECT count(*) FROM pg_tables WHERE schemaname = 'public'};
my ($set_up) = $guide =~ /^```sql\n(.*?)^```$/ms or die 'no block of SQL';
is(error_of($node, $database, $set_up), '', 'what is done once per database');
is(rows($node, $database, 'SHOW whisper_migrate.profile'), 'production', 'sets the profile');

my $commands = 0;
for my $line (split /\n/, $guide)
{
	for my $sql (grep { /\ASELECT / } $line =~ /`([^`]+)`/g)
	{
		$commands++;
		# A table that was handed over without its CREATE TABLE would be in the way of the rebuild.
		my $run = $sql =~ /whisper_claim/ ? "BEGIN; $sql; ROLLBACK;" : "$sql;";
		is(error_of($node, $database, $run), '', $sql);
	}
	# The last cell of a deployment is its number of tables.
	is(rows($node, $database, $tables), $1, "$1 tables") if $line =~ /^\|.*\| (\d+) \|$/;
}
cmp_ok($commands, '>', 30, 'these are all commands of the guide');
# The last one that changes anything takes back a run.
is(rows($node, $database, q{SELECT count(*) > 0 FROM whisper_upgrade('head', 'research'); SELECT whisper_assert('research')}),
	"t\n", 'after all of them one upgrade puts the database in order');

$node->stop;
done_testing();
