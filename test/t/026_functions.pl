# The functions, triggers and views of the bundled pack, called with rows in the tables.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database rows);

my $node = new_node('functions');
new_database($node, 'functions');
rows($node, 'functions', q{SELECT whisper_upgrade('head', 'research')});
sub of { return rows($node, 'functions', $_[0]) }

# Facts of a user

of(q{
	INSERT INTO universal_users (universal_id, primary_username, display_name) VALUES ('u1', 'ada', 'Ada'), ('u2', 'bob', 'Bob');
	INSERT INTO fact_entities (entity_type, entity_name, category) VALUES
		('hobby', 'hiking', 'sport'), ('hobby', 'hikings', 'sport'), ('hobby', 'chess', 'game'), ('food', 'hiking', 'snack'),
		('_processing_marker', 'done', 'x'), ('hobby', 'sewing', 'craft');
	INSERT INTO user_fact_relationships (user_id, entity_id, relationship_type, confidence, emotional_context,
		mentioned_by_character, updated_at)
	SELECT 'u1', id, CASE entity_name WHEN 'chess' THEN '_enrichment_done' ELSE 'likes' END,
		CASE WHEN entity_type = 'food' THEN 0.95 WHEN entity_name = 'sewing' THEN 0.4 ELSE 0.9 END, 'joy', 'elena',
		CASE entity_name WHEN 'hikings' THEN '2025-02-02'::timestamp ELSE '2025-01-01' END
	FROM fact_entities;
	INSERT INTO entity_relationships (from_entity_id, to_entity_id, relationship_type, weight)
	SELECT a.id, b.id, 'similar_to', 0.5 FROM fact_entities a, fact_entities b
	WHERE (a.entity_type, a.entity_name, b.entity_name) = ('hobby', 'hiking', 'hikings')});
is(of(q{SELECT * FROM get_user_facts_with_relations('u1')}),
	"hiking|snack|likes|0.95|joy|elena|0|2025-01-01 00:00:00\n"
	  . "hikings|sport|likes|0.9|joy|elena|0|2025-02-02 00:00:00\n"
	  . 'hiking|sport|likes|0.9|joy|elena|1|2025-01-01 00:00:00',
	'facts: most confident and newest first, without markers and what the enrichment noted, nor what is doubtful');
is(of(q{SELECT entity_category FROM get_user_facts_with_relations('u1', 'food');
	SELECT count(*) FROM get_user_facts_with_relations('u1', p_min_confidence => 0.4);
	SELECT entity_category FROM get_user_facts_with_relations('u1', p_limit => 1);
	SELECT count(*) FROM get_user_facts_with_relations('u2')}),
	"snack\n4\nsnack\n0", 'facts: by type, confidence and number, of one user');
my $hiking = q{(SELECT id FROM fact_entities WHERE (entity_type, entity_name) = ('hobby', 'hiking'))};
is(of(qq{SELECT similar_entity_name, round(similarity_score::numeric, 3), pg_typeof(similarity_score)
	FROM discover_similar_entities($hiking)}), 'hikings|0.667|double precision',
	'similar entities: of the same type, above the threshold, without the entity itself');
is(of(qq{SELECT count(*) FROM discover_similar_entities($hiking, 0.7);
	SELECT count(*) FROM discover_similar_entities($hiking, 0, 1)}), "0\n1", 'similar entities: threshold and number');

# Triggers that note the time

for my $table (qw(fact_entities user_fact_relationships))
{
	is(of(qq{BEGIN; UPDATE $table SET updated_at = '2000-01-01';
		SELECT bool_and(updated_at = now()::timestamp) FROM $table; ROLLBACK}), 't', "$table.updated_at is now after an update");
}
of(q{
	INSERT INTO roleplay_transactions (user_id, bot_name, transaction_type) VALUES ('u1', 'elena', 'order');
	INSERT INTO characters (name, normalized_name) VALUES ('Elena', 'elena'), ('Marcus', 'marcus');
	UPDATE characters SET updated_date = '2000-01-01'});
is(of(q{BEGIN; UPDATE roleplay_transactions SET updated_at = '2000-01-01';
	SELECT bool_and(updated_at = now()) FROM roleplay_transactions; COMMIT}), 't', 'roleplay_transactions likewise');
my $changed = q{SELECT string_agg(normalized_name, ',' ORDER BY 1) FROM characters WHERE updated_date > '2001-01-01'};
of(q{INSERT INTO character_background (character_id, category, title, description)
	SELECT id, 'education', 'a', 'b' FROM characters WHERE normalized_name = 'elena'});
is(of($changed), 'elena', 'a new detail of a character is a change of that character');
of(q{UPDATE characters SET updated_date = '2000-01-01'; UPDATE character_background SET title = 'c'});
is(of($changed), 'elena', 'so is a changed one');
of(q{UPDATE characters SET updated_date = '2000-01-01'; DELETE FROM character_background});
is(of($changed), 'elena', 'and one that is deleted');
is(of(q{SELECT count(*) FROM pg_trigger WHERE tgfoid = 'update_character_timestamp'::regproc}), '10',
	'the tables that have the trigger');

# The evolution of personalities

of(q{
	INSERT INTO personality_traits (character_id, trait_name, trait_value)
		SELECT id, 'openness', 0.50 FROM characters WHERE normalized_name = 'elena';
	CREATE TRIGGER tracked AFTER INSERT OR UPDATE ON personality_traits
		FOR EACH ROW EXECUTE FUNCTION track_personality_parameter_changes('trait_value');
	UPDATE personality_traits SET trait_value = 0.75;
	UPDATE personality_traits SET intensity = 'high'});
is(of(q{SELECT character_name, parameter_path, old_value, new_value, change_magnitude, optimization_id
	FROM personality_evolution_timeline}), 'elena|personality_traits.openness.trait_value|0.50|0.75|0.250|',
	'a tracked value that changes is in the timeline; another column is not');
is(of(q{SELECT count(*) FROM recent_personality_changes; SELECT count(*) FROM personality_parameter_change_history}), "1\n1",
	'and in its views');
of(q{UPDATE personality_evolution_timeline SET change_timestamp = now() - interval '31 days'});
is(of(q{SELECT count(*) FROM recent_personality_changes; SELECT count(*) FROM personality_parameter_change_history}), "0\n1",
	'recent are the last 30 days');

of(q{
	INSERT INTO personality_optimization_attempts
		(optimization_id, character_name, optimization_approach, expected_improvement, implementation_complexity)
	VALUES ('o1', 'elena', 'moderate', 0.1, 'low'), ('o2', 'elena', 'moderate', 0.1, 'low'),
		('o3', 'elena', 'moderate', 0.1, 'low'), ('o4', 'marcus', 'moderate', 0.1, 'low');
	INSERT INTO personality_optimization_results (optimization_id, character_name, success, actual_improvement, rollback_applied)
	VALUES ('o1', 'elena', true, 0.3, false), ('o2', 'elena', false, -0.1, true);
	SET whisperengine.optimization_id = 'o1'; SET whisperengine.change_reason = 'too shy';
	UPDATE personality_traits SET trait_value = 0.80});
is(of(q{SELECT character_name, total_attempts, successful_attempts, success_rate_percent, average_improvement, best_improvement,
	worst_improvement, rollback_count, last_optimization IS NOT NULL FROM personality_optimization_summary ORDER BY 1}),
	"elena|3|1|33.33|0.100|0.300|-0.100|1|t\nmarcus|1|0|0.00||||0|t", 'per character, from attempts and their results');
is(of(q{SELECT parameter_path, new_value, change_reason, optimization_approach, success, change_type
	FROM recent_personality_changes}), 'personality_traits.openness.trait_value|0.80|too shy|moderate|t|automated',
	'a change by an optimization, with why, how and with what success');

# Maintenance

is(of(q{SELECT count(*) > 50, bool_and(a IS NOT NULL) FROM analyze_cdl_graph_index_performance() AS a}), 't|t',
	'indexes are listed with their sizes and scans');
is(of(q{SELECT count(*) > 20 FROM maintain_cdl_graph_indexes();
	SELECT reltuples FROM pg_class WHERE oid = 'fact_entities'::regclass}), "t\n6", 'and their tables analyzed');

$node->stop;
done_testing();
