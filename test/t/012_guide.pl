# The guide that the bundled pack replaces: its three deployments, the way from one to another, the check at the start of
# an application, and the emergency recovery.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperFacts qw(compare_facts);
use WhisperTest qw(new_node new_database rows raises schema_of);

my $node = new_node('guide');
my @profiles = ([ 'minimal', 25, 'core' ], [ 'production', 28, 'enrichment' ], [ 'research', 108, 'advanced' ]);
my %tiers;
my $tables = q{SELECT count(*) FROM pg_tables WHERE schemaname = 'public'};
my $troubles = 'SELECT check_name, subject, detail, hint FROM whisper_verify(%s) WHERE NOT ok';

# The deployments: one database goes from profile to profile, and leaves a copy behind at each

new_database($node, 'deployed');
my @so_far;
my %schema;
for (@profiles)
{
	my ($profile, $count, $tier) = @$_;
	push @so_far, $tier;
	$tiers{$profile} = [@so_far];
	is(rows($node, 'deployed', qq{SELECT string_agg(DISTINCT tier, ',') LIKE '%$tier%'
		FROM whisper_upgrade('head', '$profile'); $tables}), "t\n$count", "$profile: $count tables");
	is(join("\n", compare_facts($node, 'deployed', @so_far)), '', "$profile: the tables are those of production");
	is(rows($node, 'deployed', sprintf $troubles, "'$profile'"), '', "$profile: verified");
	is(rows($node, 'deployed', "SELECT whisper_assert('$profile')"), '', "$profile: and nothing to raise");
	is(rows($node, 'deployed', qq{SELECT sum(tables_present), bool_and(tables_present = tables_expected)
		FROM whisper_status()}), "$count|t", "$profile: the status counts them");
	$node->safe_psql('postgres', "CREATE DATABASE $profile TEMPLATE deployed");
	$schema{$profile} = schema_of($node, $profile);
}

# The comparison is worth something: it tells whatever is different

$node->safe_psql('postgres', 'CREATE DATABASE different TEMPLATE research');
my @different = (
	[ 'ALTER TABLE users ALTER username DROP NOT NULL', qr/column users\.username: is ".*nullable/ ],
	[ 'ALTER TABLE characters ALTER is_active DROP DEFAULT', qr/column characters\.is_active: is / ],
	[ 'ALTER TABLE personality_traits ALTER trait_value TYPE numeric(4,2)', qr/column personality_traits\.trait_value: is / ],
	[ 'ALTER TABLE fact_entities ALTER search_vector DROP EXPRESSION', qr/column fact_entities\.search_vector: is / ],
	[ 'ALTER TABLE memory_entries ADD extra int', qr/column memory_entries\.extra: not in the facts/ ],
	[ 'ALTER TABLE user_facts DROP updated_at', qr/column user_facts\.updated_at: missing/ ],
	[ 'ALTER TABLE personality_traits DROP CONSTRAINT personality_traits_character_id_fkey;
	   ALTER TABLE personality_traits ADD CONSTRAINT personality_traits_character_id_fkey FOREIGN KEY (character_id)
	   REFERENCES characters', qr/constraint personality_traits\.personality_traits_character_id_fkey: is / ],
	[ 'ALTER TABLE entity_relationships DROP CONSTRAINT entity_relationships_relationship_type_check',
		qr/constraint entity_relationships\.entity_relationships_relationship_type_check: missing/ ],
	[ 'ALTER TABLE banned_users ADD CONSTRAINT never CHECK (true)', qr/constraint banned_users\.never: not in the facts/ ],
	[ 'DROP INDEX idx_facts_type', qr/index user_facts\.idx_facts_type: missing/ ],
	[ 'DROP INDEX idx_facts_user_bot; CREATE INDEX idx_facts_user_bot ON user_facts (bot_name, user_id)',
		qr/index user_facts\.idx_facts_user_bot: is / ],
	[ 'CREATE INDEX one_more ON users (username)', qr/index users\.one_more: not in the facts/ ],
	[ 'ALTER TABLE fact_entities DISABLE TRIGGER update_fact_entities_updated_at',
		qr/trigger fact_entities\.update_fact_entities_updated_at: is / ],
	[ 'DROP TRIGGER trigger_update_character_timestamp_memories ON character_memories',
		qr/trigger character_memories\.\w+: missing/ ],
	[ 'CREATE TABLE somebody (id int)', qr/table somebody: not in the facts/ ],
	[ 'DROP TABLE bot_deployments', qr/table bot_deployments: missing/ ]);
rows($node, 'different', $_->[0]) for @different;
my @told = compare_facts($node, 'different', qw(core enrichment advanced));
for my $case (@different)
{
	my ($change, $expected) = @$case;
	is(scalar(grep { $_ =~ $expected } @told), 1, "the facts differ after $change");
}
is(scalar(@told), scalar(@different), 'and nothing else does') or diag(join "\n", @told);

# From any profile to any other with one call

for my $case ([ 'research', 'minimal' ], [ 'minimal', 'research' ], [ 'research', 'production' ],
	[ 'production', 'minimal' ], [ 'minimal', 'production' ], [ 'production', 'research' ])
{
	my ($from, $to) = @$case;
	my $call = @{ $tiers{$from} } < @{ $tiers{$to} } ? 'upgrade' : 'downgrade';
	rows($node, 'deployed', "SELECT whisper_$call('head', '$to')");
	is(schema_of($node, 'deployed'), $schema{$to}, "one $call from $from to $to");
}

# What the hints bring back is not more than was lost: rows of other tables stay.

$node->safe_psql('postgres', 'CREATE DATABASE broken TEMPLATE production');
rows($node, 'broken', q{
	INSERT INTO users (user_id, username) VALUES ('u1', 'ada');
	DROP TABLE personality_traits CASCADE});
my $repair = rows($node, 'broken', q{SELECT hint FROM whisper_verify('production') WHERE NOT ok LIMIT 1});
like(rows($node, 'broken', $repair), qr/\|restored\|table public\.personality_traits/,
	'whisper_repair says what it has brought back');
is(rows($node, 'broken', 'SELECT user_id FROM users'), 'u1', 'and leaves other rows alone');
is(rows($node, 'broken', "$repair" =~ s/\*/action/r), 'nothing to repair', 'a second time there is nothing to do');

# For CI and the start of an application

$node->safe_psql('broken', 'DROP TABLE fact_entities CASCADE');
raises($node, 'broken', q{SELECT whisper_assert('production')}, 'WM016', 'whisper_assert raises',
	qr/\d+ of \d+ checks failed/, qr/DETAIL:  .*fact_entities/s, qr/HINT:  SELECT \* FROM whisper_repair\('010_semantic/);
raises($node, 'minimal', q{SELECT whisper_assert('research')}, 'WM016', 'for what the profile lacks, too',
	qr/DETAIL:  head enrichment/, qr/HINT:  SELECT \* FROM whisper_upgrade/);
raises($node, 'minimal', q{SELECT whisper_assert('huge')}, 'WM018', 'and for a profile that does not exist');

# Emergency recovery

rows($node, 'broken', q{INSERT INTO user_facts (user_id, bot_name, fact_type, fact_value)
	SELECT 'u1', 'elena', 'hobby', i FROM generate_series(1, 3) AS i});
for my $confirm ('NULL', q{'production'}, q{''})
{
	raises($node, 'broken', "SELECT whisper_rebuild('production', $confirm)", 'WM012',
		"whisper_rebuild refuses confirm => $confirm", qr/table "public\.user_facts": 3 rows/,
		qr/table "public\.users": 1 row\b/, qr/HINT:  .*confirm => 'broken'/);
}
is(rows($node, 'broken', 'SELECT count(*) FROM user_facts'), '3', 'and has done nothing');
is(rows($node, 'broken', q{BEGIN; SELECT count(*) > 30 FROM whisper_rebuild('production', 'broken'); ROLLBACK;
	SELECT count(*) FROM user_facts}), "t\n3", 'it is one transaction');
is(rows($node, 'broken', q{SELECT DISTINCT direction FROM whisper_rebuild('production', 'broken')}), 'up', 'confirmed');
is(schema_of($node, 'broken'), $schema{production}, 'rebuild: the schema is as it was at the beginning');
is(rows($node, 'broken', sprintf $troubles, q{'production'}), '', 'rebuild: verified');
is(rows($node, 'broken', 'SELECT count(*) FROM users'), '0', 'rebuild: the rows are gone');
is(rows($node, 'broken', q{SELECT DISTINCT direction FROM whisper_log() ORDER BY 1}), "rebuild\nrepair\nup",
	'rebuild: the log has it');

$node->stop;
done_testing();
