# Migrations that go over all tables or constraints of the database meet the extension's own: the error says how to leave
# them out, and nothing of them is touched.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database rows raises error_of schema_of);

my $node = new_node('own_catalog');
new_database($node, 'looping', '');
$node->safe_psql('looping', 'CREATE ROLE migrator; GRANT CREATE ON SCHEMA public TO migrator;
	GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO migrator');

sub over
{
	my ($query, $statement) = @_;
	return "CREATE TABLE k (id int CONSTRAINT k_u UNIQUE);
		DO \$do\$DECLARE c record; BEGIN
		    FOR c IN $query LOOP EXECUTE format($statement); END LOOP;
		END\$do\$;";
}

sub upgrade
{
	my ($sql, $role) = @_;
	return ($role ? "SET ROLE $role; " : '') . "BEGIN; SELECT whisper_register(\$file\$-- migrate:up\n$sql\$file\$, 'main', '001_a.sql');
		SELECT whisper_upgrade(); SELECT count(*) FROM k; ROLLBACK";
}

my $constraints = q{SELECT conname, relname, nspname FROM pg_constraint JOIN pg_class r ON r.oid = conrelid
	JOIN pg_namespace n ON n.oid = relnamespace WHERE relname NOT LIKE 'pg\_%' AND contype = 'u'};
my $tables = q{SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')};
my @clauses = (qr/schemaname <> 'whisper' in pg_tables/, qr/relnamespace <> 'whisper'::regnamespace in pg_class/,
	qr/table_schema <> 'whisper' in information_schema/, qr/connamespace <> 'whisper'::regnamespace in pg_constraint/);
my $catalog = q{SELECT md5(string_agg(attrelid::regclass || '.' || attname || attnum, ',' ORDER BY attrelid, attnum))
	FROM pg_attribute WHERE attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'whisper'::regnamespace)};
my $before = rows($node, 'looping', $catalog);

for my $case (
	[ 'a constraint by a bare name', '42P01', over($constraints,
			q{'ALTER TABLE %I RENAME CONSTRAINT %I TO %I', c.relname, c.conname, c.relname || '_uq'}) ],
	[ 'rows by a bare name', '42P01', over($tables, q{'INSERT INTO %I SELECT', c.tablename}) ],
	[ 'a table dropped by a bare name', '42P01', over($tables, q{'DROP TABLE %I', c.tablename}) ],
	[ 'a column in every table', '55006', over($tables, q{'ALTER TABLE %I.%I ADD touched timestamptz', c.schemaname, c.tablename}) ],
	[ 'every table dropped', '2BP01', over("$tables ORDER BY schemaname DESC", q{'DROP TABLE %I.%I', c.schemaname, c.tablename}) ],
	[ 'rows of every table deleted', '55006', over($tables, q{'DELETE FROM %I.%I', c.schemaname, c.tablename}) ],
	[ 'every table emptied', '55006', over($tables, q{'TRUNCATE %I.%I CASCADE', c.schemaname, c.tablename}) ],
	[ 'rows copied into a table', '55006', q{COPY whisper.cancel_request FROM '/dev/null';} ],
	[ 'without the right', '42501', over($tables, q{'ALTER TABLE %I.%I ADD touched timestamptz', c.schemaname, c.tablename}), 'migrator' ])
{
	my ($name, $sqlstate, $sql, $role) = @$case;
	raises($node, 'looping', upgrade($sql, $role), $sqlstate, $name, qr/HINT:  [^\n]*leave (?:its schema|it) out/, @clauses);
}

# What the hint says does it.
for my $case (
	[ $constraints . q{ AND relnamespace <> 'whisper'::regnamespace},
		q{'ALTER TABLE %I RENAME CONSTRAINT %I TO %I', c.relname, c.conname, c.relname || '_uq'} ],
	[ $constraints . q{ AND connamespace <> 'whisper'::regnamespace},
		q{'ALTER TABLE %I RENAME CONSTRAINT %I TO %I', c.relname, c.conname, c.relname || '_uq'} ],
	[ $tables . q{ AND schemaname <> 'whisper'}, q{'ALTER TABLE %I.%I ADD touched timestamptz', c.schemaname, c.tablename} ],
	[ q{SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema NOT IN ('pg_catalog', 'information_schema')
		AND table_type = 'BASE TABLE' AND table_schema <> 'whisper'}, q{'TRUNCATE %I.%I', c.table_schema, c.table_name} ])
{
	my ($query, $statement) = @$case;
	like(rows($node, 'looping', upgrade(over($query, $statement))), qr/^0$/m, "with the clause of the hint: $statement");
}

# Other names get no such hint.
unlike(error_of($node, 'looping', upgrade('ALTER TABLE nowhere ADD a int;')), qr/whisper'/, 'another relation that is missing');
unlike(error_of($node, 'looping', upgrade('ALTER TABLE pg_class ADD a int;', 'migrator')), qr/whisper'/, 'another right that is missing');
is(rows($node, 'looping', $catalog), $before, 'the catalog is as it was');

$node->stop;
done_testing();
