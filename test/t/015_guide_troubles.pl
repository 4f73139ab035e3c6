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
		my $error = error_of($node, 'broken', "$hint;");
		diag("$name: $hint: $error") if $error ne '';
	}
	note("$name: $_") for @followed;
	is(rows($node, 'broken', "SELECT check_name, subject, detail, hint FROM whisper_verify('$profile') WHERE NOT ok"), '',
		"$name: following the hints ends with everything in order");
	like($first, $options{noticed}, "$name: it is noticed") if $options{noticed};
	my $differences = join "\n", compare_facts($node, 'broken', @{ $tiers{$profile} });
	# A column comes back as the last one.
	$differences =~ s/^column \Q$options{moved}\E.*position \d+, (.*)", expected "position \d+, \1"\n?//gm if $options{moved};
	is($differences, '', "$name: and with the tables as they were");
	return;
}

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
is_mended('a column of the CDL tables dropped', 'minimal', noticed => qr/personality_traits/);

break_copy('production', 'DROP TABLE fact_entities, user_fact_relationships, entity_relationships CASCADE');
is_mended('enrichment dropped', 'production', noticed => qr/^tables\|enrichment/);

break_copy('minimal');
is_mended('enrichment never installed', 'production', noticed => qr/^head\|enrichment/);

break_copy('production', 'DROP FUNCTION get_user_facts_with_relations, discover_similar_entities');
is_mended('the functions of the enrichment dropped', 'production', noticed => qr/get_user_facts/);

break_copy('research', 'ALTER TABLE user_fact_relationships DROP CONSTRAINT user_fact_relationships_user_id_fkey');
is_mended('the link to universal_users dropped', 'research', noticed => qr/090_universal_users_link/);

break_copy('production', 'DROP INDEX idx_fact_entities_name_trgm');
is_mended('an index dropped', 'production', noticed => qr/idx_fact_entities_name_trgm/);

break_copy('research',
	q{UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'idx_fact_entities_search'::regclass});
is_mended('an invalid index', 'research', noticed => qr/^index\|public.idx_fact_entities_search\|.*\|REINDEX INDEX/);

break_copy('research', 'ALTER TABLE fact_entities DISABLE TRIGGER update_fact_entities_updated_at');
is_mended('a trigger disabled', 'research', noticed => qr/^trigger\|fact_entities.update_fact_entities_updated_at/);

break_copy('research',
	q{
	ALTER TABLE personality_traits DROP CONSTRAINT personality_traits_character_id_fkey;
	ALTER TABLE personality_traits ADD CONSTRAINT personality_traits_character_id_fkey
	    FOREIGN KEY (character_id) REFERENCES characters ON DELETE CASCADE NOT VALID});
is_mended('a constraint that is not validated', 'research',
	noticed => qr/^constraint\|personality_traits.personality_traits_character_id_fkey/);
