package WhisperLegacy;

# Databases as the old workflow left them, from the facts in test/data/facts and with SQL of our own.

use strict;
use warnings FATAL => 'all';

use Exporter qw(import);
use WhisperFacts qw(read_facts);

our @EXPORT_OK = qw(production_tables alembic_tables advanced_tables all_tables legacy_sql rows_sql fingerprint_sql
  alembic_version_sql schema_migrations_sql);

# Which tables there are

# The six that nobody ever defined are in no database.
sub all_tables { return map { $_->{table} } grep { $_->{shape_known} eq 'yes' } read_facts('tables') }

# The advanced file, a stamp of the baseline, the upgrades: what only the baseline creates was never made.
sub production_tables
{
	my %never = map { $_ => 1 } qw(user_relationships user_facts character_identity character_communication);
	return grep { !$never{$_} } all_tables();
}

# alembic upgrade in an empty database, going on after each failure. A revision fails when it needs a table that no
# revision before it makes:
#   7fbfdf63fb76, drop_legacy_json   alter communication_styles, which 9c23e4e81011 makes only later
#   phase1_2_cleanup                 renames two tables that no revision makes
#   drop_legacy_roleplay             reads character_ai_scenarios, which is in the advanced file
#   a71d62f22c10                     alters universal_users, which is in the advanced file
#   4628baf741ee                     alters banned_users, which no revision makes
# These six create no table, so every table that the history creates is there.
sub alembic_tables { return map { $_->{table} } grep { $_->{created_by_revision} ne '' } read_facts('tables') }

# The advanced file alone: what no revision creates, and of what one creates only the tables that both systems have.
sub advanced_tables
{
	my %both = map { $_ => 1 } qw(users characters character_attributes
	  character_values communication_styles personality_traits);
	my %known = map { $_ => 1 } all_tables();
	return map { $_->{table} }
	  grep { $known{ $_->{table} } && ($_->{created_by_revision} eq '' || $both{ $_->{table} }) } read_facts('tables');
}

# How they are made

sub facts_of
{
	my ($name, @tables) = @_;
	my %wanted = map { $_ => 1 } @tables;
	return grep { $wanted{ $_->{table} } } read_facts($name);
}

# table => its columns in order
sub columns_of
{
	my %columns;
	push @{ $columns{ $_->{table} } }, $_ for sort { $a->{position} <=> $b->{position} } facts_of('columns', @_);
	return \%columns;
}

# Foreign keys between these tables, read apart.
sub foreign_keys_of
{
	my @tables = @_;
	my %wanted = map { $_ => 1 } @tables;
	my @keys;
	for my $fact (grep { $_->{kind} eq 'FOREIGN KEY' && $wanted{ $_->{ref_table} } } facts_of('constraints', @tables))
	{
		my ($columns, $referenced) = $fact->{definition} =~ /^FOREIGN KEY \((.*?)\) REFERENCES \w+\((.*?)\)/
		  or die "foreign key \"$fact->{constraint}\" cannot be read";
		push @keys, { %$fact, from => [ split /, /, $columns ], to => [ split /, /, $referenced ] };
	}
	return @keys;
}

# A list of values as it was written first: the server prints it with casts that would change when it is read again.
sub constraint_sql
{
	my ($fact) = @_;
	my $definition = $fact->{definition};
	$definition = "CHECK ($1 IN (" . ($2 =~ s/::character varying//gr) . '))'
	  if $definition =~ /^CHECK \(\(\((\w+)\)::text = ANY \(\(ARRAY\[(.*)\]\)::text\[\]\)\)\)$/;
	return "ALTER TABLE $fact->{table} ADD CONSTRAINT $fact->{constraint} $definition;";
}

sub table_sql
{
	my ($table, @columns) = @_;
	my (@before, @parts, @after);
	my $position = 0;
	for my $c (@columns)
	{
		# Where a column was dropped long ago its place stays empty.
		while (++$position < $c->{position})
		{
			push @parts, "gone_$position text";
			push @after, "ALTER TABLE $table DROP COLUMN gone_$position;";
		}
		my $part = "$c->{column} $c->{type}";
		if ($c->{generated} ne '') { $part .= " GENERATED ALWAYS AS ($c->{default}) $c->{generated}" }
		elsif ($c->{default} ne '') { $part .= " DEFAULT $c->{default}" }
		if ($c->{default} =~ /^nextval\('(\w+)'/)
		{
			push @before, "CREATE SEQUENCE $1 AS $c->{type};";
			push @after, "ALTER SEQUENCE $1 OWNED BY $table.$c->{column};";
		}
		push @parts, $part . ($c->{not_null} eq 't' ? ' NOT NULL' : '');
	}
	return (@before, "CREATE TABLE $table (" . join(', ', @parts) . ');', @after);
}

# The tables with all that hangs on them. The functions of the triggers are stand-ins: only their being there counts.
sub legacy_sql
{
	my @tables = @_;
	my $columns = columns_of(@tables);
	my @sql = map { "CREATE EXTENSION \"$_\";" } qw(pg_trgm btree_gin uuid-ossp);
	push @sql, table_sql($_, @{ $columns->{$_} }) for sort keys %$columns;
	push @sql, map { constraint_sql($_) } grep { $_->{kind} ne 'FOREIGN KEY' } facts_of('constraints', @tables);
	push @sql, map { constraint_sql($_) } foreign_keys_of(@tables);
	push @sql, 'CREATE ' . ($_->{unique} eq 't' ? 'UNIQUE ' : '')
	  . "INDEX $_->{index} ON $_->{table} USING $_->{method} $_->{columns_and_predicate};"
	  for facts_of('indexes', @tables);
	my %functions = map { $_->{function} => 1 } facts_of('triggers', @tables);
	push @sql, "CREATE FUNCTION $_ RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';" for sort keys %functions;
	push @sql, "CREATE TRIGGER $_->{trigger} $_->{when} ON $_->{table} FOR EACH ROW EXECUTE FUNCTION $_->{function};"
	  for facts_of('triggers', @tables);
	return join "\n", @sql;
}

sub alembic_version_sql
{
	my @revisions = @_;
	return 'CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);'
	  . join '', map { "INSERT INTO alembic_version VALUES ('$_');" } @revisions;
}

sub schema_migrations_sql
{
	my @names = @_;
	return 'CREATE TABLE schema_migrations (migration_name text PRIMARY KEY, applied_at timestamp DEFAULT now());'
	  . join '', map { "INSERT INTO schema_migrations VALUES ('$_');" } @names;
}

# What is in them

# What is referred to comes first.
sub in_order_of_reference
{
	my @tables = @_;
	my %needs;
	$needs{ $_->{table} }{ $_->{ref_table} } = 1 for foreign_keys_of(@tables);
	my (%done, @ordered);
	while (@ordered < @tables)
	{
		my @ready = grep { my $t = $_; !$done{$t} && !grep { !$done{$_} } keys %{ $needs{$t} } } sort @tables;
		die 'tables refer to each other in a circle' unless @ready;
		push @ordered, @ready;
		@done{@ready} = (1) x @ready;
	}
	return @ordered;
}

sub value_sql
{
	my ($column, $n, $allowed) = @_;
	my ($type, $text) = ($column->{type}, "$column->{column} $n");
	return "'$allowed'" if defined $allowed;
	return "ARRAY['$text']::$type" if $type =~ /\[\]$/;
	return $n if $type eq 'integer';
	return $n / 4 if $type =~ /^(?:numeric|double|real)/;
	return $n % 2 ? 'true' : 'false' if $type eq 'boolean';
	return "'{\"$column->{column}\": $n}'" if $type =~ /^json/;
	return "'2025-01-0$n 12:00'" if $type =~ /^timestamp/;
	return "md5('$column->{table} $text')::uuid" if $type eq 'uuid';
	my ($length) = $type =~ /\((\d+)\)/;
	return "'" . substr($text, -($length // 200)) . "'" if $type =~ /^(?:text|character varying)/;
	die "no value for column \"$column->{table}.$column->{column}\" of type $type";
}

# Two rows for each of the tables, every column filled.
sub rows_sql
{
	my @tables = @_;
	my $columns = columns_of(@tables);
	my (%allowed, %refers, %references, @sql);
	for my $check (grep { $_->{kind} eq 'CHECK' } facts_of('constraints', @tables))
	{
		$allowed{"$check->{table}.$check->{columns}"} = $1 if $check->{definition} =~ /ARRAY\[\(?'(\w+)'/;
	}
	for my $key (foreign_keys_of(@tables))
	{
		# Two keys to the same table refer to different rows of it.
		my $turn = $references{ $key->{table} }{ $key->{ref_table} }++;
		for my $i (0 .. $#{ $key->{from} })
		{
			$refers{ $key->{table} }{ $key->{from}[$i] } //= [ $key->{ref_table}, $key->{to}[$i], $turn ];
		}
	}
	for my $table (in_order_of_reference(@tables))
	{
		my @filled = grep { $_->{generated} eq '' && $_->{default} !~ /^nextval/ } @{ $columns->{$table} };
		for my $n (1, 2)
		{
			my @values;
			for my $c (@filled)
			{
				my $refers = $refers{$table}{ $c->{column} };
				push @values, $refers
				  ? sprintf('(SELECT %s FROM %s ORDER BY ctid OFFSET %d LIMIT 1)', $refers->[1], $refers->[0],
					($n - 1 + $refers->[2]) % 2)
				  : value_sql($c, $n, $allowed{"$table.$c->{column}"});
			}
			push @sql, "INSERT INTO $table (" . join(', ', map { $_->{column} } @filled) . ') VALUES ('
			  . join(', ', @values) . ');';
		}
	}
	return join "\n", @sql;
}

# A query whose result tells whether the tables that are in public now are still the same ones, in the same files, with
# the same rows in the columns that they have now. It gives "table, oid, file, rows, digest".
sub fingerprint_sql
{
	my ($node, $dbname) = @_;
	my $tables = $node->safe_psql($dbname, q{
		SELECT format('SELECT %L, %L::regclass::oid, pg_relation_filenode(%L), count(*), md5(string_agg(r::text, E''\n'''
		    ' ORDER BY r::text)) FROM (SELECT ROW(%s) AS r FROM %s) AS t', relname, oid::regclass, oid::regclass,
		    (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
		     WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped), oid::regclass)
		FROM pg_class AS c WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname});
	# Without it the order is the planner's.
	return join("\nUNION ALL ", split /\n(?=SELECT)/, $tables) . "\nORDER BY 1";
}

1;
