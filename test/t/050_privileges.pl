# Who may do what: every function for a superuser, the database's owner, a role that was granted this one function, and
# anybody; every table and sequence of the catalog; and what the catalogs must say for it to stay so. The functions come
# from the catalogs, so that a new one cannot be forgotten here.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database rows raises);

my $node = new_node('privileges');
my @roles = qw(superuser owner granted plain);
$node->safe_psql('postgres', q{CREATE ROLE owner; CREATE ROLE granted; CREATE ROLE plain});
new_database($node, 'matrix', '');
$node->safe_psql('matrix', q{
	ALTER DATABASE matrix OWNER TO owner;
	CREATE SCHEMA work;
	GRANT ALL ON SCHEMA work, public TO PUBLIC;
	CREATE TABLE work.mine (a int);
	SELECT whisper_revision('a table', 'CREATE TABLE made (a int)', 'DROP TABLE made', 'SELECT true',
		revision_id => 'made1');
	SELECT whisper_revision('another', 'SELECT 1', '', revision_id => 'next1')});

# What everybody may execute, and what has to be granted; a call that does something, and what comes before it.
my $reads = 'ok ok ok ok';
my $writes = 'ok denied ok denied';
my $applied = q{SELECT whisper_stamp('next1')};
my %functions = (
	whisper_adopt => [ $writes, 'whisper_adopt()', 'may rename the schemas' ],
	whisper_assert => [ $reads, 'whisper_assert()', undef, 'SELECT whisper_upgrade()' ],
	whisper_branches => [ $reads, 'whisper_branches()' ],
	whisper_cancel => [ $writes, 'whisper_cancel()' ],
	whisper_capture_abort => [ $writes, 'whisper_capture_abort()', undef, 'capture' ],
	whisper_capture_begin => [ $writes, 'whisper_capture_begin()', undef, $applied ],
	whisper_capture_end => [ $writes, q{whisper_capture_end('captured')}, undef, 'capture' ],
	whisper_claim => [ $writes, q{whisper_claim('work.mine', 'main')}, undef, 'ALTER TABLE work.mine OWNER TO granted' ],
	whisper_current => [ $reads, 'whisper_current()' ],
	# In a transaction it is refused, to whoever may call it.
	whisper_deploy => [ $writes, 'whisper_deploy()', 'cannot run inside a transaction block' ],
	whisper_downgrade => [ $writes, q{whisper_downgrade('base')}, undef,
		'SELECT whisper_upgrade(); ALTER TABLE made OWNER TO granted' ],
	whisper_export => [ $reads, q{whisper_export('made1')} ],
	whisper_heads => [ $reads, 'whisper_heads()' ],
	whisper_history => [ $reads, 'whisper_history()' ],
	whisper_load => [ $writes, q{whisper_load('whisperengine')} ],
	whisper_log => [ $reads, 'whisper_log()' ],
	whisper_merge => [ $writes, q{whisper_merge('{heads}')}, undef,
		q{SELECT whisper_revision('side', head => 'made1', splice => true)} ],
	whisper_plan => [ $reads, 'whisper_plan()' ],
	whisper_progress => [ $reads, 'whisper_progress()' ],
	whisper_rebuild => [ $writes, q{whisper_rebuild(confirm => 'matrix')} ],
	whisper_register => [ $writes, q{whisper_register('-- revision: third1')} ],
	whisper_repair => [ $writes, q{whisper_repair('next1')}, undef, $applied ],
	whisper_revision => [ $writes, q{whisper_revision('third')} ],
	whisper_show => [ $reads, q{whisper_show('made1')} ],
	whisper_sql => [ $reads, 'whisper_sql()' ],
	whisper_stamp => [ $writes, q{whisper_stamp('made1')} ],
	whisper_status => [ $reads, 'whisper_status()' ],
	whisper_tables => [ $reads, 'whisper_tables()' ],
	whisper_upgrade => [ $writes, 'whisper_upgrade()' ],
	whisper_verify => [ $reads, 'whisper_verify()' ]);

my $members = q{pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid
	JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
	WHERE e.extname = 'whisper_migrate' AND d.deptype = 'e'};
my @installed = split /\n/, rows($node, 'matrix', "SELECT DISTINCT proname FROM $members ORDER BY 1");
is_deeply(\@installed, [ sort keys %functions ], 'every function of the extension has its row in the matrix');

# How one call ends for one role: ok, denied, or the error. Nothing of it stays.
sub outcome
{
	my ($name, $role) = @_;
	my (undef, $call, $limit, $before) = @{ $functions{$name} };
	$before //= '';
	my $become = $role eq 'superuser' ? '' : "SET SESSION AUTHORIZATION $role;";
	my $grant = $role eq 'granted' ? "GRANT EXECUTE ON ROUTINE $name TO granted;" : '';
	my $verb = $name eq 'whisper_deploy' ? 'CALL' : 'SELECT * FROM';
	# A capture belongs to the session; the superuser who begins it must not be who ends it.
	$before = "$applied; GRANT EXECUTE ON FUNCTION whisper_capture_begin TO PUBLIC; $become"
	  . 'SELECT whisper_capture_begin(); CREATE TABLE work.captured (a int)'
	  if $before eq 'capture';
	my ($status, undef, $stderr) = $node->psql('matrix',
		"\\set VERBOSITY verbose\nSET client_min_messages = error; BEGIN; $grant $before; $become $verb $call; ROLLBACK",
		on_error_stop => 1);
	return 'ok' if $status == 0;
	return 'denied' if $stderr =~ /ERROR:  42501: permission denied for (?:function|procedure) \Q$name\E/;
	return 'ok' if defined $limit && ($role ne 'superuser' || $verb eq 'CALL') && $stderr =~ /\Q$limit\E/;
	return $stderr;
}

note(sprintf '%-24s%s', 'function', join '', map { sprintf '%-11s', $_ } @roles);
for my $name (@installed)
{
	next unless $functions{$name};
	my @found = map { outcome($name, $_) } @roles;
	is(join(' ', @found), $functions{$name}[0], $name);
	note(sprintf '%-24s%s', $name, join '', map { sprintf '%-11s', $_ } @found);
}
is(rows($node, 'matrix', q{SELECT count(*) FROM whisper.applied}), '0', 'nothing of that has stayed');

# A GRANT of one function opens this one alone, and no table.
is(rows($node, 'matrix', qq{
	CREATE TABLE opened AS SELECT NULL::text AS granted, NULL::text AS opens LIMIT 0;
	DO \$do\$
	DECLARE f regprocedure;
	BEGIN
		FOR f IN SELECT p.oid FROM $members AND p.provolatile = 'v' LOOP
			EXECUTE format('GRANT EXECUTE ON ROUTINE %s TO granted', f);
			INSERT INTO opened SELECT f::text, o::text FROM (SELECT p.oid::regprocedure AS o FROM $members
				AND p.provolatile = 'v' AND has_function_privilege('granted', p.oid, 'EXECUTE')) AS x WHERE o <> f;
			INSERT INTO opened SELECT f::text, c.relname FROM pg_class c WHERE c.relnamespace = 'whisper'::regnamespace
				AND c.relkind = 'r' AND has_any_column_privilege('granted', c.oid, 'INSERT, UPDATE, REFERENCES');
			EXECUTE format('REVOKE EXECUTE ON ROUTINE %s FROM granted', f);
		END LOOP;
	END \$do\$;
	SELECT * FROM opened}), '', 'a grant of one function opens nothing else');

# The catalog's tables and sequences: everybody reads, nobody but the extension's owner writes.

my $relations = q{FROM pg_class c CROSS JOIN unnest(ARRAY['owner', 'granted', 'plain']) AS role
	WHERE c.relnamespace = 'whisper'::regnamespace};
is(rows($node, 'matrix', "SELECT count(DISTINCT relname) > 8 $relations AND relkind = 'r'"), 't', 'there are tables');
is(rows($node, 'matrix', qq{SELECT role, relname, privilege $relations}
	  =~ s/WHERE/CROSS JOIN unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) AS privilege WHERE/r
	  . q{ AND relkind = 'r' AND has_table_privilege(role, c.oid, privilege)}), '', 'no table can be written');
is(rows($node, 'matrix', "SELECT role, relname $relations AND relkind = 'r' AND (has_table_privilege(role, c.oid, 'SELECT') = (relname = 'failure')
	OR has_any_column_privilege(role, c.oid, 'INSERT, UPDATE, REFERENCES'))"), '', 'every table can be read but for what the server said of failures');
is(rows($node, 'matrix', "SELECT role, relname $relations AND relkind = 'S'
	AND (NOT has_sequence_privilege(role, c.oid, 'SELECT') OR has_sequence_privilege(role, c.oid, 'USAGE, UPDATE'))"), '',
	'sequences can be read and not moved');
is(rows($node, 'matrix', "SELECT role, relname, relkind $relations AND relkind NOT IN ('r', 'S', 'i')"), '',
	'there is nothing else');
is(rows($node, 'matrix', q{SELECT role FROM unnest(ARRAY['owner', 'granted', 'plain']) AS role
	WHERE NOT has_schema_privilege(role, 'whisper', 'USAGE') OR has_schema_privilege(role, 'whisper', 'CREATE')}), '',
	'nor can anything be put there');
for my $role (qw(owner granted plain))
{
	for my $sql (
		'ALTER SCHEMA whisper RENAME TO mine', 'DROP SCHEMA whisper CASCADE', 'DROP EXTENSION whisper_migrate',
		'ALTER EXTENSION whisper_migrate UPDATE', 'ALTER TABLE whisper.applied DISABLE TRIGGER ALL',
		'CREATE TRIGGER t BEFORE INSERT ON whisper.applied EXECUTE FUNCTION suppress_redundant_updates_trigger()',
		'CREATE RULE r AS ON INSERT TO whisper.history DO INSTEAD NOTHING',
		'CREATE POLICY p ON whisper.history', 'CREATE INDEX ON whisper.revision (revision)',
		q{SECURITY LABEL ON TABLE whisper.history IS 'mine'}, q{COMMENT ON TABLE whisper.history IS 'mine'},
		'ALTER FUNCTION whisper_verify OWNER TO plain', 'ALTER FUNCTION whisper_verify SECURITY DEFINER',
		'GRANT EXECUTE ON FUNCTION whisper_upgrade TO plain', 'GRANT INSERT ON whisper.applied TO plain',
		q{SELECT nextval('whisper.run_id')}, q{SELECT setval('whisper.history_id', 1)})
	{
		my ($status, undef, $stderr) = $node->psql('matrix', "BEGIN; SET LOCAL SESSION AUTHORIZATION $role; $sql;
			SELECT has_function_privilege('plain', 'whisper_upgrade(text, text)', 'EXECUTE')
				OR has_table_privilege('plain', 'whisper.applied', 'INSERT') AS gained \\gset
			\\if :gained
				SELECT 'gained';
			\\else
				ROLLBACK; SELECT 1 / 0;
			\\endif", on_error_stop => 1);
		ok($status != 0, "$role cannot: $sql");
	}
}

# What the catalogs must say

is(rows($node, 'matrix', "SELECT p.oid::regprocedure FROM $members AND p.prosecdef"), '', 'no function is SECURITY DEFINER');
is(rows($node, 'matrix', qq{SELECT p.oid::regprocedure FROM $members
	AND p.prolang <> (SELECT oid FROM pg_language WHERE lanname = 'c')
	AND NOT coalesce(p.proconfig, '{}') && ARRAY['search_path=pg_catalog, pg_temp']}), '',
	'every function is C or pins its search_path');
is(rows($node, 'matrix', qq{SELECT p.oid::regprocedure FROM $members
	AND p.provolatile = 'v' AND has_function_privilege('plain', p.oid, 'EXECUTE')}), '',
	'nothing that writes is executable by PUBLIC');
is(rows($node, 'matrix', qq{SELECT p.oid::regprocedure FROM $members AND p.proleakproof}), '', 'nothing claims to be leakproof');
is(rows($node, 'matrix', q{SELECT d.classid::regclass, count(*) FROM pg_depend d JOIN pg_extension e
	ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
	WHERE e.extname = 'whisper_migrate' AND d.classid NOT IN ('pg_proc'::regclass, 'pg_class'::regclass,
		'pg_namespace'::regclass) AND NOT (d.classid = 'pg_type'::regclass AND EXISTS (SELECT FROM pg_type t
		WHERE t.oid = d.objid AND (t.typrelid <> 0 OR t.typelem <> 0))) GROUP BY 1}), '',
	'no operators, casts, event triggers or the like');
is(rows($node, 'matrix', q{SELECT trusted, superuser, relocatable FROM pg_available_extension_versions
	WHERE name = 'whisper_migrate' AND installed}), 'f|t|f', 'only a superuser installs it');
my $share = rows($node, 'matrix', q{SELECT setting FROM pg_config WHERE name = 'SHAREDIR'});
my @scripts = glob "$share/extension/whisper_migrate--*.sql";
cmp_ok(scalar @scripts, '>=', 1, 'the install scripts are found');
for my $script (@scripts)
{
	my $text = slurp_file($script);
	$text =~ s/^--.*$//mg;
	$text =~ s/'(?:[^']|'')*'/''/g;
	unlike($text, qr/\b(?:OR\s+REPLACE|IF\s+NOT\s+EXISTS|IF\s+EXISTS|SECURITY\s+DEFINER)\b/i,
		($script =~ s{.*/}{}r) . ' says nothing that lets somebody else\'s object in');
}

# What somebody planted before the extension was there is an error, or is not looked at.

for my $plant ('CREATE SCHEMA whisper', 'CREATE SCHEMA whisper AUTHORIZATION plain',
	q{CREATE FUNCTION whisper_upgrade(text, text, boolean) RETURNS int LANGUAGE sql AS 'SELECT 1'},
	q{CREATE FUNCTION whisper_verify(text) RETURNS int LANGUAGE sql AS 'SELECT 1'})
{
	$node->safe_psql('postgres', 'CREATE DATABASE planted');
	my ($status, undef, $stderr) = $node->psql('planted', "$plant; CREATE EXTENSION whisper_migrate");
	like($stderr, qr/ERROR:  .*already exists/, "before the extension: $plant");
	$node->safe_psql('postgres', 'DROP DATABASE planted');
}
for my $version (rows($node, 'postgres', q{SELECT string_agg(version, ' ') FROM pg_available_extension_versions
	WHERE name = 'whisper_migrate'}) =~ /(\S+)/g)
{
	$node->safe_psql('postgres', 'CREATE DATABASE planted');
	$node->safe_psql('planted', qq{
		CREATE SCHEMA traps;
		CREATE FUNCTION traps.no(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT NULL::boolean';
		CREATE OPERATOR traps.= (LEFTARG = text, RIGHTARG = text, FUNCTION = traps.no);
		CREATE DOMAIN traps.text AS pg_catalog.text; CREATE DOMAIN traps.name AS pg_catalog.name;
		CREATE DOMAIN traps.bigint AS pg_catalog.int8; CREATE DOMAIN traps.timestamptz AS pg_catalog.timestamptz;
		CREATE FUNCTION traps.pg_extension_config_dump(regclass, text) RETURNS void LANGUAGE sql AS 'SELECT 1 / 0';
		CREATE TEMP TABLE pg_class (a int); CREATE TEMP TABLE applied (a int);
		SET search_path = traps, pg_temp, pg_catalog, public;
		CREATE EXTENSION whisper_migrate SCHEMA public VERSION '$version'});
	is(rows($node, 'planted', q{SELECT pg_describe_object(d.classid, d.objid, 0), pg_describe_object(d.refclassid, d.refobjid, 0)
		FROM pg_depend d JOIN pg_namespace n ON n.nspname = 'traps' WHERE pg_describe_object(d.refclassid, d.refobjid, 0) LIKE '%traps%'
		AND pg_describe_object(d.classid, d.objid, 0) NOT LIKE '%traps%'}), '', "version $version uses nothing of it");
	raises($node, 'planted', 'SELECT whisper_upgrade()', '55000', "version $version has to be updated first",
		qr/HINT:  run ALTER EXTENSION whisper_migrate UPDATE/)
	  if $version eq '1.0.0';
	is(rows($node, 'planted', q{DROP SCHEMA traps CASCADE; ALTER EXTENSION whisper_migrate UPDATE;
		SET whisper_migrate.script_location = ''; SELECT count(*) FROM whisper_status()}), '0', 'and works without it');
	$node->safe_psql('postgres', 'DROP DATABASE planted');
}

$node->stop;
done_testing();
