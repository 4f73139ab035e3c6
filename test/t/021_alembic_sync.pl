# whisper_migrate.sync_alembic_version: the real Alembic finds the database where whisper_migrate left it, and goes on.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database rows raises set_location write_files);

my $alembic = '/usr/bin/alembic';
plan skip_all => 'Alembic with psycopg2 is not installed'
  if system(qq{/usr/bin/python3 -c 'import alembic, psycopg2' >/dev/null 2>&1}) != 0 || !-x $alembic;

# The same graph twice: a fork, a merge, a root of its own that depends on a revision of the other branch, a branch.
my @graph = (
	{ id => 'a1', down => [] },
	{ id => 'b1', down => ['a1'] },
	{ id => 'b2', down => ['a1'] },
	{ id => 'm1', down => [ 'b1', 'b2' ] },
	{ id => 'x1', down => [], depends => ['b1'] },
	{ id => 'x2', down => ['x1'] },
	{ id => 'c1', down => ['m1'] },
	{ id => 'c2', down => ['m1'] });

my $project = PostgreSQL::Test::Utils::tempdir;
my $pack = PostgreSQL::Test::Utils::tempdir;
my (%versions, %migrations);
my $number = 0;
for my $r (@graph)
{
	my $python = sub { '(' . join('', map { "'$_', " } @_) . ')' };
	my ($down, $depends) = ($python->(@{ $r->{down} }), $python->(@{ $r->{depends} // [] }));
	s/^\(\)$/None/ for $down, $depends;
	$versions{"versions/$r->{id}.py"} = <<"END";
"""makes t_$r->{id}"""
from alembic import op
revision, down_revision, depends_on = '$r->{id}', $down, $depends
def upgrade(): op.execute('CREATE TABLE t_$r->{id} (a int)')
def downgrade(): op.execute('DROP TABLE t_$r->{id}')
END
	my $parents = join(', ', @{ $r->{down} }) || 'base';
	my $needs = $r->{depends} ? "-- depends_on: @{ $r->{depends} }\n" : '';
	$migrations{sprintf 'main/%02d.sql', ++$number} = <<"END";
-- revision: $r->{id}
-- down_revision: $parents
$needs-- message: makes t_$r->{id}
-- migrate:up
CREATE TABLE t_$r->{id} (a int);
-- migrate:down
DROP TABLE t_$r->{id};
END
}
write_files($pack, %migrations, 'other/01.sql' => <<'END');
-- revision: other1
-- down_revision: base
-- migrate:up
CREATE TABLE t_other (a int);
-- migrate:down
DROP TABLE t_other;
END
write_files($project, %versions,
	'alembic.ini' => "[alembic]\nscript_location = %(here)s\n",
	'env.py' => <<'END');
import os
import psycopg2
from alembic import context
from sqlalchemy import create_engine
with create_engine('postgresql+psycopg2://', creator=lambda: psycopg2.connect(os.environ['DATABASE'])).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
END

my $node = new_node('alembic');

# What a command of Alembic prints, in order of the alphabet.
sub alembic
{
	my ($dbname, @command) = @_;
	local $ENV{DATABASE} = $node->connstr($dbname);
	my ($stdout, $stderr) = run_command([ $alembic, '-c', "$project/alembic.ini", @command ]);
	die "alembic @command: $stderr" if $stderr =~ /error|Traceback/i;
	return join "\n", sort grep { $_ ne '' } split /\n/, $stdout;
}

# What the history says of a database, with its marks for the current revisions.
sub history { return alembic($_[0], 'history', '--indicate-current') }

my $versions = q{SELECT string_agg(version_num, ' ' ORDER BY version_num) FROM alembic_version};

# One database for each tool: after the same steps Alembic must see the same of both.
$node->safe_psql('postgres', 'CREATE DATABASE theirs');
new_database($node, 'ours', $pack);
$node->safe_psql('postgres', 'ALTER DATABASE ours SET whisper_migrate.sync_alembic_version = on');

is(rows($node, 'ours', q{SELECT count(*) FROM whisper_upgrade('a1')}), '1', 'no table alembic_version, nothing to do');
is(rows($node, 'ours', q{SELECT to_regclass('alembic_version') IS NULL}), 't', 'and none is made');
rows($node, 'ours', q{SELECT whisper_downgrade('base')});
$node->safe_psql('ours', 'CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)');

my @steps = (
	[ upgrade => 'a1' ], [ upgrade => 'b1' ], [ upgrade => 'x1' ], [ upgrade => 'b2' ], [ upgrade => 'm1' ],
	[ upgrade => 'x2' ], [ downgrade => 'b1' ], [ upgrade => 'heads' ], [ downgrade => 'm1' ], [ upgrade => 'c1' ],
	[ upgrade => 'heads' ], [ stamp => 'a1' ], [ stamp => 'heads' ], [ downgrade => 'base' ], [ upgrade => 'heads' ]);
my $current = 0;
for my $step (@steps)
{
	my ($command, $target) = @$step;
	alembic('theirs', $command, $target);
	# Alembic knows nothing of the pack's other tier.
	my $tier = $target =~ /\A(?:heads|base)\z/ ? 'main@' : '';
	rows($node, 'ours', "SELECT whisper_$command('$tier$target')");
	is(rows($node, 'ours', $versions), rows($node, 'theirs', $versions), "$command $target: the same rows");
	is(history('ours'), history('theirs'), '... and the same to alembic history');
	next if $command ne 'upgrade' || $target !~ /x2|heads/;
	$current++;
	is(alembic('ours', 'current'), alembic('theirs', 'current'), '... and to alembic current');
}
is($current, 4, 'alembic current was asked');
like(alembic('ours', 'current'), qr/^c1 \(head\)\nc2 \(head\)\nx2 \(head\)$/m, 'which names the heads');
is(history('ours') =~ tr/\n// + 1, scalar @graph, 'the history has every revision');

# Another tier's revisions change nothing; Alembic can take the database over at any time.
my $before = rows($node, 'ours', $versions);
rows($node, 'ours', q{SELECT whisper_upgrade('other1')});
is(rows($node, 'ours', $versions), $before, 'the revision of another tier leaves the table as it is');
alembic('ours', 'downgrade', 'm1');
is(rows($node, 'ours', q{SELECT to_regclass('t_c1') IS NULL, to_regclass('t_m1') IS NULL}), 't|f',
	'Alembic goes on where whisper_migrate stopped');
alembic('ours', 'upgrade', 'heads');

# In one transaction: together or not at all.
$before = rows($node, 'ours', $versions);
is(rows($node, 'ours', "BEGIN; SELECT count(*) FROM whisper_downgrade('main\@base'); $versions; ROLLBACK; $versions"),
	"8\n\n$before", 'a downgrade that is rolled back leaves the table as it was');

# The right to write to the table is the caller's.
$node->safe_psql('ours', q{
	CREATE ROLE migrator LOGIN;
	GRANT EXECUTE ON FUNCTION whisper_stamp, whisper_upgrade TO migrator;
	GRANT CREATE ON SCHEMA public TO migrator});
raises($node, 'ours', q{SET ROLE migrator; SELECT whisper_stamp('m1')}, '42501',
	'who may not touch the table cannot move the revisions while it is to be kept in step', qr/alembic_version/);
is(rows($node, 'ours', q{SELECT count(*) FROM whisper.applied}), '9', 'and nothing was recorded');
is(rows($node, 'ours', q{SET ROLE migrator; SET whisper_migrate.sync_alembic_version = off;
	SELECT count(*) FROM whisper_stamp('m1')}), '2', 'without the setting it can');
is(rows($node, 'ours', $versions), $before, 'and the table stays');
is(rows($node, 'ours', qq{SELECT count(*) FROM whisper_upgrade('m1'); $versions}), "0\nm1 x2",
	'a run with nothing to do brings it in step');

# Where the table is, and what is left alone.
new_database($node, 'places', $pack);
$node->safe_psql('places', q{
	ALTER DATABASE places SET whisper_migrate.sync_alembic_version = on;
	CREATE SCHEMA app;
	CREATE TABLE app.alembic_version (version_num text);
	CREATE TABLE alembic_version (version_num text)});
rows($node, 'places', q{SET search_path = app, public; SELECT whisper_upgrade('b1')});
is(rows($node, 'places', q{SELECT (SELECT string_agg(version_num, ' ') FROM app.alembic_version),
	(SELECT count(*) FROM public.alembic_version)}), 'b1|0', 'the table in the search_path is the one');
rows($node, 'places', q{SET search_path = pg_catalog; SELECT public.whisper_upgrade('b1')});
is(rows($node, 'places', 'SELECT version_num FROM public.alembic_version'), 'b1', 'and without one that in public');

$node->safe_psql('places', q{UPDATE public.alembic_version SET version_num = 'somebodys'});
my (undef, undef, $stderr) = $node->psql('places', q{SELECT whisper_upgrade('b1')});
like($stderr, qr/WARNING:  table public\.alembic_version is not kept in step\nDETAIL:  .*"somebodys"/,
	'a table of unknown revisions is not touched, with a warning');
is(rows($node, 'places', 'SELECT version_num FROM public.alembic_version'), 'somebodys', 'as it was');
$node->safe_psql('places', 'ALTER TABLE public.alembic_version ADD COLUMN more int');
is(rows($node, 'places', q{SELECT count(*) FROM whisper_stamp('a1')}), '1', 'a table with more columns is none of Alembic\'s');

# Rebuilding and capturing keep it in step as well.
my $line = PostgreSQL::Test::Utils::tempdir;
write_files($line, 'only.sql' => "-- revision: only1\nCREATE TABLE only_one (a int);\n");
new_database($node, 'line', $line);
is( rows($node, 'line', qq{
	SET whisper_migrate.sync_alembic_version = on;
	CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
	SELECT count(*) FROM whisper_upgrade();
	SELECT count(*) FROM whisper_capture_begin();
	CREATE TABLE captured (a int);
	SELECT whisper_capture_end('captured', 'captured1');
	$versions}), "1\n1\ncaptured1\ncaptured1", 'a captured revision is the head at once');
is( rows($node, 'line', qq{
	SET whisper_migrate.sync_alembic_version = on;
	UPDATE alembic_version SET version_num = 'only1';
	SELECT count(*) FROM whisper_rebuild(confirm => 'line');
	$versions}), "2\ncaptured1", 'so is the head after a rebuild');

# A database that has a revision and not all of those before it: Alembic must not see two heads of one line.
new_database($node, 'gaps', $pack);
is( rows($node, 'gaps', qq{
	SET whisper_migrate.sync_alembic_version = on;
	CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY); INSERT INTO alembic_version VALUES ('m1');
	CREATE TABLE t_a1 (a int); CREATE TABLE t_b1 (a int); CREATE TABLE t_m1 (a int);
	SELECT verdict FROM whisper_adopt(apply => true) WHERE revision = 'b2';
	$versions}), "absent\nm1", 'what was taken over with a gap is seen by its last revision');
like(alembic('gaps', 'current'), qr/^m1 .*\(mergepoint\)$/m, '... and alembic current can read it');
rows($node, 'gaps', q{SET whisper_migrate.sync_alembic_version = on; SELECT whisper_upgrade('main@heads')});
is(rows($node, 'gaps', $versions), rows($node, 'theirs', $versions), 'the upgrade that fills the gap leaves Alembic\'s heads');

$node->stop;
done_testing();
