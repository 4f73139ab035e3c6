# Sqitch's own tables, kept in step with what is applied: checked against the identifiers that the tool computes, and
# by the tool itself where it is installed.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database rows raises write_files);

my $node = new_node('sqitch_sync');
my $root = PostgreSQL::Test::Utils::tempdir;

sub script { return "BEGIN;\n$_[0]\nCOMMIT;\n" }
sub check { return "BEGIN;\n$_[0]\nROLLBACK;\n" }
my %farm = (
	'sqitch.conf' => "[core]\n\tengine = pg\n",
	'sqitch.plan' => "%syntax-version=1.0.0\n%project=farm\n%uri=https://Example.org/Farm\n\n"
	  . "barn 2026-01-01T00:00:00Z Ann \xc3\x96 <ann\@example.org> # The barn, \"big\" \\\\ one\n"
	  . "sub/goat [barn] 2026-01-02T00:00:00Z Ann \xc3\x96 <ann\@example.org> # Goats\\nlive\n"
	  . "\@v1 2026-01-03T00:00:00Z Ann \xc3\x96 <ann\@example.org> # first # tag\n\n"
	  . "cow [farm:barn sub/goat\@v1 !calf] 2026-01-04T00:00:00Z Ann \xc3\x96 <ann\@example.org> # A cow's\n"
	  . "calf 2026-01-04T12:00:00Z Bob B. <bob\@example.org>\n"
	  . "barn [barn\@v1] 2026-01-05T00:00:00Z Ann \xc3\x96 <ann\@example.org>\n"
	  . "\@v2 2026-01-06T00:00:00Z Ann \xc3\x96 <ann\@example.org> # two\n"
	  . "\@v3 2026-01-06T00:00:01Z Bob B. <bob\@example.org>\n",
	'deploy/barn@v1.sql' => script('CREATE TABLE barn (id int PRIMARY KEY);'),
	'revert/barn@v1.sql' => script('DROP TABLE barn;'),
	'verify/barn@v1.sql' => check('SELECT id FROM barn WHERE false;'),
	'deploy/barn.sql' => script('ALTER TABLE barn ADD COLUMN name text;'),
	'revert/barn.sql' => script('ALTER TABLE barn DROP COLUMN name;'),
	'verify/barn.sql' => check('SELECT name FROM barn WHERE false;'),
	'deploy/sub/goat.sql' => script('CREATE TABLE goat (name text);'),
	'revert/sub/goat.sql' => script('DROP TABLE goat;'),
	'verify/sub/goat.sql' => check('SELECT name FROM goat WHERE false;'),
	'deploy/calf.sql' => script('CREATE TABLE calf (name text);'),
	'revert/calf.sql' => script('DROP TABLE calf;'),
	'deploy/cow.sql' => script('CREATE TABLE cow (name text);'),
	'revert/cow.sql' => script('DROP TABLE cow;'),
	'verify/cow.sql' => check('SELECT name FROM cow WHERE false;'));
write_files("$root/farm", %farm);
sub farm
{
	my ($name, $sync) = @_;
	new_database($node, $name, "$root/farm");
	$node->safe_psql($name, "ALTER DATABASE $name SET whisper_migrate.sync_history = $sync");
}
farm('farm', 'on');
my $changes = q{SELECT change, change_id, script_hash FROM sqitch.changes ORDER BY committed_at};
my @rows = ('barn|1bf925e0c1a1066d73d63390105aee39436b045a|a9321601953a077a943976f1aa2a02576faeab46',
	'sub/goat|baba6bf8540aac66c310f308ce1341b703c964ac|72c4921fe474d5737be729dbf7d2abdc015a64c9',
	'cow|baad40640771bcd56aa43652e7d4196fddcfc369|c69795211db14f215199e85cc7a5e0a217fb98a0',
	'calf|a111ffc4ad7af662b99cc9350f1f0651184aa341|cc228a3ecce1a71a0757692bcf0e85bc3b091cf1',
	'barn|cf05e7a4389cb54255a37c92c8c88a32c51ed5d0|67d176186b891b8b60f02aea5da23b8ef19a5086');

# Up and down, with the rows that the tool would have written

is(rows($node, 'farm', q{BEGIN; SELECT count(*) FROM whisper_upgrade(); ROLLBACK; SELECT to_regclass('sqitch.changes') IS NULL}),
	"5\nt", 'in the same transaction');
is(rows($node, 'farm', "SELECT count(*) FROM whisper_upgrade('+2'); $changes"), join("\n", 2, @rows[0, 1]), 'two changes');
is(rows($node, 'farm', 'SELECT tag, tag_id, note FROM sqitch.tags'), '@v1|157c4eb3651a7475131e73c13c5dc644287788e6|first # tag',
	'... with their tag');
is(rows($node, 'farm', "SELECT count(*) FROM whisper_upgrade(); $changes"), join("\n", 3, @rows), 'all changes, the reworked one, too');
is(rows($node, 'farm', 'SELECT tag FROM sqitch.tags ORDER BY committed_at'), "\@v1\n\@v2\n\@v3", 'all tags');
is(rows($node, 'farm', q{SELECT project, uri FROM sqitch.projects; SELECT version FROM sqitch.releases}),
	"farm|https://Example.org/Farm\n1.1", 'the project and the release');
is( rows($node, 'farm', q{SELECT c.change, type, dependency, n.change FROM sqitch.dependencies d JOIN sqitch.changes c USING (change_id)
	LEFT JOIN sqitch.changes n ON n.change_id = dependency_id ORDER BY c.committed_at, dependency}),
	"sub/goat|require|barn|barn\ncow|require|barn|barn\ncow|conflict|calf|\ncow|require|sub/goat\@v1|sub/goat\nbarn|require|barn\@v1|barn",
	'dependencies of both kinds');
is( rows($node, 'farm', q{SELECT event, change, requires, conflicts, tags, planner_name, planned_at AT TIME ZONE 'UTC' FROM sqitch.events
	WHERE change = 'cow'}), "deploy|cow|{barn,sub/goat\@v1}|{calf}|{}|Ann \xc3\x96|2026-01-04 00:00:00", 'an event')
  or diag(rows($node, 'farm', 'TABLE sqitch.events'));
is(rows($node, 'farm', "SELECT revision FROM whisper_downgrade('-1'); $changes"), join("\n", 'barn.2', @rows[0 .. 3]), 'a step down');
is(rows($node, 'farm', q{SELECT string_agg(tag, ',') FROM sqitch.tags; SELECT string_agg(event || ' ' || change, ',' ORDER BY committed_at)
	FROM sqitch.events}), "\@v1\ndeploy barn,deploy sub/goat,deploy cow,deploy calf,deploy barn,revert barn", 'its tags go, and an event says so');
is(rows($node, 'farm', "SET whisper_migrate.sync_history = off; SELECT count(*) FROM whisper_upgrade(); $changes"),
	join("\n", 1, @rows[0 .. 3]), 'without the setting they stay as they are');
is(rows($node, 'farm', "SELECT count(*) FROM whisper_upgrade(); $changes"), join("\n", 0, @rows), 'a run without a step brings them in step');

# The tool's record as evidence: which of two changes of one name, and whose project

$node->safe_psql('farm', q{DROP EXTENSION whisper_migrate CASCADE; DROP SCHEMA IF EXISTS whisper CASCADE});
$node->safe_psql('farm', q{CREATE EXTENSION whisper_migrate; DELETE FROM sqitch.tags WHERE tag <> '@v1';
	DELETE FROM sqitch.dependencies WHERE dependency = 'barn@v1'; DELETE FROM sqitch.changes WHERE change_id LIKE 'cf05e%';
	ALTER TABLE barn DROP COLUMN name; INSERT INTO sqitch.projects (project, creator_name, creator_email) VALUES ('zoo', 'a', 'b');
	INSERT INTO sqitch.changes (change_id, change, project, committer_name, committer_email, planned_at, planner_name, planner_email)
	VALUES ('1', 'barn.2', 'zoo', 'a', 'b', now(), 'a', 'b'), ('2', 'barn', 'zoo', 'a', 'b', now(), 'a', 'b')});
is( rows($node, 'farm', q{SELECT revision, verdict FROM whisper_adopt(apply => true) ORDER BY 1}),
	"barn|present\nbarn.2|absent\ncalf|present\ncow|present\nsub.goat|present", 'adopted by the changes of the plan\'s project')
  or diag(rows($node, 'farm', 'SELECT * FROM whisper_adopt()'));
is(rows($node, 'farm', 'SELECT revision FROM whisper_upgrade()'), 'barn.2', 'what it does not have runs');
is(rows($node, 'farm', q{SELECT string_agg(change_id, ',' ORDER BY change_id) FROM sqitch.changes WHERE project = 'zoo'}), '1,2',
	'rows of another project stay');

# What is not written to

rows($node, 'farm', q{SELECT whisper_stamp('base')});
is(rows($node, 'farm', q{SELECT count(*) FROM sqitch.changes WHERE project = 'farm'}), '0', 'base leaves no change');
rows($node, 'farm', q{INSERT INTO sqitch.changes SELECT '3', NULL, 'x', 'farm', '', now(), 'a', 'b', now(), 'a', 'b'});
my (undef, undef, $stderr) = $node->psql('farm', q{SELECT whisper_stamp('barn')});
like($stderr, qr/WARNING:  schema sqitch is not kept in step\nDETAIL:  No change of project "farm" in it is one of the plan/,
	'a record of another plan is left alone');
$node->safe_psql('farm', q{DELETE FROM sqitch.changes WHERE change_id = '3'; UPDATE sqitch.projects SET uri = 'x:y' WHERE project = 'farm'});
(undef, undef, $stderr) = $node->psql('farm', q{SELECT whisper_stamp('sub.goat')});
like($stderr, qr/has another address than the plan/, 'one of another address is, too');

SKIP:
{
	my $installed = `sqitch --version 2>&1` // '';
	skip 'Sqitch is not installed', 11 if $? != 0 || $installed !~ /App::Sqitch/;
	local @ENV{qw(PGHOST PGPORT PGUSER SQITCH_SYSTEM_CONFIG SQITCH_USER_CONFIG SQITCH_FULLNAME SQITCH_EMAIL LANG LC_ALL)} =
	  ($node->host, $node->port, 'postgres', '/nonexistent', '/nonexistent', 'Ann', 'ann@example.org', 'C.UTF-8', 'C.UTF-8');
	my $sqitch = sub {
		my ($database, @command) = @_;
		my $pid = open(my $out, '-|') // die $!;
		if (!$pid)
		{
			open STDERR, '>&', \*STDOUT;
			chdir "$root/farm" or die $!;
			exec 'sqitch', '--no-pager', $command[0], "db:pg:$database", @command[1 .. $#command] or die $!;
		}
		local $/;
		my $text = <$out>;
		close $out;
		return $text;
	};
	farm('tool', 'on');
	rows($node, 'tool', 'SELECT whisper_upgrade()');
	like($sqitch->('tool', 'status'), qr/\@v2.*Nothing to deploy \(up-to-date\)/s, 'sqitch status is content');
	like($sqitch->('tool', 'deploy'), qr/Nothing to deploy \(up-to-date\)/, 'sqitch deploy finds nothing to do');
	like($sqitch->('tool', 'verify'), qr/Verify successful/, 'sqitch verify');
	like($sqitch->('tool', 'check'), qr/Check successful/, 'sqitch check: the scripts have their hashes');
	rows($node, 'tool', q{SELECT whisper_downgrade('calf')});
	like($sqitch->('tool', 'status'), qr/Undeployed change:\s+\* barn \@v2 \@v3/, 'after a step down one change is left');
	like($sqitch->('tool', 'deploy'), qr/\+ barn \@v2 \@v3 \.+ ok/, '... which sqitch deploys');
	rows($node, 'tool', q{SELECT whisper_adopt(apply => true)});
	is(rows($node, 'tool', 'SELECT count(*) FROM whisper_upgrade()'), '0', '... and adoption takes over');
	like($sqitch->('tool', 'revert', '-y'), qr/- barn \@v2 \@v3 \.+ ok.*- barn \@v1|- barn/s, 'sqitch revert takes all of it back');
	is(rows($node, 'tool', q{SELECT to_regclass('barn') IS NULL AND to_regclass('cow') IS NULL, count(*) FROM sqitch.changes}), 't|0', '... really');

	farm('built', 'on');
	like($sqitch->('built', 'deploy', '--verify'), qr/\+ barn \@v2 \@v3 \.+ ok/, 'a database that sqitch has built');
	rows($node, 'built', q{SELECT whisper_adopt(apply => true)});
	is( rows($node, 'built', "SELECT count(*) FROM whisper_upgrade(); SELECT count(*) FROM whisper.applied; $changes"),
		join("\n", 0, 5, @rows), '... is adopted, and its rows are those that this project writes');
}

$node->stop;
done_testing();
