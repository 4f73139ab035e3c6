package WhisperTamper;

# Changes to what a dump of the extension's tables holds: one value or row made into something that the engine never
# wrote.

use strict;
use warnings FATAL => 'all';

use Exporter qw(import);
use WhisperFuzz qw(pick chance);

our @EXPORT_OK = qw(columns_of change copy_rows edit_rows);

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
