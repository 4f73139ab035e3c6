package WhisperTricks;

# The grammar of what a role with few rights may try: objects that others step on, and statements of migrations. What it
# wants run is low.grab(), in the schema of the role "low".

use strict;
use warnings FATAL => 'all';

use Exporter qw(import);
use PostgreSQL::Test::Utils;
use WhisperFuzz qw(pick chance);

our @EXPORT_OK = qw(trick statement canary_file next_number);

my $canary_file;

# What only a superuser can have the server make.
sub canary_file { return $canary_file //= PostgreSQL::Test::Utils::tempdir . '/made' }

# Tables that a tool, or the engine, would look at, with the columns it looks for.
my %tables = (
	'alembic_version' => 'version_num varchar(32)', 'schema_migrations' => 'version text', 'goose_db_version' => 'version_id bigint, is_applied boolean, id int',
	'flyway_schema_history' => 'version text, installed_rank int, description text, type text, script text, checksum int, success boolean',
	'databasechangelog' => 'id text, author text, filename text, orderexecuted int, exectype text, md5sum text',
	'_sqlx_migrations' => 'version bigint, description text, success boolean, checksum bytea', 'django_migrations' => 'name text, app text, id int',
	'knex_migrations' => 'name text, id int, batch int', '__diesel_schema_migrations' => 'version text', 'mine' => 'a int', 'made' => 'a int',
	'pg_class' => 'relname name', 'applied' => 'revision text', 'pgmigrations' => 'name text, id int');

sub table_of
{
	my ($schema) = @_;
	my $name = chance(0.5) ? pick('alembic_version', 'mine') : pick(sort keys %tables);
	return ("$schema.$name", $tables{$name});
}

my $made = 0;

# A number for a name that nothing has yet.
sub next_number { return ++$made }

# Statements of the low role that put something where others may step on it. Every name is new, but for the table's.
sub trick
{
	my $schema = pick('low', 'low', 'public');
	my ($table, $columns) = table_of($schema);
	my $n = ++$made;
	my ($column) = $columns =~ /^(\w+)/;
	my $create = "CREATE TABLE $table ($columns); INSERT INTO $table ($column) VALUES ('1');";
	return pick(
		"$create CREATE INDEX ON $table (low.pure($column))",
		"$create CREATE INDEX ON $table ($column) WHERE low.pure($column) IS NOT NULL",
		"$create CREATE STATISTICS low.s$n ON (low.pure($column)), ctid FROM $table; ANALYZE $table",
		"$create CREATE STATISTICS low.s$n ON (low.pure($column)) FROM $table",
		"$create ALTER TABLE $table ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE POLICY p ON $table USING (low.grab()) WITH CHECK (low.grab())",
		"$create CREATE TRIGGER t BEFORE INSERT OR UPDATE OR DELETE ON $table FOR EACH ROW EXECUTE FUNCTION low.row()",
		"$create CREATE TRIGGER t AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON $table EXECUTE FUNCTION low.row()",
		"$create CREATE CONSTRAINT TRIGGER t AFTER INSERT OR UPDATE OR DELETE ON $table DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION low.row()",
		"$create CREATE RULE r AS ON INSERT TO $table DO ALSO SELECT low.grab()",
		"$create CREATE RULE r AS ON UPDATE TO $table DO INSTEAD SELECT low.grab()",
		"$create ALTER TABLE $table ADD gen int GENERATED ALWAYS AS (low.pure(1)) STORED",
		"$create ALTER TABLE $table ALTER $column SET DEFAULT low.pure('1'::text), ADD more boolean DEFAULT low.grab()",
		"$create ALTER TABLE $table ADD CHECK (low.pure($column) IS NOT NULL)",
		"$create CREATE TABLE low.child$n () INHERITS ($table); CREATE INDEX ON low.child$n (low.pure($column))",
		"$create ALTER TABLE $table OWNER TO middle",
		"CREATE DOMAIN low.d$n AS text CHECK (low.grab()); CREATE TABLE $table ($column low.d$n); INSERT INTO $table VALUES ('1')",
		"CREATE TYPE low.e$n AS ENUM ('1'); CREATE FUNCTION low.c$n(low.e$n) RETURNS text LANGUAGE sql AS 'SELECT low.grab()::text';"
		  . " CREATE CAST (low.e$n AS text) WITH FUNCTION low.c$n(low.e$n) AS IMPLICIT; CREATE TABLE $table ($column low.e$n); INSERT INTO $table VALUES ('1')",
		"CREATE VIEW $table AS SELECT low.pure('1'::text) AS $column WHERE low.grab()",
		"CREATE MATERIALIZED VIEW $table AS SELECT low.pure('1'::text) AS $column",
		"CREATE TABLE $table ($columns) PARTITION BY RANGE ((low.pure($column)))",
		"CREATE FUNCTION $schema." . pick('lower(text)', 'length(text)', 'format(text, text)', 'quote_ident(text)', 'unnest(text[])', 'count(text)',
			'to_regclass(text)', 'now()', 'pg_backend_pid()', 'sha256(bytea)', 'array_length(text[], int)', 'current_setting(text)')
		  . " RETURNS text LANGUAGE sql AS 'SELECT low.grab()::text'",
		"CREATE FUNCTION $schema.eq$n(name, text) RETURNS boolean LANGUAGE sql AS 'SELECT low.grab()'; CREATE OPERATOR $schema." . pick('=', '<', '||', '~', '<>', '->>')
		  . " (FUNCTION = $schema.eq$n, LEFTARG = name, RIGHTARG = text)",
		"CREATE FUNCTION $schema.eq$n(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT low.grab()'; CREATE OPERATOR $schema." . pick('=', '<', '||', '~', '<>')
		  . " (FUNCTION = $schema.eq$n, LEFTARG = text, RIGHTARG = text)",
		"CREATE FUNCTION low.definer$n() RETURNS boolean SECURITY DEFINER LANGUAGE sql AS 'SELECT low.grab()'; CREATE VIEW $table AS SELECT low.definer$n() AS $column",
		"ALTER ROLE low SET search_path = low, public, pg_catalog",
		"ALTER ROLE low SET role = 'none'",
		"ALTER FUNCTION low.grab() SECURITY DEFINER",
		"CREATE AGGREGATE $schema.string_agg(text) (SFUNC = textcat, STYPE = text, FINALFUNC = low.pure)");
}

# A statement of a text that the low role registers.
sub statement
{
	my $n = ++$made;
	return pick(
		'SELECT low.grab()', 'DO $d$ BEGIN PERFORM low.grab(); END $d$', 'DO $d$ BEGIN PERFORM low.grab(); COMMIT; PERFORM low.grab(); END $d$',
		'SET ROLE postgres; SELECT low.grab()', 'RESET ROLE; SELECT low.grab()', 'SET LOCAL ROLE none; SELECT low.grab()',
		'SET SESSION AUTHORIZATION postgres; SELECT low.grab()', 'RESET SESSION AUTHORIZATION; SELECT low.grab()',
		q{SELECT set_config('role', 'none', false); SELECT low.grab()}, q{SELECT set_config('session_authorization', 'postgres', false); SELECT low.grab()},
		'SET ROLE middle; SELECT low.grab()', 'RESET ALL; SELECT low.grab()', 'DISCARD ALL',
		'DECLARE c CURSOR WITH HOLD FOR SELECT low.grab()', 'DECLARE c CURSOR FOR SELECT low.grab()',
		q{DO $d$ BEGIN EXECUTE 'DECLARE c2 CURSOR WITH HOLD FOR SELECT low.grab()'; END $d$},
		"CREATE TABLE low.late$n (a int); CREATE CONSTRAINT TRIGGER t AFTER INSERT ON low.late$n DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION low.row(); INSERT INTO low.late$n VALUES (1)",
		"CREATE TABLE low.late$n (a int); CREATE CONSTRAINT TRIGGER t AFTER INSERT ON low.late$n DEFERRABLE FOR EACH ROW EXECUTE FUNCTION low.row(); SET CONSTRAINTS ALL DEFERRED; INSERT INTO low.late$n VALUES (1)",
		"CREATE TABLE low.u$n (a boolean DEFAULT low.grab() UNIQUE DEFERRABLE INITIALLY DEFERRED); INSERT INTO low.u$n DEFAULT VALUES",
		'CREATE TEMP TABLE pg_class (a int)', 'CREATE TEMP TABLE applied (a int)', 'CREATE TEMP VIEW pg_namespace AS SELECT low.grab() AS a',
		'CREATE TEMP VIEW mine AS SELECT low.grab() AS a', "CREATE FUNCTION pg_temp.count() RETURNS boolean LANGUAGE sql AS 'SELECT low.grab()'",
		"CREATE TEMP TABLE t$n (a int) ON COMMIT DELETE ROWS; CREATE TRIGGER t AFTER TRUNCATE ON t$n EXECUTE FUNCTION low.row()",
		'CREATE TEMP TABLE alembic_version (version_num text)', "CREATE DOMAIN pg_temp.text AS pg_catalog.text CHECK (low.grab())",
		"PREPARE p$n AS SELECT low.grab(); EXECUTE p$n", 'SET search_path = low, pg_temp, public, pg_catalog', 'SET row_security = off; SELECT low.grab()',
		q{CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION low.row()}, 'ALTER ROLE low SUPERUSER', 'INSERT INTO guarded.of_superuser VALUES (1)',
		"COPY (SELECT 1) TO PROGRAM 'touch @{[canary_file()]}'", 'GRANT middle TO audience', 'CREATE ROLE made_by_low SUPERUSER',
		'SELECT whisper_upgrade()', q{SELECT whisper_stamp('head')}, 'CALL whisper_deploy()', 'SELECT pg_advisory_unlock_all()',
		'CREATE EXTENSION IF NOT EXISTS plpgsql', 'COMMIT', 'SAVEPOINT s', "PREPARE TRANSACTION 'low'", 'LISTEN x; NOTIFY x',
		q{UPDATE whisper.revision SET registered_by = 'postgres'}, 'DELETE FROM whisper.applied', 'CREATE TABLE whisper.mine (a int)',
		'ALTER FUNCTION whisper_upgrade SECURITY DEFINER', 'DROP EXTENSION whisper_migrate', 'SELECT true', 'SELECT low.grab() AND true',
		"CREATE MATERIALIZED VIEW low.m$n AS SELECT low.grab()", trick());
}

1;
