# tools/whisper-import-alembic: what Alembic makes of a project, and what the imported pack makes of it, are the same.

use strict;
use warnings FATAL => 'all';

use File::Basename qw(dirname);
use IPC::Run ();
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database rows schema_of wait_for write_files);

delete $ENV{PYTHONHOME};
$ENV{PYTHONDONTWRITEBYTECODE} = 1;
my $source = dirname(__FILE__) . '/../..';
my $python = '/usr/bin/python3';
my $found = -x $python && IPC::Run::run([ $python, '-c', 'import alembic, psycopg2' ], '>&', \my $ignored);
plan skip_all => 'the packages alembic and python3-psycopg2 are not installed' unless $found;

my $node = new_node('alembic');
my $project = "$source/test/data/alembic_project";
my $root = PostgreSQL::Test::Utils::tempdir;
my $scratch = q{SELECT count(*) FROM pg_database WHERE datname LIKE 'whisper\_import%'};

sub url
{
	my ($dbname) = @_;
	return sprintf 'postgresql:///%s?host=%s&port=%s', $dbname, $node->host, $node->port;
}

# Alembic itself, in the project's folder.
sub alembic
{
	my ($dbname, @command) = @_;
	my ($stdout, $stderr) = ('', '');
	my @alembic = ($python, '-m', 'alembic.config', '-c', "$project/alembic.ini", '-x', 'url=' . url($dbname));
	my $ok = IPC::Run::run([ @alembic, @command ], '>', \$stdout, '2>', \$stderr);
	die "alembic @command failed: $stderr" unless $ok;
	return $stdout;
}

# (exit status, stdout, stderr)
sub import_project
{
	my (@options) = @_;
	my ($stdout, $stderr) = ('', '');
	IPC::Run::run([ "$source/tools/whisper-import-alembic", @options ], '>', \$stdout, '2>', \$stderr);
	return ($? >> 8, $stdout, $stderr);
}

sub alembic_schema
{
	my ($dbname) = @_;
	return join '', grep { !/\A--\n-- Name: (?:alembic_version|alembic_version alembic_version_pkc); / }
	  split /(?=^--\n-- Name: )/m, schema_of($node, $dbname);
}

# A step that cannot run in a transaction: its SQL through psql, then the record.
sub step_outside
{
	my ($dbname, $revision, $column, $stamp) = @_;
	my $sql = $node->safe_psql($dbname, "SELECT $column FROM whisper_show('$revision')");
	my ($status, undef, $stderr) = $node->psql($dbname, $sql, on_error_stop => 1);
	is($status, 0, "$column of $revision runs outside a transaction") or diag($stderr);
	rows($node, $dbname, "SELECT * FROM whisper_stamp('$stamp')");
	return;
}

my $books = 'SELECT * FROM books ORDER BY id';
my $readers = 'SELECT id, name, kind, discount, home, touched FROM readers ORDER BY id';

# Upgraded by Alembic

$node->safe_psql('postgres', 'CREATE DATABASE by_alembic');
alembic('by_alembic', 'upgrade', 'heads');
my $upgraded = alembic_schema('by_alembic');
like($upgraded, qr/CREATE TABLE public\.readers .*CREATE TABLE public\.seats /s, 'Alembic upgrades the sample project');
unlike($upgraded, qr/alembic_version/, 'and its own table is left out of the comparison');

# Imported: offline where that works, and all of it live

my ($status, $stdout, $stderr) =
  import_project('--ini', "$project/alembic.ini", '--database', url('by_alembic'), '--output', "$root/offline");
is($status, 0, 'the sample project is imported') or diag($stderr);
is($stderr, '', 'with nothing missing');
like($stdout, qr/^10 revisions written to .*: 60f1b2c3d4e5, 40d1b2c3d4e5$/ms, 'two were recorded live');
($status, $stdout, $stderr) = import_project('--ini', "$project/alembic.ini", '--database', url('by_alembic'),
	'--output', "$root/live", '--live-only', '--tier', 'library');
is($status, 0, '--live-only imports it, too') or diag($stderr);
is($node->safe_psql('postgres', $scratch), '0', 'no scratch database is left');
is(alembic_schema('by_alembic'), $upgraded, 'the database named by --database is as it was');

# Alembic releases differ in which branch comes first.
my (@names, %seen, @too_early);
for my $file (sort glob "$root/offline/main/*")
{
	my ($number, $name) = $file =~ /(\d+)_([^\/]*)\z/;
	my $text = slurp_file($file);
	my ($needs) = join ' ', $text =~ /^-- (?:down_revision|depends_on): (.*)$/mg;
	push @too_early, $name if $number != @names + 1 || grep { /\A[0-9a-f]{12}\z/ && !$seen{$_} } split /[ ,]+/, $needs;
	push @names, $name;
	$seen{ substr($name, 0, 12) } = 1;
}
is_deeply([ sort @names ], [ qw(
	10a1b2c3d4e5_readers_and_their_kinds.sql
	20b1b2c3d4e5_books_the_catalogue_s_first_form_100_of.sql
	30c1b2c3d4e5_loans_and_a_function_that_counts_them.sql
	40d1b2c3d4e5_every_table_knows_when_it_was_touched.sql
	50e1b2c3d4e5_search_by_title_while_others_read.sql
	60f1b2c3d4e5_events_have_a_history_of_their_own.sql
	70a2b2c3d4e5_fines.sql
	80b2b2c3d4e5_fines_join_the_lending_branch.sql
	90c2b2c3d4e5_guests_pay_on_the_spot.sql
	a0d2b2c3d4e5_seats_of_an_event.sql) ], 'a file for each revision, named by its message');
is("@too_early", '', 'they come in an order in which they can run');
my $events = slurp_file((glob "$root/offline/main/*_60f1b2c3d4e5_*")[0]);
unlike($events, qr/SELECT|alembic_version|SAVEPOINT|\bBEGIN\b|COMMIT/, 'what only reads is not recorded');
my $touched = slurp_file((glob "$root/offline/main/*_40d1b2c3d4e5_*")[0]);
like($touched, qr/INSERT INTO readers .*UPDATE books/s, 'batch inserts and statements past SQLAlchemy are');
like($touched, qr/^SELECT setval/m, 'and a SELECT that writes');
unlike($touched, qr/DELETE FROM books|SAVEPOINT|count\(\*\)/, 'but not what was rolled back');

# Upgraded by the engine: the same

for my $case ([ 'offline', 'main' ], [ 'live', 'library' ])
{
	my ($dbname, $tier) = @$case;
	new_database($node, $dbname, "$root/$dbname");
	my $graph = 'SELECT revision, down_revisions, depends_on, branch_labels, message FROM whisper_history() ORDER BY 1';
	is(rows($node, $dbname, $graph),
		<<'END' =~ s/\n\z//r, "$dbname: the graph is the project's");
10a1b2c3d4e5|{}|{}|{lending}|readers and their kinds
20b1b2c3d4e5|{10a1b2c3d4e5}|{}|{}|Books: "the" catalogue's first form, 100% of it
30c1b2c3d4e5|{20b1b2c3d4e5}|{}|{}|loans, and a function that counts them
40d1b2c3d4e5|{30c1b2c3d4e5}|{}|{}|every table knows when it was touched
50e1b2c3d4e5|{40d1b2c3d4e5}|{}|{}|search by title, while others read
60f1b2c3d4e5|{}|{10a1b2c3d4e5,30c1b2c3d4e5}|{events}|events have a history of their own
70a2b2c3d4e5|{30c1b2c3d4e5}|{}|{fines}|fines
80b2b2c3d4e5|{50e1b2c3d4e5,70a2b2c3d4e5}|{}|{}|fines join the lending branch
90c2b2c3d4e5|{80b2b2c3d4e5}|{60f1b2c3d4e5}|{}|guests pay on the spot
a0d2b2c3d4e5|{60f1b2c3d4e5}|{}|{}|seats of an event
END
	my $empty = schema_of($node, $dbname);
	rows($node, $dbname, q{SELECT * FROM whisper_upgrade('40d1b2c3d4e5')});
	step_outside($dbname, '50e1b2c3d4e5', 'up_sql', '50e1b2c3d4e5');
	rows($node, $dbname, q{SELECT * FROM whisper_upgrade('heads')});
	is(rows($node, $dbname, "SELECT DISTINCT tier FROM whisper.applied"), $tier, "$dbname: in the tier asked for");
	is(schema_of($node, $dbname), $upgraded, "$dbname: the schema is Alembic's");
	is(rows($node, $dbname, $_), rows($node, 'by_alembic', $_), "$dbname: so are the rows: $_") for $books, $readers;

	# And back
	rows($node, $dbname, q{SELECT * FROM whisper_downgrade('50e1b2c3d4e5', allow_data_loss => true)});
	step_outside($dbname, '50e1b2c3d4e5', 'down_sql', '40d1b2c3d4e5');
	rows($node, $dbname, q{SELECT * FROM whisper_downgrade('base', allow_data_loss => true)});
	is(schema_of($node, $dbname), $empty, "$dbname: downgraded to base, nothing is left");
}
alembic('by_alembic', 'downgrade', 'base');
unlike(alembic_schema('by_alembic'), qr/^-- Name: /m, 'as Alembic leaves it');

# Projects with revisions that are hard to import

my $revision = sub {
	my ($id, $down, $up, $way_down) = @_;
	return qq{"""revision $id"""\nimport sqlalchemy as sa\nfrom alembic import op\nrevision = "$id"\ndown_revision = }
	  . (defined $down ? qq{"$down"} : 'None') . "\ndef upgrade():\n    $up\ndef downgrade():\n    $way_down\n";
};

sub new_project
{
	my ($name, %revisions) = @_;
	my $url = url('by_alembic');
	write_files("$root/$name", 'alembic.ini' => "[alembic]\nscript_location = %(here)s\nsqlalchemy.url = $url\n",
		'env.py' => "raise Exception('env.py is not run')\n", map { ("versions/$_.py" => $revisions{$_}) } keys %revisions);
	return ('--ini', "$root/$name/alembic.ini", '--output', "$root/$name.pack");
}

my @mixed = new_project('mixed',
	one => $revision->('b001', undef, 'op.execute("CREATE TABLE kept (id int)")', 'raise NotImplementedError("never")'),
	two => $revision->('b002', 'b001',
		'op.execute("COMMIT"); op.execute("CREATE INDEX CONCURRENTLY ON kept (id)")', 'pass'),
	three => $revision->('b003', 'b002', 'op.get_bind().execute(sa.text("SELECT id FROM gone")).all()', 'pass'),
	four => $revision->('b004', 'b003', 'op.execute("CREATE TABLE later (id int)")',
		'sa.inspect(op.get_bind()).get_table_names()'),
	five => $revision->('b005', undef, 'sa.inspect(op.get_bind()).get_table_names(); op.execute("CREATE ROLE beyond")',
		'raise ValueError("no way")'));
($status, $stdout, $stderr) = import_project(@mixed);
is($status, 1, 'revisions that cannot be imported: exit status 1');
is($stdout, '', 'and no success is claimed');
ok(!-e "$root/mixed.pack", 'nothing is written');
like($stderr, qr/: revision b001 has no way down: NotImplementedError: never$/m, 'an irreversible revision is listed');
like($stderr, qr/: revision b003 cannot be imported: upgrade: relation "gone" does not exist$/m, 'one that fails');
like($stderr, qr/: revision b004 cannot be imported: downgrade: revision b003 before it fails: /m, 'one out of reach');
like($stderr, qr/: revision b005 cannot be imported: upgrade: "CREATE ROLE" would reach beyond the scratch database$/m,
	'one that would change the whole server');
like($stderr, qr/: 3 of 5 revisions cannot be imported/, 'and how many there are');
unlike($stderr, qr/b002/, 'the others are not listed');
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_roles WHERE rolname = 'beyond'}), '0', 'no role was made');
is($node->safe_psql('postgres', $scratch), '0', 'no scratch database is left');

($status, $stdout, $stderr) = import_project(@mixed, '--allow-missing');
is($status, 0, '--allow-missing: exit status 0') or diag($stderr);
like($stderr, qr/b003 cannot be imported/, 'they are listed all the same');
my %written = map { (/_(b00\d)_/)[0] => slurp_file($_) } glob "$root/mixed.pack/main/*";
unlike($written{b001}, qr/migrate:down/, 'no way down where there is none');
like($written{b002},
	qr/^-- migrate:up transaction:false\nCREATE INDEX CONCURRENTLY ON kept \(id\);\n\n-- migrate:down\n\z/m,
	'op.execute("COMMIT") means a section without a transaction');
like($written{b003}, qr/^-- migrate:up\n-- not imported: relation "gone" does not exist\n\n-- migrate:down\n\z/m,
	'a missing way up says why');
new_database($node, 'mixed', "$root/mixed.pack");
is(rows($node, 'mixed', q{SELECT revision FROM whisper_upgrade('b001')}), 'b001', 'the pack loads');

# Outside a transaction, what only reads is told apart, too

my @outside = new_project('outside', one => $revision->('e001', undef, <<'END' =~ s/\n\z//r, 'pass'));
op.execute("CREATE SEQUENCE tickets")
    with op.get_context().autocommit_block():
        if op.get_bind().execute(sa.text("SELECT last_value FROM tickets")).scalar() == 1:
            op.get_bind().execute(sa.text("SELECT nextval('tickets')"))
END
($status, $stdout, $stderr) = import_project(@outside);
is($status, 0, 'a revision that reads outside of a transaction is imported') or diag($stderr);
like(slurp_file("$root/outside.pack/main/0001_e001_revision_e001.sql"),
	qr/ transaction:false\n-- recorded.*\nCREATE SEQUENCE tickets;\nSELECT nextval\('tickets'\);\n\n-- migrate:down/,
	'with the SELECT that writes alone');

# What a revision would do offline is not what counts

my @asking = new_project('asking',
	one => $revision->('aa01', undef,
		'from alembic import context; context.is_offline_mode() or op.execute("CREATE TABLE live (id int)")',
		'assert not op.get_context().as_sql; op.execute("DROP TABLE live")'));
($status, $stdout, $stderr) = import_project(@asking);
is($status, 0, 'a revision that asks whether it runs offline is imported') or diag($stderr);
my $asking = slurp_file("$root/asking.pack/main/0001_aa01_revision_aa01.sql");
like($asking, qr/CREATE TABLE live .*DROP TABLE live/s, 'as it runs live');

# A signal leaves nothing behind

my @slow = new_project('slow', one => $revision->('f001', undef,
		'sa.inspect(op.get_bind()); op.execute("SELECT pg_sleep(600)")', 'pass'));
my $slow = IPC::Run::start([ "$source/tools/whisper-import-alembic", @slow, '--live-only' ], '>&', \$ignored);
wait_for($node, q{SELECT count(*) > 0 FROM pg_stat_activity WHERE query ~ 'pg_sleep' AND datname ~ '^whisper_import'});
$slow->signal('TERM');
$slow->finish;
is($slow->result(0), 130, 'a signal ends a run at once');
is($node->safe_psql('postgres', $scratch), '0', 'and the scratch database goes');
ok(!-e "$root/slow.pack", 'nothing is written');

# Irreversible by design is no reason to stop

my @oneway = new_project('oneway', one => $revision->('c001', undef, 'pass', 'raise NotImplementedError()'));
($status, $stdout, $stderr) = import_project(@oneway);
is($status, 0, 'an irreversible revision: exit status 0');
like($stderr, qr/revision c001 has no way down: NotImplementedError$/m, 'but it is listed');
new_database($node, 'oneway', "$root/oneway.pack");
is(rows($node, 'oneway', q{SELECT revision, statements FROM whisper_upgrade()}), 'c001|0', 'an empty one runs nothing');

# What is in the way

my @named = new_project('named', one => $revision->('head', undef, 'pass', 'pass'));
my @broken = new_project('broken', one => "import nowhere\n");
my @nothing = new_project('nothing', 'readme' => '');
unlink "$root/nothing/versions/readme.py" or die;
my $needs_server = $revision->('d001', undef, 'sa.inspect(op.get_bind()).get_table_names()', 'pass');
my @unreachable = (new_project('unreachable', one => $needs_server),
	'--database', "postgresql:///x?host=$root&port=1");
my @serverless = ('--ini', "$project/alembic.ini", '--output', "$root/serverless.pack", '--live-only');
my @sqlite = (new_project('sqlite', one => $needs_server), '--database', 'sqlite://');
for my $case (
	[ 'no ini file', qr/no file ".*none\.ini"/, '--ini', "$root/none.ini" ],
	[ 'an output directory that is in use', qr/directory ".*oneway\.pack" is not empty/, @oneway ],
	[ 'an output that is a file', qr/cannot write to ".*": Not a directory/, @named[ 0, 1 ], '--output', $named[1] ],
	[ 'a name that the engine refuses', qr/invalid name "head" in ".*one\.py"/, @named ],
	[ 'a module that is missing', qr/cannot be loaded: ModuleNotFoundError: No module named 'nowhere'/, @broken ],
	[ 'no revisions', qr/no revisions in "/, @nothing ],
	[ 'no server', qr/could not connect to "postgresql.*": connection to server .* failed/, @unreachable ],
	[ 'no server at all', qr/no server to run the revisions on/, @serverless ],
	[ 'another database', qr/the project's database is sqlite; only PostgreSQL's can be imported/, @sqlite ],
	[ 'no URL', qr/invalid URL: /, @unreachable[ 0 .. 3 ], '--database', 'here' ],
	[ 'an invalid tier', qr/invalid name "a b" for a tier/, '--tier', 'a b' ],
	[ 'an unknown option', qr/unrecognized arguments: --colour/, '--colour' ])
{
	my ($name, $pattern, @arguments) = @$case;
	($status, $stdout, $stderr) = import_project(@arguments);
	is($status, 2, "$name: exit status 2");
	like($stderr, $pattern, "$name: a message");
	unlike($stderr, qr/Traceback/, "$name: no traceback");
}
($status, $stdout) = import_project('--help');
is($status, 0, '--help works');
like($stdout, qr/exit status:\n  0 .*\n  1 .*\n  2 /, 'and documents the exit status');

$node->stop;
done_testing();
