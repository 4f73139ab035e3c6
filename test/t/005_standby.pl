# On a streaming standby everything that reads works, and everything that writes says that it cannot.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database rows raises write_files);

my $primary = new_node('primary', allows_streaming => 1);
$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;

my $pack = PostgreSQL::Test::Utils::tempdir;
write_files($pack,
	'g001_x.sql' => "-- message: one\n-- migrate:up\nCREATE TABLE one (id int);\n-- migrate:down\nDROP TABLE one;\n"
	  . "-- migrate:verify\nSELECT to_regclass('one') IS NOT NULL;\n",
	'g002_x.sql' => "-- message: two\n-- branch_labels: second\n"
	  . "-- migrate:up\nCREATE TABLE two (id int);\n-- migrate:down\nDROP TABLE two;\n");
new_database($primary, 'replicated', $pack);
rows($primary, 'replicated', q{SELECT whisper_upgrade('g001')});
$primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'));

is(rows($standby, 'postgres', 'SELECT pg_is_in_recovery()'), 't', 'the standby is one');

for my $query (
	'SELECT tier, revision, is_head, message, applied_at FROM whisper_current()',
	'SELECT * FROM whisper_heads()',
	'SELECT * FROM whisper_history()',
	'SELECT * FROM whisper_branches()',
	q{SELECT * FROM whisper_show('g001')},
	'SELECT * FROM whisper_log()',
	'SELECT * FROM whisper_plan()',
	q{SELECT * FROM whisper_plan('base', direction => 'downgrade')},
	'SELECT whisper_sql()',
	'SELECT * FROM whisper_status()',
	'SELECT schema_name, table_name, tier, revision, origin, critical, present FROM whisper_tables()',
	q{SELECT whisper_export('g001')},
	'SELECT * FROM whisper_verify()')
{
	my $answer = rows($standby, 'replicated', $query);
	is($answer, rows($primary, 'replicated', $query), "the same on both: $query");
	unlike($answer, qr/ERROR:  /, 'and no error');
}
is(rows($standby, 'replicated', 'SELECT revision FROM whisper_current()'), 'g001',
	'the standby knows where it stands');
is(rows($standby, 'replicated', 'SELECT revision FROM whisper_plan()'), 'g002', 'and what comes next');
is( rows($standby, 'replicated', q{
	SELECT ok, detail FROM whisper_verify() WHERE check_name = 'verify section'}), 't|holds',
	'verify sections run there');
raises($standby, 'replicated', 'SELECT whisper_assert()', 'WM016', 'the standby can be asked whether all is well',
	qr/whisper_upgrade/);

# A file that the primary has not registered is seen, and only there is it written.
write_files($pack, 'g003_x.sql' => "-- migrate:up\nSELECT 1;\n-- migrate:down\n");
is(rows($standby, 'replicated', 'SELECT revision FROM whisper_plan()'), "g002\ng003", 'a new file is read in memory');

for my $statement (
	q{whisper_upgrade()}, q{whisper_downgrade('base')}, q{whisper_stamp('head')}, q{whisper_load()},
	q{whisper_repair('g001')}, q{whisper_revision('new', tier => (SELECT tier FROM whisper_current()))},
	q{whisper_merge(ARRAY['g001', 'g002'])}, q{whisper_register('SELECT 1', name => 'h001_x.sql')},
	q{whisper_adopt(apply => true)}, q{whisper_claim('one', (SELECT tier FROM whisper_current()))},
	q{whisper_rebuild(confirm => 'replicated')}, q{whisper_capture_begin((SELECT tier FROM whisper_current()))})
{
	raises($standby, 'replicated', "SELECT $statement", '25006', "read-only: $statement", qr/read-only|recovery/);
}
rows($primary, 'replicated', 'SELECT whisper_upgrade()');
$primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'));
is(rows($standby, 'replicated', 'SELECT revision, is_head FROM whisper_current()'), 'g003|t',
	'the standby follows the primary');

# A read-only transaction of the primary is no different.
raises($primary, 'replicated', q{BEGIN READ ONLY; SELECT whisper_downgrade('-1')}, '25006',
	'a read-only transaction');

# Promoted, it goes on as a primary.
$standby->promote;
is(rows($standby, 'replicated', q{SELECT revision FROM whisper_downgrade('base')}), "g003\ng002\ng001",
	'a promoted standby migrates');

$standby->stop;
$primary->stop;
done_testing();
