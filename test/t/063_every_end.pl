# Wherever text of somebody's runs, not only in sections: in batches and the queries for their keys, over the history
# tables of other tools, in what a repair brings back, in verify sections. It runs with the rights of its author, and
# nothing of it runs or stays afterwards.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node set_location rows raises);

my $node = new_node('every_end');
$node->safe_psql('postgres', 'CREATE ROLE deployer LOGIN');
my $is_super = q{SELECT rolsuper FROM pg_roles WHERE rolname = 'deployer'};

# What the deployer has written beforehand: a function that takes what rights it can get and sets what it likes, one
# that leaves something behind for others to find, and one that writes a row whose trigger waits for COMMIT.
my $tricks = q{
	CREATE FUNCTION tricks.grab() RETURNS boolean LANGUAGE plpgsql AS $$
	BEGIN PERFORM set_config('search_path', 'tricks', false); PERFORM set_config('role', 'none', true);
		ALTER ROLE deployer SUPERUSER; RETURN true;
	EXCEPTION WHEN insufficient_privilege THEN PERFORM set_config('search_path', 'tricks', false); RETURN true; END $$;
	CREATE FUNCTION tricks.leave() RETURNS boolean LANGUAGE plpgsql AS $$
	BEGIN CREATE OR REPLACE FUNCTION pg_temp.count(text) RETURNS int LANGUAGE sql AS 'SELECT 1'; RETURN true; END $$;
	CREATE TABLE tricks.later (a int); CREATE TABLE tricks.fired (at text);
	CREATE FUNCTION tricks.fires() RETURNS trigger LANGUAGE plpgsql AS $$
	BEGIN INSERT INTO tricks.fired VALUES (current_user); RETURN NULL; END $$;
	CREATE CONSTRAINT TRIGGER waits AFTER INSERT ON tricks.later DEFERRABLE INITIALLY DEFERRED
		FOR EACH ROW EXECUTE FUNCTION tricks.fires();
	CREATE FUNCTION tricks.wait() RETURNS boolean LANGUAGE plpgsql AS $$
	BEGIN INSERT INTO tricks.later VALUES (1); RETURN true; END $$};

$node->safe_psql('postgres', 'CREATE DATABASE every TEMPLATE template0');
$node->safe_psql('every', 'CREATE EXTENSION whisper_migrate;
	GRANT EXECUTE ON FUNCTION whisper_register, whisper_upgrade, whisper_repair, whisper_rebuild TO deployer;
	GRANT EXECUTE ON PROCEDURE whisper_deploy TO deployer;
	CREATE SCHEMA tricks AUTHORIZATION deployer; CREATE SCHEMA dep AUTHORIZATION deployer');
sub as_deployer
{
	my ($dbname, $sql) = @_;
	return $node->safe_psql($dbname, $sql, extra_params => [ '-U', 'deployer' ]);
}
as_deployer('every', $tricks);

my $databases = 0;
sub deployers_database
{
	my ($setup) = @_;
	my $dbname = 'every' . ++$databases;
	$node->safe_psql('postgres', "CREATE DATABASE $dbname TEMPLATE every OWNER deployer");
	set_location($node, $dbname, '');
	# In a session of his own he may do what he likes.
	as_deployer($dbname, "SET client_min_messages = warning; $setup");
	return $dbname;
}
sub register
{
	my ($id, $text, $after) = @_;
	$after //= 'base';
	return "SELECT whisper_register(\$text\$-- revision: $id\n-- down_revision: $after\n-- migrate:up\n$text\n-- migrate:down\n\$text\$);";
}

sub ends_well
{
	my ($name, $dbname, $trick, $call) = @_;
	if ($trick eq 'wait')   # in the author's own session: what waits is done when the call is
	{
		my $block = $call =~ /^CALL/ ? $call : "BEGIN; $call";
		like(as_deployer($dbname, "SET client_min_messages = warning; $block; SELECT 'fired: ' || count(*) > 'fired: 0' FROM tricks.fired"),
			qr/^t\z/m, "$name: what waits for COMMIT has run");
		return;
	}
	# In a superuser's session that has become the author
	my (undef, $stdout, $stderr) = $node->psql($dbname, "SET client_min_messages = error;\nSET ROLE deployer;\n$call;\nRESET ROLE;\n"
		  . q{SELECT 'left: ' || count(*) FROM pg_catalog.pg_depend WHERE refclassid = 'pg_namespace'::regclass
			AND refobjid = pg_my_temp_schema(); SHOW search_path}, on_error_stop => 0);
	like($stdout, qr/left: 0\n"\$user", public\z/, "$name: nothing stays of $trick()") or diag($stderr);
	like($stderr, $trick eq 'leave' ? qr/ERROR:  the migration leaves temporary objects behind/ : qr/\A\z/, "$name: it ends well");
	is(rows($node, $dbname, $is_super), 'f', "$name: nobody became a superuser by $trick()");
	$node->safe_psql('postgres', 'ALTER ROLE deployer NOSUPERUSER');
	return;
}

for my $trick (qw(grab leave wait))
{
	my $batch = "-- migrate:batch table=dep.big key=id\nUPDATE dep.big SET b = %s WHERE id BETWEEN :batch_start AND :batch_end;";
	my $big = 'CREATE TABLE dep.big (id int PRIMARY KEY, b boolean); INSERT INTO dep.big SELECT i, false FROM generate_series(1, 10) i;';

	# The statement of a batch, and the queries for its keys
	my $dbname = deployers_database($big . register('batch1', sprintf($batch, "tricks.$trick()")));
	ends_well('a batch', $dbname, $trick, 'CALL whisper_deploy()');
	$dbname = deployers_database("$big ALTER TABLE dep.big ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
		CREATE POLICY p ON dep.big USING (tricks.$trick());" . register('batch1', sprintf($batch, 'true')));
	ends_well('the key of a batch', $dbname, $trick, 'CALL whisper_deploy()');

	# A constant is made as the statement is parsed.
	$dbname = deployers_database("$big CREATE DOMAIN dep.d AS int CHECK (tricks.$trick());"
		  . register('batch1', sprintf($batch, q{'{1}'::dep.d[] IS NOT NULL})));
	ends_well('a constant of a batch', $dbname, $trick, 'CALL whisper_deploy()');

	# The history tables of other tools
	for my $table ('alembic_version (version_num text)', 'schema_migrations (version text PRIMARY KEY)')
	{
		my $name = $table =~ s/ .*//r;
		$dbname = deployers_database("CREATE TABLE public.$table;
			CREATE FUNCTION tricks.does() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM tricks.$trick(); RETURN NEW; END';
			CREATE TRIGGER t BEFORE INSERT ON public.$name FOR EACH ROW EXECUTE FUNCTION tricks.does();"
			  . register('made1', 'SELECT 1;'));
		$node->safe_psql('postgres', "ALTER DATABASE $dbname SET whisper_migrate.sync_alembic_version = on");
		$node->safe_psql('postgres', "ALTER DATABASE $dbname SET whisper_migrate.sync_history = on");
		ends_well("table $name", $dbname, $trick, 'SELECT count(*) FROM whisper_upgrade()');
	}

	# What a repair brings back: a part of a table that has rows, and a whole table
	$dbname = deployers_database(register('made1', "CREATE TABLE dep.t (a int, b boolean DEFAULT tricks.$trick());")
		  . 'SELECT whisper_upgrade(); INSERT INTO dep.t VALUES (1, true); ALTER TABLE dep.t DROP b');
	ends_well('a part that a repair brings back', $dbname, $trick, q{SELECT whisper_repair('made1')});
	is(rows($node, $dbname, 'SELECT b FROM dep.t'), 't', 'and it is back') if $trick eq 'grab';
	$dbname = deployers_database(register('made1', "CREATE TABLE dep.made AS SELECT tricks.$trick() AS b;")
		  . 'SELECT whisper_upgrade(); DROP TABLE dep.made');
	ends_well('a table that a repair brings back', $dbname, $trick, q{SELECT whisper_repair('made1')});

	# Everything dropped, and up again
	$dbname = deployers_database(register('made1', "CREATE TABLE dep.made AS SELECT tricks.$trick() AS b;") . 'SELECT whisper_upgrade()');
	ends_well('what a rebuild runs', $dbname, $trick, "SELECT count(*) FROM whisper_rebuild(confirm => '$dbname')");
}

# A repair keeps the guards of an upgrade: other tiers' tables, rows, the extension.
$node->safe_psql('postgres', 'CREATE DATABASE guarded TEMPLATE every');
set_location($node, 'guarded', '');
rows($node, 'guarded', q{
	CREATE TABLE tricks.todo (sql text);
	CREATE FUNCTION tricks.todo() RETURNS boolean LANGUAGE plpgsql AS $$ DECLARE t text; BEGIN
		FOR t IN SELECT sql FROM tricks.todo LOOP EXECUTE t; END LOOP; RETURN true; END $$;
	SELECT whisper_register(E'-- revision: other1\n-- migrate:up\nCREATE TABLE dep.theirs (a int);\n-- migrate:down\n', 'other');
	SELECT whisper_register(E'-- revision: made1\n-- migrate:up\nCREATE TABLE dep.made AS SELECT tricks.todo() AS b;\n'
		|| E'CREATE TABLE dep.part (a int, b boolean DEFAULT tricks.todo());\n-- migrate:down\n', 'main');
	SELECT whisper_upgrade('heads');
	CREATE TABLE rows_of_mine AS SELECT 1 AS a; INSERT INTO dep.part VALUES (1)});
for my $lost ('DROP TABLE dep.made', 'ALTER TABLE dep.part DROP b')
{
	for my $case (
		[ 'ALTER TABLE dep.theirs ADD b int', 'WM013', qr/revision "made1" of tier "main" alters table "dep\.theirs"/ ],
		[ 'DROP TABLE rows_of_mine', 'WM012', qr/the repair would lose data\nDETAIL:  table "public\.rows_of_mine": 1 row/ ],
		[ 'DROP EXTENSION whisper_migrate CASCADE', '55006', qr/./ ],
		[ q{SELECT whisper_stamp('base')}, '55006', qr/cannot run migrations from within a migration/ ])
	{
		my ($sql, $sqlstate, $pattern) = @$case;
		next if $lost =~ /part/ && $sqlstate eq '55006';   # it ends the rehearsal, so that no part is looked at
		raises($node, 'guarded', qq{BEGIN; $lost; INSERT INTO tricks.todo VALUES (\$x\$$sql\$x\$); SELECT whisper_repair('made1')},
			$sqlstate, "a repair after $lost: no $sql", $pattern);
	}
}

# Names of a printed definition are those of pg_catalog, whatever comes first in the caller's search_path.
$node->safe_psql('postgres', 'CREATE DATABASE named TEMPLATE every');
set_location($node, 'named', '');
is(rows($node, 'named', q{CREATE SCHEMA shadow; CREATE FUNCTION shadow.lower(text) RETURNS text LANGUAGE sql AS $$ SELECT 'shadow' $$;
	SELECT whisper_register(E'-- revision: named1\n-- migrate:up\n'
		|| E'CREATE TABLE dep.named (a int, b text DEFAULT lower($$X$$));\n-- migrate:down\n');
	SELECT revision FROM whisper_upgrade(); INSERT INTO dep.named VALUES (1); ALTER TABLE dep.named DROP b;
	SET search_path = shadow, pg_catalog, public;
	SELECT detail FROM public.whisper_repair('named1'); SELECT b FROM dep.named}), "named1\nnamed1\ncolumn dep.named.b\nx",
	'a repair means what the definition means');

# Verify sections and the checks of a pack are undone, and what they set is.
rows($node, 'guarded', q{
	SELECT whisper_register(E'-- revision: seen1\n-- down_revision: made1\n-- migrate:up\n-- migrate:down\n-- migrate:verify\n'
		|| E'SET search_path = tricks; SET CONSTRAINTS ALL DEFERRED; DECLARE c CURSOR FOR SELECT 1;\n'
		|| E'SELECT set_config($$whisper_migrate.profile$$, $$x$$, false) IS NOT NULL;\n', 'main');
	SELECT whisper_upgrade('main@head');
	INSERT INTO whisper.pack_check SELECT 'check', '', sql, 1, 'verify/check.sql', 0, 0 FROM (SELECT verify_sql AS sql
		FROM whisper.revision WHERE revision = 'seen1') v});
is(rows($node, 'guarded', q{BEGIN; SELECT check_name, ok FROM whisper_verify() WHERE check_name IN ('check', 'verify section')
		ORDER BY 1, 2;
	SHOW search_path; SHOW whisper_migrate.profile; SELECT count(*) FROM pg_cursors WHERE name = 'c'; COMMIT}),
	qq{check|t\nverify section|t\n"\$user", public\n\n0}, 'verify sections leave no settings and no cursors');

$node->stop;
done_testing();
