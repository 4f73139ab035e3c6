# tools/whisper-import-alembic --from-database: a pack that begins with the schema of a database that Alembic has brought
# to some revision, where the revisions up to that one cannot make it.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;
use WhisperImport qw(alembic alembic_schema import_alembic need_alembic new_project project_revision url_of);
use WhisperTest qw(error_of new_node new_database rows schema_of write_files);

need_alembic();
my $node = new_node('from_database');
my $root = PostgreSQL::Test::Utils::tempdir;
my ($status, $stdout, $stderr);

# A branch from the first revision, and one from the second, are not applied in production.
my $sql = sub { return 'op.execute("' . shift . '")' };
my $labelled = sub { my ($text, %with) = @_; return $text . join '', map { "$_ = $with{$_}\n" } sort keys %with };
my @project = new_project("$root/shop", 'postgresql://nowhere.invalid/shop',
	one => $labelled->(project_revision('a1', undef, 'pass', 'pass'), branch_labels => '("shop", "goods")'),
	two => project_revision('a2', 'a1', $sql->('ALTER TABLE goods ADD COLUMN price numeric'), 'pass'),
	three => project_revision('a3', 'a2', 'op.get_bind().execute(sa.text("SELECT price FROM goods")).all(); '
		  . $sql->('ALTER TABLE goods ADD COLUMN cents int'), $sql->('ALTER TABLE goods DROP COLUMN cents')),
	four => project_revision('a4', 'a3', $sql->('CREATE VIEW cheap AS SELECT * FROM goods WHERE cents < 100')),
	side => $labelled->(project_revision('b1', 'a1', $sql->('CREATE TABLE notes (good int REFERENCES goods)'),
			$sql->('DROP TABLE notes')), branch_labels => '"side"'),
	other => project_revision('c1', 'a2', $sql->('CREATE TABLE carts (id int)'), $sql->('DROP TABLE carts')),
	apart => $labelled->(project_revision('d1', undef, $sql->('CREATE SCHEMA apart'), $sql->('DROP SCHEMA apart')),
		depends_on => '("goods", "a3")'),
	merge => project_revision('m1', 'x', 'pass', 'pass') =~ s/"x"/("a4", "c1")/r);
my $ini = $project[1];
my @heads = qw(b1 d1 m1);
write_files("$root/shop", 'env.py' => <<'END');
from alembic import context
from sqlalchemy import create_engine, pool
with create_engine(context.get_x_argument(as_dictionary=True)["url"], poolclass=pool.NullPool).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
END

# Production: a file of SQL, then the first revision is stamped, and one more is applied.
my $goods = <<'END';
CREATE EXTENSION pg_trgm;
CREATE TYPE colour AS ENUM ('red', '100% green');
CREATE TABLE goods (id serial PRIMARY KEY, name text NOT NULL DEFAULT E'a\tb; -- no comment', colour colour);
CREATE INDEX ON goods USING gin (name gin_trgm_ops);
COMMENT ON TABLE goods IS $$what it's called$$;
CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql AS 'SELECT $1 * 2';
INSERT INTO goods (name) VALUES ('spoon');
END
$node->safe_psql('postgres', 'CREATE ROLE keeper');
for my $dbname ('production', 'by_alembic')
{
	new_database($node, $dbname);
	$node->safe_psql($dbname, "$goods; GRANT SELECT ON goods TO keeper; ALTER FUNCTION twice(int) OWNER TO keeper");
	alembic($node, $ini, $dbname, 'stamp', 'a1');
	alembic($node, $ini, $dbname, 'upgrade', 'a2');
}
alembic($node, $ini, 'by_alembic', 'upgrade', 'heads');
my $before = schema_of($node, 'production');

# From the empty database, none of it can be made.
($status, $stdout, $stderr) = import_alembic(@project, '--database', url_of($node, 'postgres'));
is($status, 1, 'without the schema, the project cannot be imported');
like($stderr, qr/: revision a3 cannot be imported: revision a2 fails in the scratch database: relation "goods" does not/,
	'as its revisions begin nowhere');

my @from = (@project, '--from-database', url_of($node, 'production'));
($status, $stdout, $stderr) = import_alembic(@from);
is($status, 0, 'with the schema it can') or diag($stderr);
is($stderr, qq{whisper-import-alembic: revision a4 has no way down: no downgrade()\n}, 'and nothing is missing');
like($stdout, qr/^7 revisions written .*\nthe first makes the schema of database "production", which stands at a2$/m,
	'as many as there are from there on');
is(schema_of($node, 'production'), $before, 'production is only read');
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_database WHERE datname ~ '^whisper_import'}), '0',
	'no scratch database is left');
my ($baseline) = glob "$root/shop.pack/main/0001_a2_*";
my $text = slurp_file($baseline);
unlike($text, qr/alembic_version|whisper_migrate|keeper|spoon|migrate:down/, 'the schema has no rows, owners, rights, ways back');

# A new database: the same schema as production will have
new_database($node, 'fresh', "$root/shop.pack");
is(rows($node, 'fresh', q{SELECT revision, down_revisions, depends_on, branch_labels, message
	FROM whisper_history() ORDER BY 1}), <<'END' =~ s/\n\z//r, 'what was before the baseline is part of it');
a2|{}|{}|{goods,shop}|baseline: revision a2
a3|{a2}|{}|{}|revision a3
a4|{a3}|{}|{}|revision a4
b1|{}|{a2}|{side}|revision b1
c1|{a2}|{}|{}|revision c1
d1|{}|{a2,a3}|{}|revision d1
m1|{a4,c1}|{}|{}|revision m1
END
rows($node, 'fresh', q{SELECT whisper_upgrade('heads')});
my $upgraded = alembic_schema($node, 'fresh');
$node->safe_psql('by_alembic', 'REVOKE ALL ON goods FROM keeper; ALTER FUNCTION twice(int) OWNER TO CURRENT_USER');
is($upgraded, alembic_schema($node, 'by_alembic'), 'upgraded, a new database has the schema of Alembic');
is(rows($node, 'fresh', q{SELECT string_agg(revision, ' ' ORDER BY revision) FROM whisper_heads()}), "@heads", 'and its heads');
like(error_of($node, 'fresh', q{SELECT whisper_downgrade('base', allow_data_loss => true)}), qr/^WM015: /,
	'the baseline has no way down');

# Production itself goes on from where it is.
$node->safe_psql('production', "ALTER DATABASE production SET whisper_migrate.script_location = '$root/shop.pack'");
is(rows($node, 'production', q{SELECT revision FROM whisper_stamp('a2')}), 'a2', 'production is stamped');
is(rows($node, 'production', q{SELECT string_agg(revision, ' ' ORDER BY revision) FROM whisper_upgrade('heads')}),
	'a3 a4 b1 c1 d1 m1', 'and upgraded with what comes after');
is(rows($node, 'production', q{SELECT name, price, cents FROM goods}), 'spoon||', 'its rows are as they were');

# A database with several heads
$node->safe_psql('postgres', 'CREATE DATABASE several TEMPLATE by_alembic');
$node->safe_psql('several', q{DROP SCHEMA apart; DROP VIEW cheap; ALTER TABLE goods DROP cents;
	DELETE FROM alembic_version; INSERT INTO alembic_version VALUES ('a1'), ('a2'), ('b1'), ('c1')});
($status, $stdout, $stderr) = import_alembic(@project[ 0, 1 ], '--output', "$root/several",
	'--from-database', url_of($node, 'several'), '--database', url_of($node, 'postgres'));
is($status, 0, 'a database with several heads') or diag($stderr);
new_database($node, 'again', "$root/several");
is(rows($node, 'again', q{SELECT revision, down_revisions, depends_on, branch_labels FROM whisper_history() ORDER BY 1}),
	<<'END' =~ s/\n\z//r, 'each of them is a head of the baseline');
a3|{}|{c1}|{}
a4|{a3}|{}|{}
b1|{}|{}|{goods,shop,side}
c1|{}|{b1}|{}
d1|{}|{b1,a3}|{}
m1|{a4,c1}|{}|{}
END
rows($node, 'again', q{SELECT whisper_upgrade('heads')});
is(alembic_schema($node, 'again'), $upgraded, 'and the same schema comes of it');

# What is in the way
$node->safe_psql('postgres', "CREATE DATABASE $_") for qw(empty lost);
$node->safe_psql('lost', q{CREATE TABLE alembic_version (version_num text); INSERT INTO alembic_version VALUES ('zz')});
for my $case (
	[ 'a database without Alembic', 'empty', qr/database "empty" stands at no revision of Alembic; "alembic stamp" records/ ],
	[ 'a revision of another project', 'lost', qr/database "lost" stands at "zz", which the project does not have/ ],
	[ 'no such database', 'gone', qr/cannot read database "gone": .*database "gone" does not exist/ ])
{
	my ($name, $dbname, $pattern) = @$case;
	($status, $stdout, $stderr) =
	  import_alembic(@project[ 0, 1 ], '--output', "$root/none", '--from-database', url_of($node, $dbname));
	is($status, 2, "$name: exit status 2");
	like($stderr, $pattern, "$name: a message");
	ok(!-e "$root/none", "$name: nothing is written");
}

$node->stop;
done_testing();
