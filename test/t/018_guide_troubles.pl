# Every trouble that the guide tells of, and some more, made on purpose and mended by nothing but the hints.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperFacts qw(compare_facts);
use WhisperTest qw(new_node new_database rows error_of write_files);

my $node = new_node('troubles');
my %tiers = (
	minimal => ['core'],
	production => [qw(core enrichment)],
	research => [qw(core enrichment advanced)]);
my $most_hints = 40;   # no trouble here has as many
my $directory = PostgreSQL::Test::Utils::tempdir;

for my $profile (sort keys %tiers)
{
	new_database($node, $profile);
	rows($node, $profile, "SELECT whisper_upgrade('head', '$profile')");
}

sub break_copy
{
	my ($from, $how) = @_;
	$node->safe_psql('postgres', 'DROP DATABASE IF EXISTS broken');
	$node->safe_psql('postgres', "CREATE DATABASE broken TEMPLATE $from");
	rows($node, 'broken', $how) if $how;
	return;
}

# Runs a command; when it fails, what its HINT says, and then the command again. Gives the error that stays.
sub run_as_told
{
	my ($name, $command) = @_;
	my $error = error_of($node, 'broken', "$command;");
	my $last = '';
	while ($error =~ /^HINT:  .*?(SELECT .*)$/m && $error ne $last)
	{
		my $advice = $1;
		$last = $error;
		note("$name: $advice");
		my $trouble = error_of($node, 'broken', "$advice;");
		diag("$name: $advice: $trouble") if $trouble ne '';
		$error = error_of($node, 'broken', "$command;");
	}
	return $error;
}

# Follows the hint of the first trouble until there is none, and compares what is there then with the facts.
sub is_mended
{
	my ($name, $profile, %options) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($first, $last, @followed) = ('no trouble', '');
	while (@followed < $most_hints)
	{
		# The hint stands in a line of its own.
		my $trouble = rows($node, 'broken', qq{SELECT check_name, subject, detail, E'\n' || hint
			FROM whisper_verify('$profile') WHERE NOT ok LIMIT 1});
		last if $trouble eq '' || $trouble eq $last;
		$first = $trouble if !@followed;
		$last = $trouble;
		my ($hint) = $trouble =~ /\|\n(.*)\z/s;
		push @followed, $hint;
		my $error = run_as_told($name, $hint);
		diag("$name: $hint: $error") if $error ne '';
	}
	note("$name: $_") for @followed;
	is(rows($node, 'broken', "SELECT check_name, subject, detail, hint FROM whisper_verify('$profile') WHERE NOT ok"), '',
		"$name: following the hints ends with everything in order");
	like($first, $options{noticed}, "$name: it is noticed") if $options{noticed};
	my $differences = join "\n", compare_facts($node, 'broken', @{ $tiers{$profile} });
	# A column comes back as the last one.
	$differences =~ s/^column \Q$options{moved}\E\.\S+: is "position \d+, (.*)", expected "position \d+, \g1"\n?//gm
	  if $options{moved};
	is($differences, '', "$name: and with the tables as they were");
	return;
}

# "Table already exists": somebody ran the SQL files by hand, all or some of them

my $everything = rows($node, 'minimal', q{SELECT whisper_downgrade('base'); SELECT whisper_sql('head', 'research')});
$everything =~ s/\A(?:\([^\n]*\)\n)+//;   # the rows of the downgrade
rows($node, 'minimal', 'SELECT whisper_upgrade()');
my $after_core = rows($node, 'minimal', q{SELECT whisper_sql('head', 'research')});
my $files = sub {
	return join "\n", map { rows($node, 'minimal', "SELECT up_sql FROM whisper_show('$_')") } @_;
};
my ($one_table) = $files->('030_conversations') =~ /^(CREATE TABLE .*?;)$/ms or die 'no table in 030_conversations';

for my $case (
	[ 'everything', undef, $everything ],
	[ 'all that is not core', 'minimal', $after_core ],
	[ 'the first advanced files and a table of the next one', 'minimal',
		$files->(qw(000_extensions 010_identity 020_memory)) . "\n$one_table" ],
	[ 'one advanced table', 'production', $one_table ])
{
	my ($name, $from, $by_hand) = @$case;
	if ($from)
	{
		break_copy($from);
	}
	else
	{
		$node->safe_psql('postgres', 'DROP DATABASE IF EXISTS broken');
		new_database($node, 'broken');
	}
	write_files($directory, 'by_hand.sql' => "$by_hand\n");
	$node->command_ok([ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('broken'),
		'-f', "$directory/by_hand.sql" ], "by hand, $name: the files run");
	my $upgrade = q{SELECT whisper_upgrade('head', 'research')};
	my $error = error_of($node, 'broken', $upgrade);
	like($error, qr/\A42P07: .*\nHINT:  .*SELECT \* FROM whisper_adopt\(/s, "by hand, $name: the upgrade says what to do");
	$error = run_as_told("by hand, $name", $upgrade);
	is($error, '', "by hand, $name: after that it goes on");
	is_mended("by hand, $name", 'research');
}

# Tables and what hangs on them, missing or damaged

break_copy('minimal');
is_mended('missing advanced tables, never installed', 'research', noticed => qr/^head\|enrichment/);

break_copy('research', 'DROP TABLE character_insights, universal_users, memory_entries CASCADE');
is_mended('missing advanced tables, dropped by hand', 'research', noticed => qr/^tables\|advanced/);

break_copy('research', 'DROP TABLE personality_traits, character_values CASCADE');
is_mended('CDL tables dropped', 'research', noticed => qr/^tables\|core/);

break_copy('research', 'DROP TABLE characters CASCADE');
is_mended('the table that most others refer to dropped', 'research', noticed => qr/^tables\|core/);

break_copy('minimal', q{SELECT whisper_downgrade('base')});
is_mended('CDL tables never installed', 'production', noticed => qr/^head\|core/);

break_copy('minimal', 'ALTER TABLE personality_traits DROP COLUMN trait_name CASCADE');
is_mended('a column of the CDL tables dropped', 'minimal', moved => 'personality_traits',
	noticed => qr/^verify section\|9c23e4e81011/);

break_copy('production', 'DROP TABLE fact_entities, user_fact_relationships, entity_relationships CASCADE');
is_mended('enrichment dropped', 'production', noticed => qr/^tables\|enrichment/);

break_copy('minimal');
is_mended('enrichment never installed', 'production', noticed => qr/^head\|enrichment/);

break_copy('production', 'DROP FUNCTION get_user_facts_with_relations, discover_similar_entities');
is_mended('the functions of the enrichment dropped', 'production', noticed => qr/020_fact_queries/);

break_copy('research', 'ALTER TABLE user_fact_relationships DROP CONSTRAINT user_fact_relationships_user_id_fkey');
is_mended('the link to universal_users dropped', 'research', noticed => qr/090_universal_users_link/);

break_copy('production', 'DROP INDEX idx_fact_entities_name_trgm');
is_mended('an index dropped', 'production', noticed => qr/idx_fact_entities_name_trgm/);

break_copy('research',
	q{UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'idx_fact_entities_search'::regclass});
is_mended('an invalid index', 'research', noticed => qr/^index\|public\.idx_fact_entities_search\|/);

break_copy('research', 'ALTER TABLE fact_entities DISABLE TRIGGER update_fact_entities_updated_at');
is_mended('a trigger disabled', 'research', noticed => qr/^trigger\|public\.fact_entities\.update_fact_entities_updated_at/);

break_copy('research', 'ALTER TABLE personality_traits DISABLE TRIGGER ALL');
is_mended('a foreign key that is not enforced', 'research',
	noticed => qr/^trigger\|public\.personality_traits\.\w+_fkey/);

break_copy('production', 'ALTER TABLE fact_entities DROP COLUMN search_vector');
is_mended('a generated column dropped', 'production', noticed => qr/fact/, moved => 'fact_entities');

break_copy('research', q{
	ALTER TABLE personality_traits DROP CONSTRAINT personality_traits_character_id_fkey;
	ALTER TABLE personality_traits ADD CONSTRAINT personality_traits_character_id_fkey
	    FOREIGN KEY (character_id) REFERENCES characters ON DELETE CASCADE NOT VALID});
is_mended('a constraint that is not validated', 'research',
	noticed => qr/^constraint\|public\.personality_traits\.personality_traits_character_id_fkey/);

$node->stop;
done_testing();
