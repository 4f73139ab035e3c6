# tools/whisper-import-alembic: what has no way down, what cannot be imported, and what is in the tool's way.

use strict;
use warnings FATAL => 'all';

use File::Basename qw(dirname);
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperImport qw(import_alembic need_alembic new_project project_revision url_of);
use WhisperTest qw(error_of new_node new_database rows write_files);

need_alembic();
my $node = new_node('refused');
my $project = dirname(__FILE__) . '/../data/alembic_project';
my $root = PostgreSQL::Test::Utils::tempdir;
my $url = url_of($node, 'anything');
my ($status, $stdout, $stderr);

# Irreversible by design is no reason to stop, however it is said; each way of saying it is listed once

my $up = 'op.execute("SELECT 1")';
my @oneway = new_project("$root/oneway", $url,
	one => project_revision('c001', undef, 'pass', 'raise NotImplementedError()'),
	two => project_revision('c002', 'c001', 'pass'),
	three => project_revision('c003', 'c002', 'sa.inspect(op.get_bind()).get_table_names()') . "downgrade = None\n",
	four => project_revision('c004', 'c003', $up, 'raise RuntimeError("there is no way back")'),
	five => project_revision('c005', 'c004', $up, "with op.get_context().autocommit_block():\n        assert False, 'nor here'"),
	six => project_revision('c006', 'c005', $up, 'import sys; sys.exit("not today")'),
	seven => project_revision('c007', 'c006', $up, 'from lib.ways import one_way; one_way()'),
	eight => project_revision('c008', 'c007', $up, 'sa.inspect(op.get_bind()).get_table_names(); raise RuntimeError("looked")'));
write_files("$root/oneway", 'lib/ways.py' => qq{def one_way(): raise LookupError("from the library")\n});
local $ENV{PYTHONPATH} = "$root/oneway";
($status, $stdout, $stderr) = import_alembic(@oneway);
is($status, 0, 'irreversible revisions: exit status 0') or diag($stderr);
is($stderr =~ s/^whisper-import-alembic: //gmr, <<'END', 'but they are listed');
revision c001 has no way down: NotImplementedError
revisions c002, c003 have no way down: no downgrade()
revision c004 has no way down: RuntimeError: there is no way back
revision c005 has no way down: AssertionError: nor here
revision c006 has no way down: SystemExit: not today
revision c007 has no way down: LookupError: from the library
revision c008 has no way down: RuntimeError: looked
END
new_database($node, 'oneway', "$root/oneway.pack");
is(rows($node, 'oneway', q{SELECT count(*), sum(statements) FROM whisper_upgrade()}), '8|5', 'the pack is upgraded');
like(error_of($node, 'oneway', q{SELECT whisper_downgrade('-1')}), qr/^WM015: revision "c008" has no way down$/m,
	'and has no way down');
($status, $stdout, $stderr) = import_alembic(@oneway[ 0, 1 ], '--output', "$root/oneway.live", '--live-only');
is($status, 0, '--live-only: irreversible, too') or diag($stderr);
is(scalar(() = $stderr =~ /have? no way down|has no way down/g), 7, 'and each way of saying it is listed once');

# An exception that nobody decided on is a failure; several with the same cause are listed once

my $reads = 'op.get_bind().execute(sa.text("SELECT 1 WHERE false"))';
my @failing = new_project("$root/failing", $url,
	one => project_revision('d101', undef, $up, "rows = $reads.all(); print(rows[0])"),
	two => project_revision('d102', 'd101', $up, 'print(sa.Table.nothing)'),
	three => project_revision('d103', 'd102', $up, "try: op.get_bind().execute(sa.text('SELECT 1 FROM nowhere')).all()\n"
		  . "    except Exception as error: raise RuntimeError('failed') from error"),
	four => project_revision('d104', 'd103', "$reads; op.get_bind().execute(sa.text('SELECT 1/0'))", 'pass'),
	five => project_revision('d105', 'd104', "$reads.all()", "$reads.all()"),
	six => project_revision('d106', 'd105', "$reads.all()", "$reads.all()"),
	seven => project_revision('d107', undef, "$reads.all(); op.get_bind().execute(sa.text('SELECT 1/0'))", 'pass'),
	eight => project_revision('d108', undef, "$reads.all(); op.get_bind().execute(sa.text('SELECT 1/0'))", 'pass'),
	nine => project_revision('d109', 'd108', "$reads.all()", "$reads.all()"));
($status, $stdout, $stderr) = import_alembic(@failing);
is($status, 1, 'exceptions that nobody decided on: exit status 1');
$stderr =~ s/^whisper-import-alembic: //gm;
$stderr =~ s/d108, d107/d107, d108/;   # Alembic releases differ in which branch comes first
is(join('', sort split /^/, $stderr), <<'END', 'each cause is listed once');
8 of 9 revisions cannot be imported, nothing is written; --allow-missing leaves them out
revision d101 cannot be imported: downgrade: IndexError: list index out of range
revision d102 cannot be imported: downgrade: AttributeError: type object 'Table' has no attribute 'nothing'
revision d103 cannot be imported: downgrade: RuntimeError: failed
revisions d105, d106 cannot be imported: revision d104 fails in the scratch database: division by zero
revisions d107, d108 cannot be imported: upgrade: division by zero; nor can what comes after: d109
END

# What is in the way

my @named = new_project("$root/named", $url, one => project_revision('head', undef, 'pass', 'pass'));
my @broken = new_project("$root/broken", $url, one => "import nowhere\n");
my @nothing = new_project("$root/nothing", $url, 'readme' => '');
unlink "$root/nothing/versions/readme.py" or die;
my $needs_server = project_revision('d001', undef, 'sa.inspect(op.get_bind()).get_table_names()', 'pass');
my @unreachable = (new_project("$root/unreachable", $url, one => $needs_server),
	'--database', "postgresql:///x?host=$root&port=1");
my @serverless = ('--ini', "$project/alembic.ini", '--output', "$root/serverless.pack", '--live-only');
my @sqlite = (new_project("$root/sqlite", $url, one => $needs_server), '--database', 'sqlite://');
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
	($status, $stdout, $stderr) = import_alembic(@arguments);
	is($status, 2, "$name: exit status 2");
	like($stderr, $pattern, "$name: a message");
	unlike($stderr, qr/Traceback/, "$name: no traceback");
}
($status, $stdout) = import_alembic('--help');
is($status, 0, '--help works');
like($stdout, qr/exit status:\n  0 .*\n  1 .*\n  2 /, 'and documents the exit status');

$node->stop;
done_testing();
