# Whose rights run what: other people's tables, texts that are swapped while they are read, roles of the same name, and
# directories that one role names for all.

use strict;
use warnings FATAL => 'all';

use File::Basename qw(dirname);
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database database_of rows error_of raises start_sql finish_sql wait_for write_files);

my $node = new_node('whose');
$node->safe_psql('postgres', 'CREATE ROLE tenant LOGIN; CREATE ROLE reader LOGIN; GRANT pg_read_server_files TO reader');
my $is_super = q{SELECT rolsuper FROM pg_roles WHERE rolname = 'tenant'};
sub as_tenant
{
	my ($dbname, $sql) = @_;
	return $node->safe_psql($dbname, $sql, extra_params => [ '-U', 'tenant' ]);
}

# Tables that are called like a tool's: whatever hangs on them is their owner's, and is not evaluated.

my $trap = q{
	CREATE FUNCTION work.grab() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
		IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
			EXECUTE 'ALTER ROLE tenant SUPERUSER'; END IF; RETURN true; END $$;
	CREATE FUNCTION work.trap() RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN work.grab(); END $$;
	CREATE FUNCTION work.fires() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM work.grab(); RETURN NEW; END $$;};
my @hangs = (
	[ 'an index expression', 'CREATE INDEX ON work.T ((work.trap()))' ],
	[ 'an index predicate', 'CREATE INDEX ON work.T (C) WHERE work.trap()' ],
	[ 'statistics', 'CREATE STATISTICS work.s ON (work.trap()), (C || $$x$$) FROM work.T; ANALYZE work.T' ],
	[ 'a policy', 'ALTER TABLE work.T ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
		CREATE POLICY p ON work.T USING (work.grab())' ],
	[ 'a trigger', 'CREATE TRIGGER f BEFORE INSERT OR DELETE ON work.T FOR EACH ROW EXECUTE FUNCTION work.fires()' ],
	[ 'a deferred trigger', 'CREATE CONSTRAINT TRIGGER f AFTER INSERT OR DELETE ON work.T DEFERRABLE INITIALLY DEFERRED
		FOR EACH ROW EXECUTE FUNCTION work.fires()' ],
	[ 'a column of a type of his own', 'CREATE DOMAIN work.d AS text CHECK (work.grab());
		ALTER TABLE work.T ALTER C TYPE work.d' ],
	[ 'a check', 'ALTER TABLE work.T ADD CHECK (work.grab())' ],
	[ 'a generated column', 'ALTER TABLE work.T ADD g boolean GENERATED ALWAYS AS (work.trap()) STORED' ],
	[ 'a view', 'ALTER TABLE work.T RENAME TO hidden; CREATE VIEW work.T AS SELECT C, work.grab() AS g FROM work.hidden' ],
	[ 'a rule', 'CREATE RULE r AS ON INSERT TO work.T DO ALSO SELECT work.grab()' ]);
my %tools = (
	alembic_version => [ 'version_num', 'version_num text' ],
	schema_migrations => [ 'version', 'version text' ],
	flyway_schema_history => [ 'description', 'installed_rank int, version text, description text, type text, success boolean' ],
	changes => [ 'change', 'change text, change_id text, project text' ]);
my $count = 0;
for my $tool (sort keys %tools)
{
	my ($column, $columns) = @{ $tools{$tool} };
	for my $hang (@hangs)
	{
		my ($what, $sql) = @$hang;
		next if $tool ne 'alembic_version' && $what !~ /index expression|policy|of his own/;
		my $dbname = 'tool' . ++$count;
		new_database($node, $dbname, '');
		$node->safe_psql($dbname, 'CREATE SCHEMA work AUTHORIZATION tenant;
			ALTER DATABASE ' . $dbname . ' SET whisper_migrate.sync_alembic_version = on');
		as_tenant($dbname, "$trap CREATE TABLE work.$tool ($columns); INSERT INTO work.$tool ($column) VALUES ('made1'); "
			. $sql =~ s/\bT\b/$tool/gr =~ s/\bC\b/$column/gr);
		rows($node, $dbname, q{SELECT whisper_revision('a', 'CREATE TABLE public.made (a int)', 'DROP TABLE public.made',
			revision_id => 'made1')});
		# One session, which goes on after errors.
		$node->psql($dbname, join "\n", map { my $path = $_; map { "SET search_path = $path; SELECT count(*) FROM public.$_;" }
			'whisper_adopt()', 'whisper_adopt(apply => true)', q{whisper_stamp('base')}, 'whisper_upgrade()',
			q{whisper_downgrade('base')}, 'whisper_verify()', 'whisper_status()', 'whisper_tables()' } 'public', 'work, public');
		is(rows($node, $dbname, $is_super), 'f', "$tool with $what: its owner is no superuser");
		$node->safe_psql($dbname, 'ALTER ROLE tenant NOSUPERUSER');
		$node->safe_psql('postgres', "DROP DATABASE $dbname");
	}
}

# Who keeps such a table locked holds up nobody but who wants to rely on it.
new_database($node, 'locked', '');
$node->safe_psql('locked', q{CREATE SCHEMA work AUTHORIZATION tenant;
	SELECT whisper_revision('a', 'SELECT 1', '', revision_id => 'made1')});
as_tenant('locked', 'CREATE TABLE work.alembic_version (version_num text)');
my $holder = start_sql($node, 'locked', 'SET SESSION AUTHORIZATION tenant', 'BEGIN', 'LOCK TABLE work.alembic_version',
	'SELECT pg_sleep(60)');
wait_for($node, q{SELECT count(*) = 1 FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted
	AND database = (SELECT oid FROM pg_database WHERE datname = 'locked')});
is(rows($node, 'locked', q{SET statement_timeout = '10s'; SELECT count(*) FROM whisper_adopt()}), '1', 'a locked table is left out');
raises($node, 'locked', q{SET statement_timeout = '10s'; SELECT whisper_adopt(apply => true)}, '55P03', 'and not guessed about',
	qr/table work\.alembic_version is locked by another session/);
is(rows($node, 'locked', q{SET statement_timeout = '10s'; SELECT count(*) FROM whisper_upgrade()}), '1', 'nobody else waits');
rows($node, 'locked', q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()});
eval { finish_sql($holder) };

# A peer's table: neither may act for the other.
new_database($node, 'peers', '');
$node->safe_psql('peers', q{CREATE ROLE peer LOGIN; CREATE SCHEMA work AUTHORIZATION tenant; GRANT ALL ON SCHEMA work TO peer;
	GRANT EXECUTE ON FUNCTION whisper_revision, whisper_upgrade TO peer;
	ALTER DATABASE peers SET whisper_migrate.sync_alembic_version = on});
as_tenant('peers', q{CREATE TABLE work.seen (who text); GRANT ALL ON work.seen TO PUBLIC;
	CREATE TABLE work.alembic_version (version_num text); GRANT ALL ON work.alembic_version TO PUBLIC;
	CREATE FUNCTION work.fires() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO work.seen VALUES (current_user); RETURN NEW; END $$;
	CREATE TRIGGER f BEFORE INSERT ON work.alembic_version FOR EACH ROW EXECUTE FUNCTION work.fires()});
is($node->safe_psql('peers', q{SET search_path = work, public; SELECT whisper_revision('a', 'SELECT 1', '', revision_id => 'made1');
	SELECT count(*) FROM whisper_upgrade()}, extra_params => [ '-U', 'peer' ]), "made1\n1", 'a peer migrates');
is(rows($node, 'peers', 'SELECT count(*) FROM work.seen'), '0', 'nothing of the table\'s owner ran with the peer\'s rights');

# A text and who answers for it are read together: another session swaps the verify section again and again.
new_database($node, 'race', '');
my $text = q{-- revision: made1
-- migrate:up
CREATE TABLE made (a int);
-- migrate:down
DROP TABLE made;
-- migrate:verify
};
my $canary = PostgreSQL::Test::Utils::tempdir . '/owned';
$node->safe_psql('race', "GRANT EXECUTE ON FUNCTION whisper_register TO tenant;
	SELECT whisper_register(\$text\$${text}SELECT true;\n\$text\$); SELECT whisper_upgrade()");
my $swapper = start_sql($node, 'race', qq{DO \$do\$ BEGIN FOR i IN 1..150 LOOP
	SET LOCAL ROLE tenant; PERFORM whisper_register(\$text\$${text}COPY (SELECT current_user) TO '$canary'; SELECT true;\n\$text\$);
	RESET ROLE; COMMIT; PERFORM whisper_register(\$text\$${text}SELECT true;\n\$text\$); COMMIT; END LOOP; END \$do\$});
for (1 .. 60)
{
	$node->psql('race', 'SELECT ok, detail FROM whisper_verify()');
}
finish_sql($swapper);
ok(!-e $canary, 'no verify section ran with other rights than its author\'s');

# A role is a name and an OID: whoever gets a dropped role's name does not answer for its texts.
new_database($node, 'names', '');
$node->safe_psql('names', q{CREATE ROLE kim LOGIN; GRANT EXECUTE ON FUNCTION whisper_revision, whisper_register TO kim});
$node->safe_psql('names', q{SELECT whisper_revision('x', 'ALTER ROLE tenant SUPERUSER', '', 'SELECT 1', revision_id => 'evil1')},
	extra_params => [ '-U', 'kim' ]);
$node->safe_psql('names', q{DROP OWNED BY kim; DROP ROLE kim; CREATE ROLE kim SUPERUSER LOGIN});
raises($node, 'names', 'SELECT whisper_upgrade()', '42501', 'another role of the same name',
	qr/revision "evil1" was registered by role "kim"/);
$node->safe_psql('names', q{SELECT whisper_stamp('evil1')});
like(rows($node, 'names', q{SELECT ok, detail FROM whisper_verify() WHERE subject = 'evil1' AND check_name = 'verify section'}),
	qr/^f\|not run: role "kim" registered it/, 'neither for its verify sections');
$node->safe_psql('names', q{ALTER ROLE kim NOSUPERUSER; SELECT whisper_register(whisper_export('evil1'))});
is(rows($node, 'names', q{SELECT registered_by, registered_by_oid::regrole FROM whisper.revision}), 'postgres|postgres',
	'whoever sends the text again answers for it');

# Of what 1.0.0 registered nobody knows who did: who applied it answers for what he applied, and for the rest nobody.
# There a verify section, and a way down, could be replaced later, by whoever might register.
$node->safe_psql('names', q{SELECT whisper_stamp('base'); DELETE FROM whisper.revision;
	SELECT whisper_revision('y', 'SELECT 1', 'SELECT 2', 'SELECT true', revision_id => 'old2');
	SELECT whisper_upgrade(); SELECT whisper_revision('z', 'SELECT 1', '', revision_id => 'old3');
	UPDATE whisper.revision SET registered_by = NULL, registered_by_oid = NULL});
my $verified = q{SELECT ok, detail FROM whisper_verify() WHERE subject = 'old2' AND check_name = 'verify section'};
is(rows($node, 'names', $verified), 'f|not run: nobody answers for it', 'the verify section of a text of nobody\'s');
raises($node, 'names', 'SELECT whisper_upgrade()', '42501', 'a pending text of nobody\'s', qr/HINT:.*whisper_register/);
is(rows($node, 'names', q{BEGIN; SELECT revision FROM whisper_downgrade('base'); ROLLBACK}), 'old2', 'an applied text of nobody\'s');
for my $case (
	[ q{UPDATE whisper.revision SET checksum = '\x00' WHERE revision = 'old2'}, 'that is not the one that was applied' ],
	[ q{UPDATE whisper.applied SET applied_by = 'tenant'}, 'that somebody with fewer rights applied' ],
	[ q{UPDATE whisper.applied SET applied_by = 'nosuch'}, 'that somebody applied who is gone' ])
{
	my ($change, $what) = @$case;
	like(error_of($node, 'names', qq{BEGIN; $change; SELECT revision FROM whisper_downgrade('base')}),
		qr/^(?:42501: revision "old2" was registered by|WM011: )/, "a text $what");
}
$node->safe_psql('names', q{SELECT whisper_register(whisper_export('old3')); SELECT whisper_register(whisper_export('old2'))});
is(rows($node, 'names', "SELECT revision FROM whisper_upgrade(); $verified"), "old3\nt|holds", 'their hints mend it');

# Who may register does not replace the text of who may do more.
new_database($node, 'replace', '');
my $made = sub { "-- revision: $_[0]\n-- down_revision: $_[1]\n-- migrate:up\nCREATE TABLE $_[0] (a int);\n-- migrate:down\n$_[2]\n-- migrate:verify\n$_[3]\n" };
$node->safe_psql('replace', join ';', 'GRANT EXECUTE ON FUNCTION whisper_register TO tenant',
	'SELECT whisper_register($f$' . $made->('a1', 'base', 'DROP TABLE a1;', 'SELECT count(*) = 1 FROM a1;') . '$f$)',
	'SELECT whisper_upgrade()', 'SELECT whisper_register($f$' . $made->('a2', 'a1', 'DROP TABLE a2;', 'SELECT true;') . '$f$)');
for my $text ($made->('a1', 'base', 'SELECT 1;', 'SELECT count(*) = 1 FROM a1;'), $made->('a1', 'base', 'DROP TABLE a1;', 'SELECT true;'),
	$made->('a2', 'a1', 'SELECT 1;', 'SELECT true;'), $made->('a2', 'base', 'DROP TABLE a2;', 'SELECT true;'))
{
	my ($status, undef, $stderr) = $node->psql('replace', "SELECT whisper_register(\$f\$$text\$f\$)", extra_params => [ '-U', 'tenant' ]);
	like($stderr, qr/ERROR:  revision "a[12]" was registered by role "postgres"/, 'a superuser\'s text stays his');
}
is($node->safe_psql('replace', 'SELECT whisper_register($f$' . $made->('a2', 'a1', 'DROP TABLE a2;', 'SELECT true;') . '$f$)',
	extra_params => [ '-U', 'tenant' ]), 'a2', 'the same text changes nothing');
is(rows($node, 'replace', 'SELECT DISTINCT registered_by FROM whisper.revision'), 'postgres', 'for nobody');

# Nor that of a superuser who has another name now, or is gone; not by the way of answering for the same text either.
$node->safe_psql('replace', q{CREATE ROLE boss SUPERUSER LOGIN});
$node->safe_psql('replace', 'SELECT whisper_register($f$' . $made->('a3', 'a2', 'DROP TABLE a3;', 'SELECT count(*) = 1 FROM a3;') . '$f$);
	SELECT whisper_upgrade()', extra_params => [ '-U', 'boss' ]);
for my $loss ('ALTER ROLE boss RENAME TO chief', 'REASSIGN OWNED BY chief TO postgres; DROP OWNED BY chief; DROP ROLE chief')
{
	$node->safe_psql('replace', $loss);
	my (undef, undef, $stderr) = $node->psql('replace', 'SELECT whisper_register($f$' . $made->('a3', 'a2', 'DROP TABLE a3;', 'SELECT true;') . '$f$)',
		extra_params => [ '-U', 'tenant' ]);
	like($stderr, qr/ERROR:  revision "a3" was registered by role "boss"/, "it stays as it is: $loss");
}
(undef, undef, my $refused) = $node->psql('replace', 'SELECT whisper_register($f$' . $made->('a3', 'a2', 'DROP TABLE a3;', 'SELECT count(*) = 1 FROM a3;') . '$f$)',
	extra_params => [ '-U', 'tenant' ]);
like($refused, qr/ERROR:  revision "a3" was registered by role "boss"/, 'nor is the same text anybody\'s');

# A directory that one session names does not become everybody's.
my $mine = PostgreSQL::Test::Utils::tempdir;
write_files($mine, 'pack.json' => '{"name": "evil", "tiers": [{"name": "main", "kind": "versioned"}]}',
	'main/evil1.sql' => "-- revision: evil1\n-- migrate:up\nSELECT 1;\n-- migrate:down\n");
chmod 0755, $mine, "$mine/main";
for my $loaded (0, 1)
{
	my $dbname = "switch$loaded";
	new_database($node, $dbname, '');
	$node->safe_psql($dbname, q{GRANT EXECUTE ON FUNCTION whisper_upgrade, whisper_stamp, whisper_revision TO reader});
	$node->safe_psql($dbname, "SELECT count(*) FROM whisper_load('whisperengine')") if $loaded;
	for my $call ('whisper_upgrade()', q{whisper_stamp('base')}, q{whisper_revision('x')})
	{
		my (undef, undef, $stderr) = $node->psql($dbname, "SET whisper_migrate.script_location = '$mine'; SELECT $call",
			extra_params => [ '-U', 'reader' ]);
		like($stderr, qr/permission denied to switch this database to the pack/, "$call does not load a directory");
	}
	is(rows($node, $dbname, q{SELECT coalesce(max(location), '') FROM whisper.pack}), $loaded ? 'whisperengine' : '', 'nothing was loaded');
	$node->safe_psql('postgres', "ALTER DATABASE $dbname SET whisper_migrate.script_location = '$mine'");
	is($node->safe_psql($dbname, 'SELECT revision FROM whisper_upgrade()', extra_params => [ '-U', 'reader' ]), 'evil1',
		'what the database names is for all');
}

$node->stop;
done_testing();
