# tools/whisper-import-alembic: what Alembic makes of a project, and what the imported pack makes of it, are the same.

use strict;
use warnings FATAL => 'all';

use File::Basename qw(dirname);
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperImport qw(alembic alembic_schema import_alembic need_alembic new_project project_revision start_import url_of);
use WhisperTest qw(new_node new_database rows schema_of wait_for);

need_alembic();
my $node = new_node('alembic');
my $project = dirname(__FILE__) . '/../data/alembic_project';
my $url = url_of($node, 'by_alembic');
my $root = PostgreSQL::Test::Utils::tempdir;
my $scratch = q{SELECT count(*) FROM pg_database WHERE datname LIKE 'whisper\_import%'};

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
alembic($node, "$project/alembic.ini", 'by_alembic', 'upgrade', 'heads');
my $upgraded = alembic_schema($node, 'by_alembic');
like($upgraded, qr/CREATE TABLE public\.readers .*CREATE TABLE public\.seats /s, 'Alembic upgrades the sample project');
unlike($upgraded, qr/alembic_version/, 'and its own table is left out of the comparison');

# Imported: offline where that works, and all of it live

my ($status, $stdout, $stderr) =
  import_alembic('--ini', "$project/alembic.ini", '--database', $url, '--output', "$root/offline");
is($status, 0, 'the sample project is imported') or diag($stderr);
is($stderr, '', 'with nothing missing');
like($stdout, qr/^10 revisions written to .*: 60f1b2c3d4e5, 40d1b2c3d4e5$/ms, 'two were recorded live');
($status, $stdout, $stderr) = import_alembic('--ini', "$project/alembic.ini", '--database', $url,
	'--output', "$root/live", '--live-only', '--tier', 'library');
is($status, 0, '--live-only imports it, too') or diag($stderr);
is($node->safe_psql('postgres', $scratch), '0', 'no scratch database is left');
is(alembic_schema($node, 'by_alembic'), $upgraded, 'the database named by --database is as it was');

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
alembic($node, "$project/alembic.ini", 'by_alembic', 'downgrade', 'base');
unlike(alembic_schema($node, 'by_alembic'), qr/^-- Name: /m, 'as Alembic leaves it');

# Projects with revisions that are hard to import

my @mixed = new_project("$root/mixed", $url,
	one => project_revision('b001', undef, 'op.execute("CREATE TABLE kept (id int)")', 'raise NotImplementedError("never")'),
	two => project_revision('b002', 'b001',
		'op.execute("COMMIT"); op.execute("CREATE INDEX CONCURRENTLY ON kept (id)")', 'pass'),
	three => project_revision('b003', 'b002', 'op.get_bind().execute(sa.text("SELECT id FROM gone")).all()', 'pass'),
	four => project_revision('b004', 'b003', 'op.execute("CREATE TABLE later (id int)")',
		'sa.inspect(op.get_bind()).get_table_names()'),
	five => project_revision('b005', undef, 'sa.inspect(op.get_bind()).get_table_names(); op.execute("CREATE ROLE beyond")',
		'raise ValueError("no way")'));
($status, $stdout, $stderr) = import_alembic(@mixed);
is($status, 1, 'revisions that cannot be imported: exit status 1');
is($stdout, '', 'and no success is claimed');
ok(!-e "$root/mixed.pack", 'nothing is written');
like($stderr, qr/: revision b001 has no way down: NotImplementedError: never$/m, 'an irreversible revision is listed');
like($stderr, qr/: revision b003 cannot be imported: upgrade: relation "gone" does not exist; nor can what comes after: b004$/m,
	'one that fails, and one out of reach behind it');
like($stderr, qr/: revision b005 has no way down: ValueError: no way$/m, 'one whose way down raises an exception');
like($stderr, qr/: revision b005 cannot be imported: upgrade: "CREATE ROLE" would reach beyond the scratch database$/m,
	'one that would change the whole server');
like($stderr, qr/: 3 of 5 revisions cannot be imported/, 'and how many there are');
unlike($stderr, qr/b002/, 'the others are not listed');
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_roles WHERE rolname = 'beyond'}), '0', 'no role was made');
is($node->safe_psql('postgres', $scratch), '0', 'no scratch database is left');

($status, $stdout, $stderr) = import_alembic(@mixed, '--allow-missing');
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

my @outside = new_project("$root/outside", $url, one => project_revision('e001', undef, <<'END' =~ s/\n\z//r, 'pass'));
op.execute("CREATE SEQUENCE tickets")
    with op.get_context().autocommit_block():
        if op.get_bind().execute(sa.text("SELECT last_value FROM tickets")).scalar() == 1:
            op.get_bind().execute(sa.text("SELECT nextval('tickets')"))
END
($status, $stdout, $stderr) = import_alembic(@outside);
is($status, 0, 'a revision that reads outside of a transaction is imported') or diag($stderr);
like(slurp_file("$root/outside.pack/main/0001_e001_revision_e001.sql"),
	qr/ transaction:false\n-- recorded.*\nCREATE SEQUENCE tickets;\nSELECT nextval\('tickets'\);\n\n-- migrate:down/,
	'with the SELECT that writes alone');

# What a revision would do offline is not what counts

my @asking = new_project("$root/asking", $url,
	one => project_revision('aa01', undef,
		'from alembic import context; context.is_offline_mode() or op.execute("CREATE TABLE live (id int)")',
		'assert not op.get_context().as_sql; op.execute("DROP TABLE live")'));
($status, $stdout, $stderr) = import_alembic(@asking);
is($status, 0, 'a revision that asks whether it runs offline is imported') or diag($stderr);
my $asking = slurp_file("$root/asking.pack/main/0001_aa01_revision_aa01.sql");
like($asking, qr/CREATE TABLE live .*DROP TABLE live/s, 'as it runs live');

# A signal leaves nothing behind

my @slow = new_project("$root/slow", $url, one => project_revision('f001', undef,
		'sa.inspect(op.get_bind()); op.execute("SELECT pg_sleep(600)")', 'pass'));
my $slow = start_import(@slow, '--live-only');
wait_for($node, q{SELECT count(*) > 0 FROM pg_stat_activity WHERE query ~ 'pg_sleep' AND datname ~ '^whisper_import'});
$slow->signal('TERM');
$slow->finish;
is($slow->result(0), 130, 'a signal ends a run at once');
is($node->safe_psql('postgres', $scratch), '0', 'and the scratch database goes');
ok(!-e "$root/slow.pack", 'nothing is written');

$node->stop;
done_testing();
