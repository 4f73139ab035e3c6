# Nothing of a migration's text runs, or stays, after the end of its section: triggers that wait for COMMIT, cursors,
# prepared statements, temporary objects. Neither rights nor guards are passed by.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database rows error_of raises);

my $node = new_node('section_end');
$node->safe_psql('postgres', q{
	CREATE ROLE deployer LOGIN});
my $is_super = q{SELECT rolsuper FROM pg_roles WHERE rolname = 'deployer'};

# A database in which the deployer may do what a deploy needs, and an empty schema of his own.
my $databases = 0;
sub deployers_database
{
	my $dbname = 'end' . ++$databases;
	new_database($node, $dbname, '');
	$node->safe_psql($dbname, q{
		GRANT EXECUTE ON FUNCTION whisper_revision, whisper_register, whisper_upgrade, whisper_downgrade TO deployer;
		GRANT EXECUTE ON PROCEDURE whisper_deploy TO deployer;
		CREATE SCHEMA dep AUTHORIZATION deployer});
	return $dbname;
}

# The deployer's text, run in a superuser's session that has become the deployer.
sub runs_confined
{
	my ($name, $sql, @setup) = @_;
	my $dbname = deployers_database();
	rows($node, $dbname, join ';', 'SET SESSION AUTHORIZATION deployer', @setup,
		"SELECT whisper_revision('tricky', \$text\$$sql\$text\$, '', revision_id => 'tricky1')");
	for my $call ('SELECT count(*) FROM whisper_upgrade()', 'CALL whisper_deploy()')
	{
		my ($status, $stdout, $stderr) = $node->psql($dbname, "SET ROLE deployer;\n$call;\nRESET ROLE");
		is(rows($node, $dbname, $is_super), 'f', "$name: nobody became a superuser by $call");
		$node->safe_psql($dbname, 'ALTER ROLE deployer NOSUPERUSER');
	}
	return $dbname;
}

my $grab = q{CREATE FUNCTION dep.grab() RETURNS boolean LANGUAGE plpgsql AS $$
	BEGIN PERFORM set_config('role', 'none', true); ALTER ROLE deployer SUPERUSER; RETURN true;
	EXCEPTION WHEN OTHERS THEN RETURN true; END $$};
my $later = q{CREATE FUNCTION dep.later() RETURNS trigger LANGUAGE plpgsql AS $$
	BEGIN PERFORM dep.grab(); RETURN NULL; END $$};
my $trigger = q{CREATE CONSTRAINT TRIGGER waits AFTER INSERT ON dep.t DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW EXECUTE FUNCTION dep.later()};

runs_confined('a deferred trigger', "CREATE TABLE dep.t (a int); $trigger; INSERT INTO dep.t VALUES (1)", $grab, $later);
runs_confined('SET CONSTRAINTS', "CREATE TABLE dep.t (a int); @{[$trigger =~ s/INITIALLY DEFERRED//r]};
	SET CONSTRAINTS ALL DEFERRED; INSERT INTO dep.t VALUES (1)", $grab, $later);
runs_confined('a holdable cursor', 'DECLARE c CURSOR WITH HOLD FOR SELECT dep.grab()', $grab);
runs_confined('a holdable cursor in a block', q{DO $$ BEGIN EXECUTE 'DECLARE c CURSOR WITH HOLD FOR SELECT dep.grab()'; END $$},
	$grab);
my $batched = deployers_database();
rows($node, $batched, qq{SET SESSION AUTHORIZATION deployer; $grab;
	CREATE TABLE dep.big (id int PRIMARY KEY, b int); INSERT INTO dep.big SELECT i, i FROM generate_series(1, 10) i;
	ALTER TABLE dep.big ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
	CREATE POLICY p ON dep.big USING (dep.grab());
	SELECT whisper_register(\$text\$-- revision: batch1
-- migrate:up
-- migrate:batch table=dep.big key=id
UPDATE dep.big SET b = 1 WHERE id BETWEEN :batch_start AND :batch_end;
-- migrate:down
\$text\$)});
$node->psql($batched, "SET ROLE deployer;\nCALL whisper_deploy();");
is(rows($node, $batched, $is_super), 'f', 'the policy of a batch\'s table: nobody became a superuser');
is(rows($node, $batched, 'SET row_security = on; SELECT count(*) FROM dep.big WHERE b = 1'), '10', 'and the batch has run');

# What would stay in the session for somebody else to meet
for my $left (
	[ 'temporary view', 'CREATE TEMP VIEW users AS SELECT dep.grab() AS a', qr/^42501: .*temporary/ ],
	[ 'temporary table', 'CREATE TEMP TABLE users (a int)', qr/^42501: .*temporary/ ],
	[ 'temporary type', q{CREATE TYPE pg_temp.kind AS ENUM ('a')}, qr/^(?:42501: .*temporary|0A000: the migration leaves temporary objects behind)/ ],
	[ 'temporary function', q{CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS 'SELECT 1'},
		qr/^0A000: the migration leaves temporary objects behind/ ],
	[ 'prepared statement', 'PREPARE users AS SELECT dep.grab()', qr/^42501: cannot execute PREPARE/ ],
	[ 'channel', 'LISTEN users', qr/^42501: cannot execute LISTEN/ ])
{
	my ($what, $sql, $expected) = @$left;
	my $dbname = deployers_database();
	rows($node, $dbname, "SET SESSION AUTHORIZATION deployer; $grab;
		SELECT whisper_revision('leaves', \$text\$$sql\$text\$, '', revision_id => 'leaves1')");
	like(error_of($node, $dbname, 'SET ROLE deployer; SELECT whisper_upgrade()'), $expected, "no $what of confined text");
	is($node->safe_psql($dbname, 'SELECT revision FROM whisper_upgrade()', extra_params => [ '-U', 'deployer' ]), 'leaves1',
		"a $what in its author's own session");
}
my $cursor = deployers_database();
rows($node, $cursor, "SET SESSION AUTHORIZATION deployer; $grab;
	SELECT whisper_revision('opens', 'DECLARE c CURSOR FOR SELECT dep.grab()', '', revision_id => 'opens1')");
is(rows($node, $cursor, 'BEGIN; DECLARE mine CURSOR FOR SELECT 1; SET ROLE deployer; SELECT revision FROM whisper_upgrade();
	SELECT name FROM pg_cursors WHERE NOT is_holdable ORDER BY 1; COMMIT'), "opens1\nmine",
	'a cursor of confined text is closed, and nobody else\'s');

# The guards see what waits for COMMIT: rows, other tiers' tables, settings, the engine's own functions.

my $guarded = 'guarded';
new_database($node, $guarded, '');
rows($node, $guarded, q{
SELECT whisper_register(E'-- revision: o1\n-- migrate:up\nCREATE TABLE theirs (a int); INSERT INTO theirs VALUES (1);\n-- migrate:down\nDROP TABLE theirs;\n', 'other');
SELECT whisper_register($r$-- revision: m1
-- migrate:up
CREATE TABLE t (a int); INSERT INTO t SELECT generate_series(1, 1000);
CREATE TABLE trig (what text);
CREATE FUNCTION later() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN EXECUTE NEW.what; RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER waits AFTER INSERT ON trig DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION later();
-- migrate:down
DROP TABLE trig;
DROP FUNCTION later();
DROP TABLE t;
$r$, 'main');
SELECT whisper_upgrade('heads')});
my $number = 0;
sub waits_for
{
	my ($up, $down) = map { s/'/''/gr } @_;
	my $id = 'wait' . ++$number;
	rows($node, $guarded, qq{SELECT whisper_revision('waits', \$text\$INSERT INTO trig VALUES ('$up')\$text\$,
		\$text\$INSERT INTO trig VALUES ('$down')\$text\$, tier => 'main', revision_id => '$id')});
	return $id;
}

my $id = waits_for('SELECT 1', 'DROP TABLE t');
is(rows($node, $guarded, q{SELECT revision FROM whisper_upgrade('main@head')}), $id, 'a trigger that waits, up');
raises($node, $guarded, qq{SELECT whisper_downgrade('main\@-1')}, 'WM013', 'a trigger that waits drops what is not the revision\'s',
	qr/would drop table "public\.t"/);
rows($node, $guarded, qq{SELECT whisper_stamp('m1,o1', purge => true); DELETE FROM whisper.revision WHERE revision = '$id'});
for my $case (
	[ 'DROP TABLE theirs', 'WM013', qr/drops table "public\.theirs" of tier "other"/ ],
	[ q{SELECT whisper_stamp('o1', purge => true)}, '55006', qr/./ ],
	[ 'COMMIT', '(?:2D000|0A000)', qr/./ ])
{
	my ($sql, $sqlstate, $pattern) = @$case;
	my $waiting = waits_for($sql, '');
	like(error_of($node, $guarded, q{SELECT whisper_upgrade('main@head')}), qr/^$sqlstate: .*revision "$waiting"/s,
		"$sql in a trigger that waits is refused");
	like(error_of($node, $guarded, q{CALL whisper_deploy('main@head')}), qr/^$sqlstate: /, "$sql: by whisper_deploy, too");
	rows($node, $guarded, qq{DELETE FROM whisper.revision WHERE revision = '$waiting'});
}
$id = waits_for(q{SELECT set_config('search_path', 'elsewhere', false), set_config('statement_timeout', '12345', false)}, '');
is(rows($node, $guarded, q{SELECT revision FROM whisper_upgrade('main@head'); SHOW search_path; SHOW statement_timeout}),
	qq{$id\n"\$user", public\n0}, 'what it sets ends with the section');
is(rows($node, $guarded, 'SELECT count(*) FROM whisper.applied; SELECT count(*) FROM t; SELECT count(*) FROM theirs'),
	"3\n1000\n1", 'and nothing is lost');

# A constraint that waits goes on waiting in the next section; what is wrong is said of the section that did it.
new_database($node, 'waiting', '');
rows($node, 'waiting', q{
SELECT whisper_revision('tables', 'CREATE TABLE a (id int PRIMARY KEY);
	CREATE TABLE b (a int REFERENCES a DEFERRABLE INITIALLY DEFERRED); INSERT INTO b VALUES (1); INSERT INTO a VALUES (1)', '',
	revision_id => 'first1');
SELECT whisper_revision('again', 'INSERT INTO b VALUES (2); INSERT INTO a VALUES (2)', '', revision_id => 'second1')});
is(rows($node, 'waiting', 'SELECT revision FROM whisper_upgrade()'), "first1\nsecond1", 'keys that wait, in two sections');
rows($node, 'waiting', q{SELECT whisper_revision('wrong', 'INSERT INTO b VALUES (3)', '', revision_id => 'third1')});
raises($node, 'waiting', 'SELECT whisper_upgrade()', '23503', 'a key that stays wrong', qr/CONTEXT:.*revision "third1"/s);
rows($node, 'waiting', q{DELETE FROM whisper.revision WHERE revision = 'third1'; SELECT whisper_revision('endless',
	$t$CREATE TABLE e (a int); CREATE FUNCTION e() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO e VALUES (1); RETURN NULL; END $$;
	CREATE CONSTRAINT TRIGGER e AFTER INSERT ON e DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION e();
	INSERT INTO e VALUES (1)$t$, '', revision_id => 'endless1')});
like(error_of($node, 'waiting', q{SET statement_timeout = '3s'; SELECT whisper_upgrade()}), qr/^(?:54001|57014): /,
	'triggers that fire each other without end can be stopped');
raises($node, 'waiting', q{SELECT whisper_register(E'-- revision: hold1\n-- down_revision: second1\n-- migrate:up\nDECLARE c CURSOR WITH HOLD FOR SELECT 1;\n-- migrate:down\n');
	SELECT whisper_upgrade('hold1')}, '0A000', 'a holdable cursor', qr/cannot declare cursor "c" WITH HOLD in a migration/);

# A deploy in a deploy would wait for the one that it is a part of.
new_database($node, 'within', '');
rows($node, 'within', q{SELECT whisper_register(E'-- revision: inner1\n-- migrate:up transaction:false\n'
	|| $$CALL whisper_deploy(max_wait => '1000 hours');$$ || E'\n-- migrate:down\n')});
raises($node, 'within', q{SET statement_timeout = '20s'; CALL whisper_deploy()}, '55006', 'CALL whisper_deploy() in a section',
	qr/cannot run migrations from within a migration/, qr/HINT:  take the call out of the revision/);
is(rows($node, 'within', q{SELECT count(*) FROM whisper_stamp('base')}), '0', 'and nobody is kept out after it');

$node->stop;
done_testing();
