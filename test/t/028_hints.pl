# Every hint names a command that works as it stands: the tests run what the hints say.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database rows error_of raises revision_file write_files);

my $node = new_node('hints');
my $root = PostgreSQL::Test::Utils::tempdir;
my $troubles = 'SELECT check_name, subject FROM whisper_verify() WHERE NOT ok';
my $applied = q{SELECT coalesce(string_agg(revision, ',' ORDER BY revision), '') FROM whisper.applied};

# Without the notice of what else would follow: the hint of the first trouble.
sub hint_of
{
	my ($database, $statement) = @_;
	my ($hint) = error_of($node, $database, $statement) =~ /^HINT:  (.*)$/m;
	return $hint // 'no hint';
}

# A tier outside of the profile in force

my $pack = "$root/pack";
write_files($pack,
	'pack.json' => q({"name": "shop", "tiers": [{"name": "core", "kind": "versioned"},
		{"name": "views", "kind": "repeatable"}, {"name": "extra", "kind": "repeatable"}],
		"profiles": {"small": ["core"], "odd": ["views"], "full": ["core", "views"], "all": ["core", "views", "extra"]},
		"default_profile": "small"}),
	'core/001_x.sql' => revision_file('c001', 'base', 'customers'),
	'views/v.sql' => "-- depends_on: c001\nCREATE OR REPLACE VIEW v AS SELECT 1 AS a FROM customers;\n",
	'extra/e.sql' => "CREATE TABLE e (id int);\n");
new_database($node, 'edited', $pack);
rows($node, 'edited', q{SELECT whisper_upgrade(profile => 'full')});
write_files($pack, 'views/v.sql' => "-- depends_on: c001\nCREATE OR REPLACE VIEW v AS SELECT 22 AS a FROM customers;\n");
for my $call ("whisper_assert('full')", 'whisper_assert()')
{
	my $hint = hint_of('edited', "SELECT $call");
	like($hint, qr/whisper_upgrade\('views\@heads', profile => '(?:full|odd)'\)/, "$call names a profile that has the tier");
	is(rows($node, 'edited', "BEGIN; $hint; SELECT count(*) FROM whisper_verify('full') WHERE NOT ok; ROLLBACK")
		=~ s/.*\n//sr, '0', 'which mends it');
}

# What is named outside of the profile is not passed over

new_database($node, 'outside', $pack);
rows($node, 'outside', 'SELECT whisper_upgrade()');
for my $call (q{SELECT * FROM whisper_upgrade('v')}, q{SELECT * FROM whisper_upgrade('views@head')}, q{SELECT * FROM whisper_plan('c001, v')},
	q{CALL whisper_deploy('v')})
{
	raises($node, 'outside', $call, 'WM010', "$call names what the profile does not have",
		qr/revision "v" is in tier "views", which profile "small" does not have/);
	my $hint = hint_of('outside', $call);
	like($hint, qr/profile => 'odd'/, 'the hint names one that does');
	like(rows($node, 'outside', "BEGIN; $hint; ROLLBACK"), qr/\|views\|v\|up/, 'which brings it');
}
is(hint_of('outside', q{CALL whisper_deploy('extra@heads')}), q{SELECT * FROM whisper_upgrade('extra@heads', profile => 'all')},
	'of several profiles the first');
is(hint_of('outside', q{SELECT whisper_upgrade('v, e')}), q{SELECT * FROM whisper_upgrade('v, e', profile => 'all')},
	'that has everything');
rows($node, 'outside', q{SELECT whisper_downgrade('base')});
is(hint_of('outside', q{SELECT whisper_upgrade('v')}), q{SELECT * FROM whisper_upgrade('v', profile => 'full')},
	'and what it depends on');
rows($node, 'outside', q{SELECT whisper_upgrade('head', profile => 'full')});
is(rows($node, 'outside', q{SELECT * FROM whisper_upgrade('v')}), '', 'what is applied already is there');

# A tier without revisions yet

my $empty = "$root/empty";
write_files($empty,
	'pack.json' => q({"name": "empty", "tiers": [{"name": "core", "kind": "versioned"},
		{"name": "views", "kind": "repeatable"}]}),
	'core/readme.txt' => '', 'views/v.sql' => "CREATE VIEW v AS SELECT 1 AS a;\n");
new_database($node, 'empty', $empty);
is(rows($node, 'empty', 'SELECT revision FROM whisper_upgrade()'), 'v', 'the other tier is upgraded');
is(rows($node, 'empty', qq{SELECT * FROM whisper_$_}), '', "$_ plans nothing")
  for q{plan('core@head')}, q{plan('core@heads')}, q{plan('core@base', direction => 'downgrade')}, q{stamp('core@base')};
raises($node, 'empty', qq{SELECT whisper_$_}, 'WM009', "$_ of a tier without revisions", qr/relative step/)
  for q{upgrade('+1')}, q{downgrade('-1')}, q{plan('core@+1')};
is(rows($node, 'empty', $applied), 'v', 'nothing else was touched');

# Owned tables that are gone

my $flat = "$root/flat";
write_files($flat, '001_a.sql' => revision_file('a001', 'base', 'customers'),
	'002_b.sql' => revision_file('a002', 'a001', 'orders'));
new_database($node, 'gone', $flat);
rows($node, 'gone', q{SELECT whisper_upgrade(); CREATE TABLE legacy (id int);
	SELECT whisper_claim('legacy', 'flat'); DROP TABLE legacy});
my $detail = q{SELECT check_name, subject, detail, hint FROM whisper_verify() WHERE NOT ok AND check_name = 'table'};
is(rows($node, 'gone', $detail), 'table|public.legacy|it was claimed for tier "flat", and does not exist|'
	  . q{SELECT * FROM whisper_stamp('a002')}, 'a claimed table that is gone has a row of its own');
is(rows($node, 'gone', hint_of('gone', 'SELECT whisper_assert()')), '', 'the hint changes no revision');
is(rows($node, 'gone', $troubles), '', 'and the table is forgotten');
is(rows($node, 'gone', $applied), 'a001,a002', 'what is applied is as it was');

rows($node, 'gone', q{DROP TABLE orders});
is(rows($node, 'gone', hint_of('gone', 'SELECT whisper_assert()') . "; $troubles"), 'a002|flat|restored|table public.orders',
	'the table of an applied revision is made again');
rows($node, 'gone', q{SELECT whisper_stamp('a001')});
is(rows($node, 'gone', q{SELECT object_name FROM whisper.owned_object WHERE object_type = 'table' ORDER BY 1}),
	"customers\norders", 'the table of a revision that was taken back stays owned while it exists');
rows($node, 'gone', q{DROP TABLE orders});
is(rows($node, 'gone', q{SELECT check_name FROM whisper_verify() WHERE NOT ok}), 'head', 'gone, it is not asked for');
is(rows($node, 'gone', q{SELECT tables_expected, tables_present, state FROM whisper_status()}), '1|1|pending',
	'nor by the status');
rows($node, 'gone', hint_of('gone', 'SELECT whisper_assert()'));
is(rows($node, 'gone', $troubles), '', 'the upgrade makes it again');
rows($node, 'gone', q{SELECT whisper_stamp('a001'); DROP TABLE orders; SELECT whisper_stamp('a001')});
is(rows($node, 'gone', q{SELECT object_name FROM whisper.owned_object WHERE object_type = 'table'}), 'customers',
	'the next stamp forgets it');

# The owner is applied, but nobody registers it any more

new_database($node, 'unregistered', $flat);
rows($node, 'unregistered', q{SELECT whisper_upgrade(); SET whisper_migrate.script_location = '';
	DELETE FROM whisper.revision WHERE revision = 'a002'; DROP TABLE orders;
	ALTER DATABASE unregistered SET whisper_migrate.script_location = ''});
is(rows($node, 'unregistered', q{SELECT check_name, hint FROM whisper_verify() WHERE check_name ~ '^table' AND NOT ok}),
	join("\n", map { "$_|SELECT * FROM whisper_stamp('a001', purge => true)" } qw(tables table)),
	'the table of an unregistered revision is forgotten with it');
rows($node, 'unregistered', q{SELECT * FROM whisper_stamp('a001', purge => true)});
is(rows($node, 'unregistered', $troubles), '', 'then all is well');

# A verify section that does not hold

my $section = "$root/section";
write_files($section, '001_a.sql' => "-- migrate:up\nCREATE TABLE a (id int);\n-- migrate:down\nDROP TABLE a;\n"
	  . "-- migrate:verify\nSELECT count(*) > 0 AS filled FROM a;\n");
new_database($node, 'section', $section);
rows($node, 'section', 'SELECT whisper_upgrade()');
my $mend = hint_of('section', 'SELECT whisper_assert()');
like($mend, qr/with nothing to repair: mend what the section found, or it/, 'the hint of a verify section');
like(rows($node, 'section', $mend), qr/nothing to repair/, 'says what to do when nothing is missing');
write_files($section, '001_a.sql' => "-- migrate:up\nCREATE TABLE a (id int);\n-- migrate:down\nDROP TABLE a;\n"
	  . "-- migrate:verify\nSELECT count(*) >= 0 AS filled FROM a;\n");
is(rows($node, 'section', $troubles), '', 'a corrected section counts at once');

# An included file that is not there

my $including = "$root/including";
write_files($including, '001_a.sql' => "SELECT 1;\n\\i nothere.sql\n");
new_database($node, 'including', $including);
raises($node, 'including', 'SELECT whisper_upgrade()', '58P01', 'an included file that is not there',
	qr/nothere\.sql/, qr/^HINT:  put the file there, or correct its name in file "001_a\.sql", line 2$/m);

# A renamed file without a header

my $renamed = "$root/renamed";
write_files($renamed, '001_a.sql' => revision_file('r001', 'base', 'a'), '002_old.sql' => "CREATE TABLE b (id int);\n");
new_database($node, 'renamed', $renamed);
rows($node, 'renamed', 'SELECT whisper_upgrade()');
my $id = rows($node, 'renamed', q{SELECT revision FROM whisper_current()});
unlink "$renamed/002_old.sql" or die;
write_files($renamed, '003_new.sql' => "CREATE TABLE b (id int);\n");
is(hint_of('renamed', 'SELECT whisper_upgrade()'), q{if file "003_new.sql" is "002_old.sql" under another name, }
	  . qq{write "-- revision: $id" into it}, 'what exists may be of the file that is gone');
write_files($renamed, '003_new.sql' => "-- revision: $id\nCREATE TABLE b (id int);\n");
is(rows($node, 'renamed', "SELECT count(*) FROM whisper_upgrade(); $troubles"), '0', 'then the revision is the old one');

# A rebuild that cannot run in one transaction

my $indexed = "$root/indexed";
write_files($indexed, '001_a.sql' => revision_file('a001', 'base', 'a'),
	'002_b.sql' => "-- migrate:up transaction:false\nCREATE INDEX CONCURRENTLY a_id ON a (id);\n"
	  . "-- migrate:down\nDROP INDEX a_id;\n");
new_database($node, 'indexed', $indexed);
rows($node, 'indexed', q{CALL whisper_deploy()});
rows($node, 'indexed', q{INSERT INTO a VALUES (1)});
my $rebuild = q{SELECT whisper_rebuild(confirm => 'indexed')};
raises($node, 'indexed', $rebuild, '25001', 'a rebuild with an index that is built concurrently');
is(rows($node, 'indexed', hint_of('indexed', $rebuild)), '', 'the hint rebuilds');
is(rows($node, 'indexed', "SELECT count(*) FROM a; $troubles; $applied"), "0\n002,a001", 'everything');

$node->stop;
done_testing();
