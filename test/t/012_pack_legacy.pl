# The bundled pack over databases of the old workflow: revisions that have nothing to do in a new database do their work
# where the tables are, the last one can be taken back, and what former releases of the pack have applied counts.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;
use WhisperLegacy qw(advanced_tables production_tables legacy_sql rows_sql alembic_version_sql);
use WhisperTest qw(new_node new_database rows raises);

my $node = new_node('legacy');

sub legacy_database
{
	my ($dbname, @sql) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $dbname");
	$node->safe_psql($dbname, join "\n", @sql, 'CREATE EXTENSION whisper_migrate;');
	return;
}

# The advanced file alone, as it was before the revisions in question

my $emoji = join ', ', map { "DROP COLUMN emoji_$_" }
  qw(frequency style combination placement age_demographic cultural_influence);
my $unbanned = 'ALTER TABLE banned_users DROP COLUMN unbanned_at, DROP COLUMN unbanned_by, DROP COLUMN unban_reason;';
my @early = (legacy_sql(advanced_tables()), "ALTER TABLE characters $emoji;", $unbanned, <<'END');
DROP INDEX idx_universal_users_preferences_gin;
ALTER TABLE universal_users ALTER preferences DROP DEFAULT, ALTER preferences TYPE text, ALTER preferences SET DEFAULT '{}';
INSERT INTO universal_users (universal_id, primary_username, preferences) VALUES ('u1', 'ada', '{"tone": "dry"}');
ALTER TABLE communication_styles ADD COLUMN ai_identity_handling text, ADD COLUMN conversation_flow_guidance text;
INSERT INTO characters (name, normalized_name) VALUES ('Elena', 'elena');
INSERT INTO communication_styles (character_id, conversation_flow_guidance) VALUES (1, '{"open": "softly"}');
CREATE TABLE character_conversation_flows_json_backup (id int);
CREATE TABLE character_emotional_triggers_v2 (id int);
CREATE TABLE character_roleplay_scenarios_v2 (id int PRIMARY KEY);
CREATE TABLE character_scenario_triggers_v2 (scenario int REFERENCES character_roleplay_scenarios_v2);
INSERT INTO character_roleplay_scenarios_v2 VALUES (1);
INSERT INTO banned_users (discord_user_id, banned_by) VALUES ('1', '2');
END
my $adopt = q{SELECT count(*) > 0 FROM whisper_adopt('minimal', apply => true, accept_differences => true)};
my $shape = q{SELECT string_agg(attname || ' ' || format_type(atttypid, NULL), ', ' ORDER BY attname) FROM pg_attribute
	WHERE attnum > 0 AND NOT attisdropped AND (attrelid = to_regclass('universal_users') AND attname = 'preferences'
		OR attrelid = to_regclass('communication_styles') AND attname ~ 'handling|guidance'
		OR attrelid = to_regclass('banned_users') AND attname ~ 'unban')};
my $first_tries = q{SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relkind = 'r'
	AND relname ~ '_v2$|json_backup|roleplay_scenarios|scenario_triggers'};

legacy_database('early', @early);
rows($node, 'early', $adopt);
raises($node, 'early', q{SELECT whisper_upgrade('head', profile => 'minimal')}, 'WM012', 'what would lose values and rows asks first',
	qr/column "public\.communication_styles\.conversation_flow_guidance", not null in: 1 row/,
	qr/table "public\.character_roleplay_scenarios": 1 row/, qr/HINT: .*allow_data_loss => true/);
rows($node, 'early', q{SELECT whisper_upgrade('head', profile => 'minimal', allow_data_loss => true)});
is(rows($node, 'early', $shape), 'preferences jsonb, unban_reason text, unbanned_at timestamp without time zone, unbanned_by text',
	'columns are added, changed and dropped where the tables are');
is(rows($node, 'early', q{SELECT preferences ->> 'tone' FROM universal_users}), 'dry', 'with their values');
is(rows($node, 'early', $first_tries), '', 'the first attempts at some tables are gone');
is(rows($node, 'early', q{SELECT subject, detail FROM whisper_verify('minimal') WHERE NOT ok
	AND check_name <> 'enrichment_search'}), '', 'the core tier is verified');

# The tables of the advanced tier are that tier's business once it has taken them over.
legacy_database('all_of_it', @early);
rows($node, 'all_of_it', $adopt =~ s/minimal/research/r);
rows($node, 'all_of_it', q{SELECT whisper_upgrade('a71d62f22c10', profile => 'research', allow_data_loss => true)});
like(rows($node, 'all_of_it', $shape), qr/ai_identity_handling text, conversation_flow_guidance text, preferences text/,
	'a table that another tier has taken over is left to it');

# The last revision is taken back where it was taken over.

legacy_database('production', legacy_sql(production_tables()), rows_sql(production_tables()),
	'DROP TABLE character_interests CASCADE;', alembic_version_sql('954245770def'));
rows($node, 'production', $adopt);
rows($node, 'production', q{SELECT whisper_upgrade('head', profile => 'minimal')});
my $tables = q{SELECT relname, origin FROM whisper.owned_object o JOIN pg_class c ON c.oid = to_regclass(object_identity)
	WHERE object_type = 'table' AND revision = 'core_complete' ORDER BY 1};
is(rows($node, 'production', $tables), <<'END' =~ s/\n\z//r, 'core_complete has taken over five tables and made one');
banned_users|adopted
character_background|adopted
character_interests|created
character_memories|adopted
character_relationships|adopted
character_response_modes|adopted
END
my $rows = q{SELECT (SELECT count(*) FROM banned_users), (SELECT count(*) FROM character_memories)};
my $before = rows($node, 'production', $rows);
is(rows($node, 'production', q{SELECT revision FROM whisper_downgrade('954245770def')}), 'core_complete', 'it is taken back');
is(rows($node, 'production', q{SELECT to_regclass('character_interests')}), '', 'what it made is gone');
is(rows($node, 'production', $rows), $before, 'what was there before stays, with its rows');
is(rows($node, 'production', q{SELECT count(*) FROM pg_trigger WHERE tgrelid = 'character_memories'::regclass
	AND tgname ~ 'timestamp'}), '1', 'and its triggers');
is(rows($node, 'production', "$adopt; SELECT revision FROM whisper_upgrade('head', profile => 'minimal')"), "t\ncore_complete",
	'and it comes back');

# What a former release of the pack had in these revisions

my @former = map { [ $_, '9d39bc3d556f80b25444061ddeed63f90076820b3d9894ab572e7182751b1934' ] }
  qw(7fbfdf63fb76 drop_legacy_json phase1_2_cleanup drop_legacy_roleplay a71d62f22c10 4628baf741ee);
push @former, [ 'core_complete', '31580c94a5967645ca6325ad061b47073ca5458e70fc0bf488dd358c7992f0c3' ];
my $values = join ', ', map { "('$_->[0]', decode('$_->[1]', 'hex'))" } @former;
new_database($node, 'released');
rows($node, 'released', q{SELECT whisper_upgrade('954245770def')});
my $release = join '; ', map { "UPDATE whisper.$_ AS t SET checksum = f.checksum FROM (VALUES $values) AS f (revision, checksum)
	WHERE f.revision = t.revision" } qw(applied revision);
rows($node, 'released', "SELECT whisper_upgrade('head'); $release; UPDATE whisper.revision SET file_mtime = 1");
is(rows($node, 'released', q{SELECT sum(changed) FROM whisper_status()}), '0', 'counts as unchanged');
is(rows($node, 'released', q{SELECT count(*) FROM whisper_upgrade('head')}), '0', 'and is no obstacle to an upgrade');
is(rows($node, 'released', q{SELECT count(*) FROM whisper.applied JOIN whisper.revision USING (revision, checksum)}), '30',
	'which records the checksums of today');

# The loader of characters reads a table that the smaller profiles do not have.

my $style = q{SELECT ok, detail FROM whisper_verify('production') WHERE subject = 'communication_styles'};
like(rows($node, 'released', $style), qr/^t\|not there, .*whisper_upgrade\('head', profile => 'research'\)$/,
	'a profile without the table is told of it');
is(rows($node, 'released', q{SELECT whisper_assert('minimal')}), '', 'and in order without it');
rows($node, 'released', q{SELECT whisper_upgrade('head', profile => 'research')});
is(rows($node, 'released', $style), 't|', 'there is nothing to tell where the table is');

$node->stop;
done_testing();
