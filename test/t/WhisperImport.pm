package WhisperImport;

# What the tests of tools/whisper-import-alembic share: Alembic projects, and runs of the tool and of Alembic.

use strict;
use warnings FATAL => 'all';

use Exporter qw(import);
use File::Basename qw(dirname);
use IPC::Run ();
use Test::More;
use WhisperTest qw(schema_of write_files);

our @EXPORT_OK = qw(alembic alembic_schema import_alembic need_alembic new_project project_revision start_import url_of);

my $source = dirname(__FILE__) . '/../..';
my $python = '/usr/bin/python3';

# Skips a test where Alembic is not installed.
sub need_alembic
{
	delete $ENV{PYTHONHOME};
	$ENV{PYTHONDONTWRITEBYTECODE} = 1;
	my $found = -x $python && IPC::Run::run([ $python, '-c', 'import alembic, psycopg2' ], '>&', \my $ignored);
	plan skip_all => 'the packages alembic and python3-psycopg2 are not installed' unless $found;
	return;
}

sub url_of
{
	my ($node, $dbname) = @_;
	return sprintf 'postgresql:///%s?host=%s&port=%s', $dbname, $node->host, $node->port;
}

# Alembic itself; the project's env.py connects to where "-x url=…" says.
sub alembic
{
	my ($node, $ini, $dbname, @command) = @_;
	my ($stdout, $stderr) = ('', '');
	my @alembic = ($python, '-m', 'alembic.config', '-c', $ini, '-x', 'url=' . url_of($node, $dbname));
	my $ok = IPC::Run::run([ @alembic, @command ], '>', \$stdout, '2>', \$stderr);
	die "alembic @command failed: $stderr" unless $ok;
	return $stdout;
}

# The schema but for what Alembic keeps in it for itself.
sub alembic_schema
{
	my ($node, $dbname) = @_;
	return join '', grep { !/\A--\n-- Name: (?:alembic_version|alembic_version alembic_version_pkc); / }
	  split /(?=^--\n-- Name: )/m, schema_of($node, $dbname);
}

# (exit status, stdout, stderr) of the tool
sub import_alembic
{
	my (@options) = @_;
	my ($stdout, $stderr) = ('', '');
	IPC::Run::run([ "$source/tools/whisper-import-alembic", @options ], '>', \$stdout, '2>', \$stderr);
	return ($? >> 8, $stdout, $stderr);
}

# The tool, left running.
sub start_import
{
	my (@options) = @_;
	return IPC::Run::start([ "$source/tools/whisper-import-alembic", @options ], '>&', \my $ignored);
}

# The module of a revision
sub project_revision
{
	my ($id, $down, $up, $way_down) = @_;
	return qq{"""revision $id"""\nimport sqlalchemy as sa\nfrom alembic import op\nrevision = "$id"\ndown_revision = }
	  . (defined $down ? qq{"$down"} : 'None') . "\ndef upgrade():\n    $up\n"
	  . (defined $way_down ? "def downgrade():\n    $way_down\n" : '');
}

# The options that import a new project in $folder, which the url is of.
sub new_project
{
	my ($folder, $url, %revisions) = @_;
	write_files($folder, 'alembic.ini' => "[alembic]\nscript_location = %(here)s\nsqlalchemy.url = $url\n",
		'env.py' => "raise Exception('env.py is not run')\n", map { ("versions/$_.py" => $revisions{$_}) } keys %revisions);
	return ('--ini', "$folder/alembic.ini", '--output', "$folder.pack");
}

1;
