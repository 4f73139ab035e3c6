# Taking over databases that the old workflow left: what is there is recognised and kept, what is missing is created.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperFacts qw(compare_facts read_facts);
use WhisperLegacy qw(production_tables alembic_tables advanced_tables all_tables legacy_sql rows_sql fingerprint_sql
  alembic_version_sql schema_migrations_sql);
use WhisperTest qw(new_node new_database rows raises schema_of);

my $node = new_node('adopt');

my $tables = q{SELECT string_agg(relname::text, ' ' ORDER BY relname) FROM pg_class
	WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
	  AND relname NOT IN ('alembic_version', 'schema_migrations')};
my $row_count = q{SELECT sum((xpath('/row/c/text()',
	query_to_xml(format('SELECT count(*) AS c FROM %s', oid::regclass), false, true, '')))[1]::text::bigint)
	FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
	  AND relname NOT IN ('alembic_version', 'schema_migrations')};
my $troubles = q{SELECT check_name || ' ' || subject || ': ' || detail FROM whisper_verify('research') WHERE NOT ok};
my $hints = q{SELECT DISTINCT hint FROM whisper_verify('research') WHERE NOT ok ORDER BY 1};
my $records = q{
	SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM whisper.applied AS t;
	SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM whisper.statement AS t;
	SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM whisper.history AS t;
	SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM whisper.owned_object AS t;
	SELECT last_value FROM whisper.run_id};

# Every table of a profile is there, the six included that only whisper_migrate knows.
my @complete = sort map { $_->{table} } read_facts('tables');

sub revisions
{
	my ($dbname, $verdict) = @_;
	return rows($node, $dbname, "SELECT coalesce(string_agg(revision, ' ' ORDER BY tier, revision), '')"
		. " FROM whisper_adopt('research') WHERE verdict = '$verdict'");
}

# Looks, takes over and brings up to research, with a test of each step.
#   partial, absent, different: the revisions that are not present
#   differences: patterns that the list of differences matches
#   mend_first: what takes the differences away before the database is taken over
#   mend: what does so at the end, after they were accepted
sub take_over
{
	my ($dbname, %expected) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $before = schema_of($node, $dbname);
	my @tables = split / /, rows($node, $dbname, $tables);
	my $rows = rows($node, $dbname, $row_count);

	my $looked = rows($node, $dbname, q{SELECT verdict, count(*) FROM whisper_adopt('research') GROUP BY 1 ORDER BY 1});
	is(schema_of($node, $dbname), $before, "$dbname: looking leaves no trace in the schema");
	is(rows($node, $dbname, q{SELECT count(*) FROM pg_namespace WHERE nspname ~ 'hidden'}), '0', 'nor a schema');
	is(rows($node, $dbname, 'SELECT (SELECT count(*) FROM whisper.applied), last_value, is_called FROM whisper.run_id'),
		'0|1|f', 'nor a record');
	is(revisions($dbname, $_), $expected{$_} // '', "what is $_") for qw(partial absent different);

	my $apply = q{SELECT count(*) FROM whisper_adopt('research', apply => true%s) WHERE verdict <> 'unknown'};
	if ($expected{different})
	{
		raises($node, $dbname, sprintf($apply, ''), 'WM023', 'differences stop the adoption',
			qr/DETAIL:  \w+\/\w+: /, qr/HINT: .*accept_differences => true/, @{ $expected{differences} });
		is(rows($node, $dbname, 'SELECT count(*) FROM whisper.applied'), '0', 'before anything is recorded');
		rows($node, $dbname, $expected{mend_first}) if $expected{mend_first};
		$apply = sprintf $apply, $expected{mend_first} ? '' : ', accept_differences => true';
	}
	else
	{
		$apply = sprintf $apply, '';
	}
	my $fingerprint = fingerprint_sql($node, $dbname);
	my $contents = rows($node, $dbname, $fingerprint);
	is(rows($node, $dbname, $apply), '52', 'it is taken over, all 52 revisions considered');
	my $recorded = rows($node, $dbname, $records);
	is(rows($node, $dbname, $apply), '52', 'twice');
	is(rows($node, $dbname, $records), $recorded, 'and the second time changes nothing');
	is(rows($node, $dbname, q{SELECT DISTINCT origin FROM whisper.applied UNION SELECT origin FROM whisper.owned_object}),
		'adopted', 'everything recorded is adopted');
	is(rows($node, $dbname, q{SELECT coalesce(string_agg(c.relname::text, ' '), '') FROM pg_class c
		WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
		  AND relname NOT IN ('alembic_version', 'schema_migrations') AND NOT EXISTS (SELECT FROM whisper.owned_object
		   WHERE object_type = 'table' AND object_name = c.relname)}), '', 'every table has an owner');

	rows($node, $dbname, q{SELECT whisper_upgrade('head', profile => 'research')});
	my %was = map { $_ => 1 } @tables;
	is(rows($node, $dbname, $tables), "@complete", 'an upgrade to research completes the tables');
	is( rows($node, $dbname, q{SELECT string_agg(object_name, ' ' ORDER BY object_name) FROM whisper.owned_object
			WHERE object_type = 'table' AND origin = 'created'}),
		join(' ', grep { !$was{$_} } @complete), 'by creating exactly those that were missing');
	for my $mending (1 .. 3)
	{
		my @commands = split /\n/, rows($node, $dbname, $hints) or last;
		rows($node, $dbname, "$_;") for @commands;
	}
	rows($node, $dbname, $expected{mend}) if $expected{mend};
	is(rows($node, $dbname, $troubles), '', 'the database is verified');
	my $others = qr/^table (?:alembic_version|schema_migrations): not in the facts$/;
	is(join("\n", grep { !/$others/ } compare_facts($node, $dbname, qw(core enrichment advanced))), '',
		'and its tables are those of production');
	is(rows($node, $dbname, $fingerprint), $contents, 'every table is the same one, with the same rows');
	is(rows($node, $dbname, q{SELECT count(*) FROM whisper_upgrade('head', profile => 'research')}), '0',
		'nothing is left to do');
	note sprintf '%s: %d tables with %d rows; %s; afterwards %d tables, %d rows', $dbname, scalar @tables, $rows,
	  $looked =~ s/\n/, /gr =~ s/\|/ /gr, scalar @complete, rows($node, $dbname, $row_count);
	return;
}

sub legacy_database
{
	my ($dbname, @sql) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $dbname");
	$node->safe_psql($dbname, join "\n", @sql, 'CREATE EXTENSION whisper_migrate;');
	return;
}

# Views and functions are not in the facts, so no database made from them has any.
my $without_views = '020_memory 030_conversations 120_character_voice 170_character_intelligence '
  . '180_personality_optimization 190_personality_evolution';
my $without_functions = '900_graph_maintenance 020_fact_queries';
my @production = (legacy_sql(production_tables()), alembic_version_sql('954245770def'),
	schema_migrations_sql('add_cdl_tables', 'add_personality_evolution'),
	"COMMENT ON TABLE users IS 'as it was';", "COMMENT ON COLUMN characters.archetype IS 'as it was';");

# The production path, with rows

is(scalar production_tables(), 98, 'production has 98 tables');
legacy_database('production', @production, rows_sql(production_tables()));
raises($node, 'production', q{SELECT whisper_upgrade('head', profile => 'research')}, '42P07',
	'a plain upgrade stops at the first table', qr/relation "users" already exists/, qr/HINT: .*whisper_adopt/,
	qr/revision "20251011_baseline_v106"/);
is( rows($node, 'production', q{SELECT tier, revision, evidence FROM whisper_adopt('research')
		WHERE revision IN ('20251011_baseline_v106', 'c5bc995c619f', '7fbfdf63fb76', '010_identity', 'core_complete')
		   OR verdict = 'unknown' ORDER BY 1, 2}),
	join("\n",
		'advanced|010_identity|68 of 68 catalog items',
		'core|20251011_baseline_v106|45 of 95 catalog items; public.alembic_version has it as applied, the catalogs do not',
		'core|7fbfdf63fb76|leaves nothing in the catalogs; public.alembic_version agrees',
		'core|c5bc995c619f|14 of 14 catalog items; public.alembic_version agrees',
		'core|core_complete|100 of 100 catalog items; public.alembic_version does not have it as applied, the catalogs do',
		'|add_cdl_tables|public.schema_migrations names it, and no revision has this id',
		'|add_personality_evolution|public.schema_migrations names it, and no revision has this id'),
	'what other tools say is held against the catalogs');
take_over('production', partial => "$without_views 20251011_baseline_v106 a1b2c3d4e5f6", absent => $without_functions);
is(rows($node, 'production', q{SELECT obj_description('users'::regclass), obj_description('user_facts'::regclass)}),
	'as it was|Single facts a bot has learned about a user', 'comments are added, and those that are there stay');

# No downgrade drops what was taken over.
rows($node, 'production', q{SELECT whisper_downgrade('head', 'minimal')});
is( rows($node, 'production', q{SELECT count(*) FROM pg_tables WHERE schemaname = 'public'
	   AND tablename NOT IN ('alembic_version', 'schema_migrations')}), '102',
	'derived ways down drop the six tables that were created and leave the adopted ones');
raises($node, 'production', q{SELECT whisper_upgrade('head', profile => 'research')}, '42P07',
	'which stop the next upgrade', qr/HINT: .*whisper_adopt/);
is( rows($node, 'production', q{
	SELECT count(*) > 0 FROM whisper_adopt('research', true);
	SELECT count(*) > 0 FROM whisper_upgrade('head', profile => 'research')}), "t\nt", 'until they are taken over again');
is(rows($node, 'production', $troubles), '', 'and all is well');

# Narrower than it would be

legacy_database('narrowed', @production, rows_sql(production_tables()),
	'ALTER TABLE character_values ALTER COLUMN value_key TYPE varchar(100);');
take_over('narrowed',
	partial => "$without_views 20251011_baseline_v106 a1b2c3d4e5f6", absent => $without_functions,
	different => '9c23e4e81011',
	differences => [ qr{DETAIL:  core/9c23e4e81011: column public\.character_values\.value_key is },
		qr{is "character varying\(100\) not null", expected "character varying\(300\) not null"\n} ],
	mend => 'ALTER TABLE character_values ALTER COLUMN value_key TYPE varchar(300)');
like(
	rows($node, 'narrowed', q{SELECT message FROM whisper_log()
		WHERE direction = 'adopt' AND revision = '9c23e4e81011'}),
	qr/; differs: column public\.character_values\.value_key is /, 'the log keeps what was accepted');

# Alembic alone, six failures skipped

legacy_database('alembic', legacy_sql(alembic_tables()), rows_sql(alembic_tables()),
	alembic_version_sql('954245770def'));
take_over('alembic',
	partial => '050_system 140_character_conversation 150_character_responses 170_character_intelligence',
	absent => '010_identity 020_memory 030_conversations 040_relationships 100_character_identity '
	  . '110_character_abilities 120_character_voice 130_character_emotions 160_roleplay 180_personality_optimization '
	  . '190_personality_evolution 900_graph_maintenance a1b2c3d4e5f6 core_complete 010_semantic_knowledge_graph '
	  . '020_fact_queries 090_universal_users_link');
raises($node, 'alembic', q{SELECT whisper_downgrade('base', allow_data_loss => true)}, 'WM013',
	'a way down that drops an adopted table is refused',
	qr/revision "604332ba3c03" of tier "core" would drop table "public\.character_emotional_states", which/,
	qr/DETAIL:  It belongs to tier "core", revision "604332ba3c03", which took it over and did not create it/);
is(rows($node, 'alembic', $tables), "@complete", 'and the whole downgrade with it');

# The advanced file alone: what later revisions add to its tables is missing

my $emoji = join ', ', map { "DROP COLUMN emoji_$_" }
  qw(frequency style combination placement age_demographic cultural_influence);
legacy_database('advanced', legacy_sql(advanced_tables()), rows_sql(advanced_tables()),
	"ALTER TABLE characters $emoji;",
	'ALTER TABLE banned_users DROP COLUMN unbanned_at, DROP COLUMN unbanned_by, DROP COLUMN unban_reason;');
take_over('advanced',
	partial => '020_memory 030_conversations 050_system 120_character_voice 140_character_conversation '
	  . '150_character_responses 180_personality_optimization 190_personality_evolution 20251011_baseline_v106',
	absent => '170_character_intelligence 200_strategic_intelligence 210_deployment '
	  . '900_graph_maintenance 06cb86fd8471 11f9e26c6345 1fd48f6d9650 20251019_conv_summaries 20251026_emoji_log '
	  . '2230add_keyword_templates 336ce8830dfe 3ec726abae38 4628baf741ee '
	  . '5228ee1af938 5891d5443712 604332ba3c03 7fbfdf63fb76 8b77eda62e71 a1b2c3d4e5f6 c5bc995c619f c64001afbd46 drop_legacy_json '
	  . 'drop_legacy_roleplay eaae2e8f35f2 emoji_personality_cols phase1_2_cleanup 020_fact_queries',
	different => 'core_complete',
	differences => [ map { qr/column public\.banned_users\.$_ is missing/ } qw(unbanned_at unbanned_by unban_reason) ],
	mend_first => 'ALTER TABLE banned_users ADD COLUMN unbanned_at timestamp, ADD COLUMN unbanned_by text,'
	  . ' ADD COLUMN unban_reason text');

# A research database out of which three tables fell, with an index that could not be built

new_database($node, 'damaged');
rows($node, 'damaged', q{SELECT whisper_upgrade('head', profile => 'research'); DROP EXTENSION whisper_migrate});
my %emptied = map { $_ => 1 } qw(fact_entities entity_relationships user_fact_relationships);
$node->safe_psql('damaged', rows_sql(grep { !$emptied{$_} } all_tables()));
$node->safe_psql('damaged', 'DROP TABLE character_interests, user_facts, fact_entities CASCADE');
$node->safe_psql('damaged', q{DROP INDEX idx_char_emotional_states_char_user;
	CREATE TABLE kept AS SELECT * FROM character_emotional_states;
	UPDATE character_emotional_states SET user_id = 'same', character_name = 'same'});
isnt($node->psql('damaged', 'CREATE UNIQUE INDEX CONCURRENTLY idx_char_emotional_states_char_user'
	. ' ON character_emotional_states (character_name, user_id)', stderr => \my $failed), 0, 'an index fails');
$node->safe_psql('damaged', q{UPDATE character_emotional_states AS s SET user_id = k.user_id,
	character_name = k.character_name FROM kept AS k WHERE k.id = s.id; DROP TABLE kept;
	CREATE EXTENSION whisper_migrate});
take_over('damaged',
	partial => '20251011_baseline_v106 a1b2c3d4e5f6 core_complete',
	absent => '020_fact_queries',
	different => '604332ba3c03 010_semantic_knowledge_graph',
	differences => [ qr/index public\.idx_char_emotional_states_char_user is "[^"]* \(invalid\)"/,
		qr/constraint user_fact_relationships_entity_id_fkey on public\.user_fact_relationships is missing/ ],
	mend => q{SELECT whisper_repair('010_semantic_knowledge_graph')});

# Rows in every table there ever was

legacy_database('filled', legacy_sql(all_tables()), rows_sql(all_tables()));
is(rows($node, 'filled', $row_count), 2 * 102, 'two rows in each of 102 tables');
take_over('filled',
	partial => $without_views, absent => '900_graph_maintenance a1b2c3d4e5f6 020_fact_queries');

$node->stop;
done_testing();
