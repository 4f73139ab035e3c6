package WhisperFacts;

# Compares the tables of a live database with the facts in test/data/facts, row by row and in both directions.

use strict;
use warnings FATAL => 'all';

use Exporter qw(import);
use File::Basename qw(dirname);
use JSON::PP qw(decode_json);

our @EXPORT_OK = qw(compare_facts read_facts);

my $facts_dir = dirname(__FILE__) . '/../data/facts';

# The fields of one CSV record; an undefined result means that the record goes on in the next line.
sub split_record
{
	my ($line) = @_;
	my @fields;
	while (1)
	{
		if ($line =~ /\G"((?:[^"]|"")*)"(?=,|\z)/gc)
		{
			(my $field = $1) =~ s/""/"/g;
			push @fields, $field;
		}
		elsif ($line =~ /\G([^",]*)(?=,|\z)/gc)
		{
			push @fields, $1;
		}
		else
		{
			return;
		}
		return \@fields unless $line =~ /\G,/gc;
	}
}

# read_facts('columns') => a list of hashes, one per record of columns.csv, keyed by the names of the first line.
sub read_facts
{
	my ($name) = @_;
	my $path = "$facts_dir/$name.csv";
	open my $file, '<:encoding(UTF-8)', $path or die "could not open \"$path\": $!";
	my (@names, @records);
	my $pending = '';
	while (my $line = <$file>)
	{
		$line =~ s/\r?\n\z//;
		$pending .= $line;
		my $fields = split_record($pending);
		if (!$fields)
		{
			$pending .= "\n";
			next;
		}
		$pending = '';
		if (!@names)
		{
			@names = @$fields;
			next;
		}
		die "$path:$.: " . @$fields . ' fields, expected ' . @names if @$fields != @names;
		my %record;
		@record{@names} = @$fields;
		push @records, \%record;
	}
	die "$path: unterminated record" if $pending ne '';
	die "$path: no records" unless @records;
	return @records;
}

sub column_text
{
	my ($position, $type, $not_null, $default, $generated) = @_;
	my $text = "position $position, type $type, " . ($not_null ? 'not null' : 'nullable');
	$text .= ", default $default" if $default ne '';
	$text .= ", generated $generated" if $generated ne '';
	return $text;
}

# What the facts say about these tiers: (a hash of table names, "kind table.object" => text).
sub expected_objects
{
	my @tiers = @_;
	my (%tier_of, %tables, %shape_unknown, %objects);

	for my $fact (read_facts('tables'))
	{
		$tier_of{ $fact->{table} } = $fact->{tier};
		next unless grep { $_ eq $fact->{tier} } @tiers;
		$tables{ $fact->{table} } = 1;
		$shape_unknown{ $fact->{table} } = 1 if $fact->{shape_known} ne 'yes';
	}
	for my $tier (@tiers)
	{
		die "no table of the facts is in tier \"$tier\"" unless grep { $_ eq $tier } values %tier_of;
	}

	# A column dropped long ago left a gap in the positions of the facts, which a table made anew does not have.
	my %columns_before;
	for my $fact (sort { $a->{position} <=> $b->{position} } grep { $tables{ $_->{table} } } read_facts('columns'))
	{
		$objects{"column $fact->{table}.$fact->{column}"} = column_text(
			++$columns_before{ $fact->{table} }, $fact->{type}, $fact->{not_null} eq 't',
			$fact->{default}, $fact->{generated});
	}
	for my $fact (grep { $tables{ $_->{table} } } read_facts('constraints'))
	{
		# A foreign key into a tier that is not installed waits until it is.
		next if $fact->{ref_table} ne '' && !$tables{ $fact->{ref_table} };
		$objects{"constraint $fact->{table}.$fact->{constraint}"} = $fact->{definition};
	}
	for my $fact (grep { $tables{ $_->{table} } } read_facts('indexes'))
	{
		$objects{"index $fact->{table}.$fact->{index}"} =
		  ($fact->{unique} eq 't' ? 'unique ' : '') . "$fact->{method} $fact->{columns_and_predicate}";
	}
	for my $fact (grep { $tables{ $_->{table} } } read_facts('triggers'))
	{
		$objects{"trigger $fact->{table}.$fact->{trigger}"} =
		  "$fact->{when} FOR EACH ROW EXECUTE FUNCTION $fact->{function}";
	}
	return (\%tables, \%shape_unknown, \%objects);
}

# One JSON array per row, so that no text of the catalogs can be taken for a separator. search_path decides which names
# the definitions qualify, so it is pinned.
sub rows
{
	my ($node, $dbname, $query) = @_;
	my $output = $node->safe_psql($dbname, "SET search_path = public;\n$query");
	return map { decode_json($_) } split /\n/, $output;
}

my $tables_query = q{
SELECT json_build_array(relname)
FROM pg_class AS r
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'f')
    AND NOT EXISTS (
        SELECT FROM pg_depend AS d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = r.oid AND d.deptype = 'e')};

# The last field tells whether a sequence that the default takes its values from belongs to the column.
my $columns_query = q{
SELECT json_build_array(
    relname, attname, attnum - (
        SELECT count(*) FROM pg_attribute AS dropped
        WHERE dropped.attrelid = a.attrelid AND dropped.attisdropped AND dropped.attnum BETWEEN 1 AND a.attnum),
    format_type(atttypid, atttypmod), attnotnull::int, coalesce(pg_get_expr(adbin, adrelid), ''),
    CASE attgenerated WHEN '' THEN '' WHEN 's' THEN 'STORED' ELSE 'VIRTUAL' END,
    attidentity, (pg_get_serial_sequence(quote_ident(relname), attname) IS NOT NULL)::int)
FROM pg_class AS r
JOIN pg_attribute AS a ON attrelid = r.oid AND attnum > 0 AND NOT attisdropped
LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'f')};

# Not-null constraints have rows of their own from PostgreSQL 18 on; the columns tell about them.
my $constraints_query = q{
SELECT json_build_array(relname, conname, pg_get_constraintdef(c.oid))
FROM pg_class AS r JOIN pg_constraint AS c ON conrelid = r.oid
WHERE relnamespace = 'public'::regnamespace AND contype <> 'n'};

my $indexes_query = q{
SELECT json_build_array(
    r.relname, i.relname, amname, indisunique::int, indisvalid::int,
    regexp_replace(pg_get_indexdef(indexrelid), '^CREATE .*? USING [^ ]+ ', ''))
FROM pg_index
JOIN pg_class AS r ON r.oid = indrelid
JOIN pg_class AS i ON i.oid = indexrelid
JOIN pg_am ON pg_am.oid = i.relam
WHERE r.relnamespace = 'public'::regnamespace AND r.relkind IN ('r', 'p')
    AND NOT EXISTS (
        SELECT FROM pg_constraint WHERE conindid = indexrelid AND conrelid = indrelid AND contype IN ('p', 'u', 'x'))};

my $triggers_query = q{
SELECT json_build_array(
    relname, tgname, tgenabled, regexp_replace(pg_get_triggerdef(t.oid), '^CREATE .*?TRIGGER [^ ]+ ', ''))
FROM pg_class AS r JOIN pg_trigger AS t ON tgrelid = r.oid
WHERE relnamespace = 'public'::regnamespace AND NOT tgisinternal};

sub live_objects
{
	my ($node, $dbname) = @_;
	my %tables = map { $_->[0] => 1 } rows($node, $dbname, $tables_query);
	my %objects;

	for (rows($node, $dbname, $columns_query))
	{
		my ($table, $column, $position, $type, $not_null, $default, $generated, $identity, $owns_sequence) = @$_;
		my $text = column_text($position, $type, $not_null, $default, $generated);
		$text .= ", identity $identity" if $identity ne '';
		$text .= ', whose sequence is not owned by the column' if $default =~ /^nextval\(/ && !$owns_sequence;
		$objects{"column $table.$column"} = $text;
	}
	$objects{"constraint $_->[0].$_->[1]"} = $_->[2] for rows($node, $dbname, $constraints_query);
	for (rows($node, $dbname, $indexes_query))
	{
		my ($table, $index, $method, $unique, $valid, $rest) = @$_;
		$objects{"index $table.$index"} =
		  ($unique ? 'unique ' : '') . "$method $rest" . ($valid ? '' : ', invalid');
	}
	for (rows($node, $dbname, $triggers_query))
	{
		my ($table, $trigger, $enabled, $definition) = @$_;
		$definition =~ s/ ON (?:public\.)?\Q$table\E / /;
		$definition =~ s/EXECUTE FUNCTION public\./EXECUTE FUNCTION /;
		$objects{"trigger $table.$trigger"} = $definition . ($enabled eq 'O' ? '' : ", tgenabled $enabled");
	}
	return (\%tables, \%objects);
}

# compare_facts($node, $dbname, @tiers) => differences between schema public of the database and the facts of exactly
# these tiers, one sentence each, sorted; none when the database is right. A table of any other tier, or of no tier, is a
# difference as well. Of tables whose shape the facts do not know, only their being there is compared.
sub compare_facts
{
	my ($node, $dbname, @tiers) = @_;
	die 'compare_facts needs at least one tier' unless @tiers;
	my ($tables, $shape_unknown, $expected) = expected_objects(@tiers);
	my ($live_tables, $live) = live_objects($node, $dbname);
	my @differences;

	push @differences, map { "table $_: missing" } grep { !$live_tables->{$_} } keys %$tables;
	push @differences, map { "table $_: not in the facts" } grep { !$tables->{$_} } keys %$live_tables;

	# The objects of a table that is missing or extra, or has no known shape, are no news.
	my $comparable = sub {
		my ($table) = $_[0] =~ /^\w+ ([^.]+)\./;
		return $tables->{$table} && $live_tables->{$table} && !$shape_unknown->{$table};
	};
	for my $object (grep { $comparable->($_) } keys %$expected)
	{
		if (!exists $live->{$object})
		{
			push @differences, "$object: missing, expected \"$expected->{$object}\"";
		}
		elsif ($live->{$object} ne $expected->{$object})
		{
			push @differences, "$object: is \"$live->{$object}\", expected \"$expected->{$object}\"";
		}
	}
	push @differences, map { "$_: not in the facts, is \"$live->{$_}\"" }
	  grep { $comparable->($_) && !exists $expected->{$_} } keys %$live;
	return sort @differences;
}

1;
