package WhisperTamper;

# A dump with text of a low role in it, and changes to what it holds: one value or row made into something that the
# engine never wrote.

use strict;
use warnings FATAL => 'all';

use Exporter qw(import);
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperFuzz qw(pick chance);
use WhisperTest qw(new_database set_location rows write_files);

our @EXPORT_OK = qw(dump_of_shop restore columns_of change copy_rows edit_rows);

# Rather SQL than a name, if anybody takes it for SQL.
my $injection = q{x; ALTER ROLE low SUPERUSER; --};
my @texts = (
	"''", "' '", "'made1'", "'low3'", "'base'", "'head'", "'nosuch'", "'main'", "'edits'", "'table'", "'function'", "'up'", "'upgrade'",
	"'created'", "'done'", "'postgres'", "'low'", "'../../x'", "'/etc/passwd'", "E'a\\nb\\r\\\\!`id`'", "E'\\u0001\\uFFFD\\U0001F600'",
	"'%s%n'", "repeat('x', 100000)", "repeat('a.', 3000)", "repeat('\"', 101)", "repeat('(', 20000)", "repeat('/*', 20000)",
	"'$injection'", q{'"x"; ALTER ROLE low SUPERUSER; --'}, q{'public.made" ; ALTER ROLE low SUPERUSER; --'}, q{'x'' || work.grab() || '''},
	"'SELECT work.grab()'", "'COMMIT'", "'table=public.made key=work.grab()'", "'table=public.big key=id size=9223372036854775807'",
	"'RESET ROLE; ALTER ROLE low SUPERUSER'", "'DROP EXTENSION whisper_migrate CASCADE'", "'DROP TABLE public.theirs'",
	"'SELECT whisper_upgrade()'", "E'\\\\\\\\! touch /tmp/x'", "'pg_catalog.pg_authid'", "'whisper.revision'", "'SELECT \$a\$ '");
my %values = (
	'text' => \@texts,
	'name' => [ "''", "'low'", "'postgres'", "'nosuch'", "repeat('x', 63)", "'$injection'" ],
	'text[]' => [
		"'{}'", "'{NULL}'", "'{made1}'", "'{made2}'", "'{low3}'", "'{made1,made1}'", "'{nosuch}'", "'{made1,made2,low3}'",
		"'{{made1,made2},{made2,made1}}'", "'[5:6]={made1,made1}'", "'[-3:-3]={made2}'", "'{{{NULL}}}'", "'{\"\",\" \"}'",
		"array_fill('x'::text, ARRAY[5000])", "array_fill('made1'::text, ARRAY[2,2,2], ARRAY[0,-1,7])",
		"ARRAY[repeat('y', 100000)]", "ARRAY['$injection']", "ARRAY['public', '\" ; ALTER ROLE low SUPERUSER; --']" ],
	'boolean' => [ 'true', 'false' ],
	'interval' => [ "'0'", "'178000000 years'", "'-178000000 years'", "'2147483647 days 2147483647 hours'" ],
	'integer' => [ '0', '-1', '1', '2147483647', '-2147483648' ],
	'bigint' => [ '0', '-1', '1', '9223372036854775807', '-9223372036854775808' ],
	'oid' => [ '0', '1', '10', '1259', '4294967295', "'low'::regrole", "'other'::regrole" ],
	'oid[]' => [ "'{}'", "'{NULL}'", "'{0,4294967295}'", "'{{1259}}'" ],
	'timestamp with time zone' => [ "'infinity'", "'-infinity'", "'epoch'", "'294276-12-31 23:59'" ],
	'bytea' => [ q{''}, q{'\\x00'}, q{decode(repeat('ff', 32), 'hex')}, q{decode(repeat('00', 100000), 'hex')} ]);

# A plain dump of a database that is migrated from files, and by texts of the role "low": low2 is applied, low3 and batch4
# are pending. All they do is work.grab(), which makes that role a superuser if it can.
sub dump_of_shop
{
	my ($node) = @_;
	my $directory = PostgreSQL::Test::Utils::tempdir;
	my $pack = "$directory/pack";
	write_files($pack,
		'pack.json' => '{"name": "shop", "tiers": [{"name": "main", "kind": "versioned"}, {"name": "edits", "kind": "repeatable"}]}',
		'main/made1.sql' => "-- revision: made1\n-- migrate:up\nCREATE TABLE made (a int);\n-- migrate:down\nDROP TABLE made;\n-- migrate:verify\nSELECT true;\n",
		'edits/views.sql' => "CREATE OR REPLACE VIEW seen AS SELECT a FROM made;\nCREATE FUNCTION counts() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM made';\n",
		'verify/rows.sql' => "-- check: rows\nSELECT 'made' AS subject, true AS ok;\n");
	my $grab = q{CREATE FUNCTION work.grab() RETURNS boolean LANGUAGE plpgsql AS $$
		BEGIN ALTER ROLE low SUPERUSER; RETURN true; EXCEPTION WHEN OTHERS THEN RETURN true; END $$};
	new_database($node, 'shop', $pack);
	$node->safe_psql('shop', q{CREATE SCHEMA work; GRANT ALL ON SCHEMA work TO low; GRANT EXECUTE ON FUNCTION whisper_register, whisper_upgrade TO low;
		CREATE TABLE theirs (a int); CREATE TABLE big (id int PRIMARY KEY, b int); INSERT INTO big VALUES (1, 1)});
	rows($node, 'shop', q{SELECT whisper_upgrade('heads'); INSERT INTO made VALUES (1)});
	set_location($node, 'shop', '');
	my $text = sub { "SELECT whisper_register(\$text\$-- revision: $_[0]\n-- down_revision: $_[1]\n-- migrate:up\n$_[2]\n-- migrate:down\nSELECT work.grab();\n-- migrate:verify\nSELECT work.grab();\n\$text\$, 'main');" };
	$node->safe_psql('shop', "$grab;" . $text->('low2', 'made1', 'CREATE TABLE work.low2 AS SELECT work.grab() AS a;')
		  . q{SELECT count(*) FROM whisper_upgrade('low2');} . $text->('low3', 'low2', 'SELECT work.grab();')
		  . $text->('batch4', 'low3', "-- migrate:batch table=big key=id\nUPDATE big SET b = work.grab()::int WHERE id BETWEEN :batch_start AND :batch_end;"),
		extra_params => [ '-U', 'low' ]);
	$node->command_ok([ 'pg_dump', '-f', "$directory/dump", '-d', $node->connstr('shop') ], 'a dump');
	return slurp_file("$directory/dump");
}

my $restored = 0;
# It goes into a database of its own, whose name is given back.
sub restore
{
	my ($at, $contents) = @_;
	my $directory = PostgreSQL::Test::Utils::tempdir;
	my $dbname = 'restored' . ++$restored;
	write_files($directory, $dbname => $contents);
	$at->safe_psql('postgres', "CREATE DATABASE $dbname");
	$at->command_ok([ 'psql', '-XqAt', '-o', '/dev/null', '-v', 'ON_ERROR_STOP=1', '-f', "$directory/$dbname", '-d', $at->connstr($dbname) ],
		"$dbname: restore");
	set_location($at, $dbname, '');
	return $dbname;
}

# Of the tables that pg_dump takes along: table, column, type, whether it may be null.
sub columns_of
{
	my ($node, $dbname) = @_;
	return map { [ split /\|/, $_ ] } split /\n/, $node->safe_psql($dbname, q{
		SELECT c.oid::regclass, quote_ident(a.attname), format_type(a.atttypid, NULL), NOT a.attnotnull
		FROM pg_extension e, unnest(e.extconfig) AS t (oid) JOIN pg_class c USING (oid) JOIN pg_attribute a ON a.attrelid = c.oid
		WHERE e.extname = 'whisper_migrate' AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
		ORDER BY c.relname, a.attnum});
}

# A statement that changes something; a column that is named is changed.
sub change
{
	my ($column, @columns) = @_;
	my ($table, $name, $type, $nullable) = @{ $column // pick(@columns) };
	my $row = "ctid = (SELECT ctid FROM $table ORDER BY random() LIMIT 1)";
	return "DELETE FROM $table" . (chance(0.5) ? " WHERE $row" : '') if !$column && chance(0.05);
	my @known = @{ $values{$type} // die "no values of type $type" };
	my $value = $nullable eq 't' && chance(0.2) ? 'NULL' : pick(@known);
	return "UPDATE $table SET $name = ($value)::$type" . (chance(0.5) ? " WHERE $row" : '');
}

# The rows of a table in a plain dump, as columns' values by name; NULL is undef.
sub copy_rows
{
	my ($dump, $table) = @_;
	my ($columns, $data) = $dump =~ /^COPY \Q$table\E \((.*?)\) FROM stdin;\n(.*?)^\\\.$/ms or die "no rows of $table";
	my @names = map { s/"//gr } split /, /, $columns;
	return map { my %row; @row{@names} = map { $_ eq '\N' ? undef : $_ } split /\t/, $_, -1; \%row } split /\n/, $data;
}

# The dump with each of these rows as edit->(row) leaves it; values are as COPY writes them.
sub edit_rows
{
	my ($dump, $table, $edit) = @_;
	my @rows = copy_rows($dump, $table);
	$edit->($_) for @rows;
	$dump =~ s{^(COPY \Q$table\E \()(.*?)(\) FROM stdin;\n).*?(?=^\\\.$)}{
		my ($start, $columns, $end) = ($1, $2, $3);
		my @names = map { s/"//gr } split /, /, $columns;
		join '', $start, $columns, $end, map { my $row = $_; join("\t", map { $row->{$_} // '\N' } @names) . "\n" } @rows;
	}mse or die "no rows of $table";
	return $dump;
}

1;
