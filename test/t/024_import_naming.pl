# tools/whisper-import-alembic: constraints get the names that a convention in the project's env.py gives them.

use strict;
use warnings FATAL => 'all';

use File::Basename qw(dirname);
use IPC::Run ();
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database rows schema_of write_files);

delete $ENV{PYTHONHOME};
$ENV{PYTHONDONTWRITEBYTECODE} = 1;
my $source = dirname(__FILE__) . '/../..';
my $python = '/usr/bin/python3';
my $found = -x $python && IPC::Run::run([ $python, '-c', 'import alembic, psycopg2' ], '>&', \my $ignored);
plan skip_all => 'the packages alembic and python3-psycopg2 are not installed' unless $found;

my $node = new_node('naming');
my $project = PostgreSQL::Test::Utils::tempdir;
my $root = PostgreSQL::Test::Utils::tempdir;
my $url = sprintf 'postgresql:///by_convention?host=%s&port=%s', $node->host, $node->port;

# (exit status, stdout, stderr)
sub import_project
{
	my (@options) = @_;
	my ($stdout, $stderr) = ('', '');
	IPC::Run::run([ "$source/tools/whisper-import-alembic", '--ini', "$project/alembic.ini", @options ],
		'>', \$stdout, '2>', \$stderr);
	return ($? >> 8, $stdout, $stderr);
}

my $environment = <<'END';
import sys
from logging.config import fileConfig
from alembic import context
from sqlalchemy import MetaData, create_engine, pool
fileConfig("nowhere.ini") if context.config.get_main_option("sqlalchemy.url") == "" else None
target_metadata = MetaData(naming_convention={"pk": "pk_%(table_name)s", "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ix": "ix_%(column_0_label)s", "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s"})
def online():
    with create_engine(context.get_x_argument(as_dictionary=True)["url"], poolclass=pool.NullPool).connect() as connection:
        context.configure(connection=connection, target_metadata=target_metadata)
        with context.begin_transaction():
            context.run_migrations()
def offline():
    context.configure(url=context.config.get_main_option("sqlalchemy.url"), target_metadata=target_metadata)
    with context.begin_transaction():
        context.run_migrations()
offline() if context.is_offline_mode() else online()
END
write_files($project, 'env.py' => $environment,
	'alembic.ini' => "[alembic]\nscript_location = %(here)s\nsqlalchemy.url = $url\n", 'versions/one.py' => <<'END');
"""unnamed constraints"""
import sqlalchemy as sa
from alembic import op
revision, down_revision = "d0d1", None
def upgrade():
    op.create_table("parent", sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("code", sa.Text, unique=True, index=True), sa.CheckConstraint("id > 0", name="positive"))
    op.create_table("child", sa.Column("parent", sa.Integer, sa.ForeignKey("parent.id")), sa.Column("a", sa.Integer))
    op.create_unique_constraint(None, "child", ["a"])
def downgrade():
    op.drop_table("child")
    op.drop_table("parent")
END

# The extension is there because pg_dump puts settings into the text of what comes before the tables.
new_database($node, 'by_convention');
my ($stdout, $stderr) = ('', '');
IPC::Run::run([ $python, '-m', 'alembic.config', '-c', "$project/alembic.ini", '-x', "url=$url", 'upgrade', 'head' ],
	'>', \$stdout, '2>', \$stderr) or die "alembic failed: $stderr";
my $conventional = join '', grep { !/\A--\n-- Name: (?:alembic_version|alembic_version alembic_version_pkc); / }
  split /(?=^--\n-- Name: )/m, schema_of($node, 'by_convention');
like($conventional, qr/CONSTRAINT $_ /, "Alembic names it $_")
  for qw(pk_parent uq_child_a ck_parent_positive fk_child_parent_parent);

my $status;
for my $way ([], ['--live-only'])
{
	my $dbname = @$way ? 'live' : 'offline';
	($status, $stdout, $stderr) = import_project('--output', "$root/$dbname", @$way);
	is("$status$stderr", '0', "$dbname: the project is imported");
	new_database($node, $dbname, "$root/$dbname");
	rows($node, $dbname, 'SELECT whisper_upgrade()');
	is(schema_of($node, $dbname), $conventional, "$dbname: with the names that Alembic gives");
}

write_files($project, 'env.py' => "raise SystemExit('never online')\ntarget_metadata = object()\n");
($status, $stdout, $stderr) = import_project('--output', "$root/unnamed");
is($status, 0, 'an env.py that does not run is no obstacle');
like($stderr, qr/env\.py cannot be run, so the naming convention .* is not known: SystemExit: never online$/m,
	'but is told of');

$node->stop;
done_testing();
