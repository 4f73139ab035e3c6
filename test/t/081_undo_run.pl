# What people mean by "undo the last run": whatever tiers it reached, and nothing else.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database rows error_of raises revision_file write_files);

my $node = new_node('undo');
my $root = PostgreSQL::Test::Utils::tempdir;
my $applied = q{SELECT coalesce(string_agg(revision, ',' ORDER BY revision), '') FROM whisper.applied};

sub down { return "SELECT revision FROM whisper_downgrade('$_[0]')" }

sub planned { return rows($node, $_[0], "SELECT tier, revision FROM whisper_plan('$_[1]', direction => 'downgrade')") }

sub hint_of
{
	my ($database, $statement) = @_;
	my ($hint) = error_of($node, $database, $statement) =~ /^HINT:  (.*)$/m;
	return $hint // 'no hint';
}

# The command of a hint, "… with COMMAND, or …": the first or the given one.
sub command_of
{
	my ($hint, $number) = @_;
	my @commands = $hint =~ /((?:SELECT \* FROM|CALL) \w+\([^()]*\))/g;
	return $commands[ $number // 0 ] // "no command in: $hint";
}

# A pack of three tiers, of which a later deployment brings one file.

my $pack = "$root/pack";
my $json = q({"name": "shop", "tiers": [{"name": "core", "kind": "versioned"}, {"name": "views", "kind": "repeatable"},
	{"name": "more", "kind": "repeatable"}], "profiles": {"small": ["core"], "all": ["core", "views", "more"]},
	"default_profile": "all"});
write_files($pack,
	'pack.json' => $json,
	'core/001_x.sql' => revision_file('c001', 'base', 'customers'),
	'core/002_x.sql' => revision_file('c002', 'c001', 'orders'),
	'views/v1.sql' => "-- depends_on: c002\nCREATE VIEW v1 AS SELECT id FROM orders;\n",
	'more/m1.sql' => "-- depends_on: v1\nCREATE TABLE m1 (id int);\n");
new_database($node, 'shop', $pack);
raises($node, 'shop', down('run'), 'WM009', 'there is no run yet', qr/DETAIL:  No revision is applied/);
rows($node, 'shop', q{SELECT whisper_upgrade()});
write_files($pack, 'more/m2.sql' => "CREATE TABLE m2 (id int);\n");
rows($node, 'shop', q{SELECT whisper_upgrade()});

raises($node, 'shop', "SELECT whisper_$_", 'WM010', "$_ says what it would take",
	qr/target "-1" is about one tier\n/, qr/DETAIL:  It would take back 3 revisions, .*tier "core": 1, tier "more": 1, tier "views": 1\./)
  for q{downgrade('-1')}, q{plan('-1', direction => 'downgrade')}, q{sql('-1', direction => 'downgrade')};
raises($node, 'shop', q{CALL whisper_deploy('-1', direction => 'downgrade')}, 'WM010', 'so does a deploy');
my $hint = hint_of('shop', down('-1'));
is(rows($node, 'shop', 'BEGIN; ' . command_of($hint) . "; $applied; ROLLBACK") =~ s/.*\n//r, 'c001,c002,m1,v1',
	'the hint names the call for the last run');
is(rows($node, 'shop', 'BEGIN; ' . command_of($hint, 1) . "; $applied; ROLLBACK") =~ s/.*\n//sr, 'c001,m2',
	'and the one for the tier');
is(planned('shop', 'run'), 'more|m2', 'the last run was of one file');
is(planned('shop', 'run-2'), "more|m2\nmore|m1\nviews|v1\ncore|c002\ncore|c001", 'the last two, in reverse');
like(rows($node, 'shop', q{SELECT whisper_sql('run', direction => 'downgrade')}), qr/DROP TABLE.*\bm2\b/, 'as a script');
unlike(rows($node, 'shop', q{SELECT whisper_sql('run', direction => 'downgrade')}), qr/orders/, 'of that run alone');
raises($node, 'shop', down('run-3'), 'WM009', 'there are no more', qr/no 3 runs/, qr/DETAIL:  What is applied is of 2/);
raises($node, 'shop', down($_), 'WM010', "$_ is no target", qr/invalid target "$_"/) for 'run-0', 'run-99999999999';
raises($node, 'shop', down($_), 'WM001', "$_ is none of these") for 'runs', 'run-', 'run1';
raises($node, 'shop', q{SELECT whisper_downgrade('run', 'small')}, 'WM010', 'a profile that lacks the tier', qr/tier "more"/);
is(rows($node, 'shop', 'BEGIN; ' . command_of(hint_of('shop', q{SELECT whisper_downgrade('run', 'small')})) . "; $applied; ROLLBACK")
	=~ s/.*\n//r, 'c001,c002,m1,v1', 'the hint leaves the profile out');

# Rows are guarded as ever

rows($node, 'shop', 'INSERT INTO m2 VALUES (1)');
raises($node, 'shop', down('run'), 'WM012', 'rows are not lost unasked', qr/HINT:  .*whisper_downgrade\('run', allow_data_loss => true\)/);
is(rows($node, 'shop', $applied), 'c001,c002,m1,m2,v1', 'nothing has happened');
raises($node, 'shop', q{CALL whisper_deploy('run', direction => 'downgrade')}, 'WM012', 'nor by a deploy');
rows($node, 'shop', q{DELETE FROM m2; CALL whisper_deploy('run', direction => 'downgrade')});
is(rows($node, 'shop', "$applied; SELECT to_regclass('m2')"), "c001,c002,m1,v1\n", 'a deploy takes the run back');

# What is gone already is passed over: what the last run has left, and then the run before

rows($node, 'shop', down('m1-1'));
is(planned('shop', 'run'), "views|v1\ncore|c002\ncore|c001", 'the rest of the run');
is(rows($node, 'shop', down('run')), "v1\nc002\nc001", 'is taken back');
raises($node, 'shop', down('run'), 'WM009', 'then nothing is left');
rows($node, 'shop', q{SELECT whisper_upgrade('c001', 'small'); SELECT whisper_upgrade('c002', 'small'); SELECT whisper_upgrade()});
is(planned('shop', 'run'), "more|m2\nmore|m1\nviews|v1", 'what is applied anew is of the new run');
is(planned('shop', 'run-2'), "more|m2\nmore|m1\nviews|v1\ncore|c002", 'and the one before');

# A file that ran again because it was edited: the text before is not kept

write_files($pack, 'views/v1.sql' => "-- depends_on: c002\nCREATE OR REPLACE VIEW v1 AS SELECT id FROM orders WHERE id > 0;\n");
is(rows($node, 'shop', 'SELECT revision FROM whisper_upgrade()'), 'v1', 'an edited file runs again');
raises($node, 'shop', down('run'), 'WM010', 'which no downgrade can take back', qr/"v1" was applied by run \d+ before/);
$hint = hint_of('shop', down('run'));
is(rows($node, 'shop', 'BEGIN; ' . command_of($hint, 1) . "; $applied; ROLLBACK") =~ s/.*\n//sr, 'c001,c002,m2',
	'the hint says how to take all of it back');
write_files($pack, 'views/v1.sql' => "-- depends_on: c002\nCREATE OR REPLACE VIEW v1 AS SELECT id FROM orders;\n");
rows($node, 'shop', command_of($hint));
like(rows($node, 'shop', q{SELECT pg_get_viewdef('v1')}), qr/FROM orders;/, 'or its edit');
raises($node, 'shop', down('run-2'), 'WM010', 'the run with the first edit is one, too');
is(planned('shop', 'run-3'), "more|m2\nmore|m1\nviews|v1", 'with the run that brought it, it goes');

# What runs always, and has not changed, belongs to the run that brought it

write_files($pack, 'more/m3.sql' => "-- rerun: always\nCREATE TABLE IF NOT EXISTS m3 (id int);\n");
rows($node, 'shop', 'SELECT whisper_upgrade()');
write_files($pack, 'more/m4.sql' => "CREATE TABLE m4 (id int);\n");
is(rows($node, 'shop', 'SELECT revision FROM whisper_upgrade()'), "m3\nm4", 'the next run has it, too');
is(planned('shop', 'run'), 'more|m4', 'and is not what brought it');

# What came earlier and stands on it by now

write_files($pack, 'more/m1.sql' => "-- depends_on: v1, m4\nCREATE TABLE m1 (id int);\n");
raises($node, 'shop', down('run'), 'WM008', 'another one stands on it',
	qr/revision "m4" cannot be taken back while "m1" is applied/, qr/"m1" stands on it, and is of an earlier run/);
is(rows($node, 'shop', 'BEGIN; ' . command_of(hint_of('shop', down('run'))) . "; $applied; ROLLBACK") =~ s/.*\n//sr, 'c001,c002',
	'the hint takes back the runs since then');

# Records without a run

my $flat = "$root/flat";
write_files($flat, '001_a.sql' => revision_file('a001', 'base', 'a'), '002_b.sql' => revision_file('a002', 'a001', 'b'),
	'003_c.sql' => revision_file('a003', 'a002', 'c'));
new_database($node, 'records', $flat);
rows($node, 'records', q{SELECT whisper_upgrade('a001'); CREATE TABLE b (id int); SELECT whisper_adopt(apply => true)});
is(rows($node, 'records', $applied), 'a001,a002', 'a table is adopted');
raises($node, 'records', down('run'), 'WM010', 'which is not to be dropped', qr/recorded revisions without running them/);
rows($node, 'records', 'SELECT whisper_upgrade()');
is(planned('records', 'run'), 'flat|a003', 'what ran after that can go');
rows($node, 'records', command_of(hint_of('records', down('run-2'))));
is(rows($node, 'records', $applied), 'a001,a002', 'first, says the hint');
rows($node, 'records', command_of(hint_of('records', down('run'))));
is(rows($node, 'records', "$applied; SELECT to_regclass('b')"), "a001\nb", 'then the record alone goes');
is(rows($node, 'records', down('run')), 'a001', 'and the run before it');

# A repair leaves things as they were applied

rows($node, 'records', q{DROP TABLE b; SELECT whisper_upgrade('a001'); DROP TABLE a; SELECT whisper_repair('a001')});
is(planned('records', 'run'), 'flat|a001', 'a repair is no run of its own');

# A captured session is what the way down of its revision takes back

new_database($node, 'captured', '');
rows($node, 'captured', q{SELECT whisper_register(E'-- migrate:up\nCREATE TABLE a (id int);\n-- migrate:down\nDROP TABLE a;', 'main', '001_a.sql');
	SELECT whisper_upgrade(); SELECT whisper_capture_begin(); CREATE TABLE b (id int); SELECT whisper_capture_end('makes b', revision_id => 'cap1')});
is(rows($node, 'captured', down('run') . "; $applied; SELECT to_regclass('b')"), "cap1\n001\n", 'a capture is a run');

# What was broken off

my $broken = "$root/broken";
write_files($broken, '001_a.sql' => revision_file('b001', 'base', 'a'), '002_b.sql' => revision_file('b002', 'b001', 'b'),
	'003_c.sql' => "-- revision: b003\n-- down_revision: b002\n-- migrate:up\nSELECT 1/0;\n-- migrate:down\n");
new_database($node, 'broken', $broken);
rows($node, 'broken', q{SELECT whisper_upgrade('b001')});
raises($node, 'broken', 'CALL whisper_deploy()', '22012', 'a deploy that fails half way');
is(planned('broken', 'run'), 'broken|b002', 'has done so much');
is(rows($node, 'broken', "BEGIN; SELECT whisper_downgrade('run'); $applied; ROLLBACK") =~ s/.*\n//r, 'b001', 'and that is taken back');

# Revisions and labels of that name come first

my $named = "$root/named";
write_files($named, '001_a.sql' => "-- branch_labels: run\n" . revision_file('n001', 'base', 'a'),
	'002_b.sql' => revision_file('n002', 'n001', 'b'), '003_c.sql' => revision_file('run-2', 'n002', 'c'));
new_database($node, 'named', $named);
rows($node, 'named', 'SELECT whisper_upgrade()');
is(planned('named', 'run'), "named|run-2\nnamed|n002", 'down to the label');
is(planned('named', 'run-2'), '', 'down to the revision');
my $tiered = "$root/tiered";
write_files($tiered, 'run/001_a.sql' => revision_file('t001', 'base', 'a'));
new_database($node, 'tiered', $tiered);
rows($node, 'tiered', 'SELECT whisper_upgrade()');
is(planned('tiered', 'run'), 'run|t001', 'a tier is no target');

$node->stop;
done_testing();
