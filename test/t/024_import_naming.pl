# tools/whisper-import-alembic: constraints get the names that a convention in the project's env.py gives them.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;
use WhisperImport qw(alembic alembic_schema import_alembic need_alembic url_of);
use WhisperTest qw(new_node new_database rows schema_of write_files);

need_alembic();
my $node = new_node('naming');
my $project = PostgreSQL::Test::Utils::tempdir;
my $root = PostgreSQL::Test::Utils::tempdir;
my $url = url_of($node, 'by_convention');
my ($status, $stdout, $stderr);

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
alembic($node, "$project/alembic.ini", 'by_convention', 'upgrade', 'head');
my $conventional = alembic_schema($node, 'by_convention');
like($conventional, qr/CONSTRAINT $_ /, "Alembic names it $_")
  for qw(pk_parent uq_child_a ck_parent_positive fk_child_parent_parent);

for my $way ([], ['--live-only'])
{
	my $dbname = @$way ? 'live' : 'offline';
	($status, $stdout, $stderr) = import_alembic('--ini', "$project/alembic.ini", '--output', "$root/$dbname", @$way);
	is("$status$stderr", '0', "$dbname: the project is imported");
	new_database($node, $dbname, "$root/$dbname");
	rows($node, $dbname, 'SELECT whisper_upgrade()');
	is(schema_of($node, $dbname), $conventional, "$dbname: with the names that Alembic gives");
}

write_files($project, 'env.py' => "raise SystemExit('never online')\ntarget_metadata = object()\n");
($status, $stdout, $stderr) = import_alembic('--ini', "$project/alembic.ini", '--output', "$root/unnamed");
is($status, 0, 'an env.py that does not run is no obstacle');
like($stderr, qr/env\.py cannot be run, so the naming convention .* is not known: SystemExit: never online$/m,
	'but is told of');

$node->stop;
done_testing();
