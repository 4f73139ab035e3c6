# The bundled pack: what it builds, and that every way down leads back.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperFacts qw(compare_facts);
use WhisperTest qw(new_node new_database rows schema_of write_files);

my $node = new_node('bundled');

sub differs_nowhere
{
	my ($dbname, @tiers) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my @differences = compare_facts($node, $dbname, @tiers);
	is(@differences, 0, "the tables of @tiers are those of production") or diag(join "\n", @differences);
	return;
}

my $tables = q{SELECT count(*) FROM pg_tables WHERE schemaname = 'public'};
my $troubles = q{SELECT check_name || ' ' || subject || ': ' || detail FROM whisper_verify(%s) WHERE NOT ok};

# The tiers, one after the other

new_database($node, 'pack');
$node->safe_psql('postgres', 'CREATE DATABASE untouched');
my $empty = schema_of($node, 'untouched');
is(schema_of($node, 'pack'), $empty, 'the extension alone leaves nothing in the schema');

is(rows($node, 'pack', q{SELECT count(*), min(tier) FROM whisper_upgrade('head')}), '30|core',
	'upgrade to the core head');
is(rows($node, 'pack', $tables), '25', 'exactly 25 tables');
differs_nowhere('pack', 'core');
is(rows($node, 'pack', sprintf $troubles, ''), '', 'the database is verified');
is(rows($node, 'pack', q{SELECT count(*) FROM whisper_upgrade('head')}), '0', 'a second upgrade has nothing to do');
my $core = schema_of($node, 'pack');

is(rows($node, 'pack', q{SELECT string_agg(DISTINCT tier, ',') FROM whisper_upgrade('head', 'production')}),
	'enrichment', 'production adds the enrichment tier');
differs_nowhere('pack', qw(core enrichment));
is(rows($node, 'pack', sprintf $troubles, q{'production'}), '', 'production is verified');

is(rows($node, 'pack', q{SELECT revision FROM whisper_plan('head', 'production') WHERE direction = 'deferred'}),
	'090_universal_users_link', 'but for the file that waits for the advanced tier');
is(rows($node, 'pack', q{SELECT tier, count(*) FILTER (WHERE revision <> '090_universal_users_link') > 0,
	count(*) FILTER (WHERE revision = '090_universal_users_link') FROM whisper_upgrade('head', 'research')
	GROUP BY 1 ORDER BY 1}),
	"advanced|t|0\nenrichment|f|1", 'research adds the advanced tier and what waited for it');
differs_nowhere('pack', qw(core enrichment advanced));
is(rows($node, 'pack', sprintf $troubles, q{'research'}), '', 'research is verified');
my $research = schema_of($node, 'pack');

# And back

rows($node, 'pack', q{SELECT whisper_downgrade('head', 'minimal')});
is(schema_of($node, 'pack'), $core, 'a downgrade to the head of profile minimal leaves the core tier as it was');

rows($node, 'pack', q{SELECT whisper_downgrade('base', allow_data_loss => true)});
is(schema_of($node, 'pack'), $empty, 'after base nothing of the pack is left in the schema');
is(rows($node, 'pack', q{
	SELECT (SELECT count(*) FROM whisper.applied), (SELECT count(*) FROM whisper.owned_object),
	       (SELECT count(*) FROM whisper.statement)}), '0|0|0', 'nor in the catalog of the extension');
is(rows($node, 'pack', q{
	SELECT 'pg_class', relname::text FROM pg_class WHERE oid >= 16384
	   AND relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname ~ '^(whisper|pg_toast)$')
	UNION ALL SELECT 'pg_proc', proname FROM pg_proc p WHERE oid >= 16384
	   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
	UNION ALL SELECT 'pg_type', typname FROM pg_type WHERE oid >= 16384
	   AND typnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname = 'whisper')
	UNION ALL SELECT 'pg_extension', extname FROM pg_extension WHERE extname NOT IN ('plpgsql', 'whisper_migrate')
	UNION ALL SELECT 'pg_namespace', nspname FROM pg_namespace WHERE oid >= 16384 AND nspname <> 'whisper'}),
	'', 'nor in the catalogs of the server');

rows($node, 'pack', q{SELECT whisper_upgrade('head')});
is(schema_of($node, 'pack'), $core, 'a second way up ends with the same core schema');
rows($node, 'pack', q{SELECT whisper_upgrade('head', 'research')});
is(schema_of($node, 'pack'), $research, 'and with the same schema of all tiers');

# The plan as a script: psql alone builds the same in a database that knows nothing of the extension

new_database($node, 'planner');
my $directory = PostgreSQL::Test::Utils::tempdir;
for my $case ([ 'minimal', $core ], [ 'research', $research ])
{
	my ($profile, $expected) = @$case;
	write_files($directory, "$profile.sql" => rows($node, 'planner', "SELECT whisper_sql('head', '$profile')") . "\n");
	$node->safe_psql('postgres', "CREATE DATABASE plain_$profile");
	$node->command_ok([ 'psql', '-Xq', '-d', $node->connstr("plain_$profile"), '-f', "$directory/$profile.sql" ],
		"psql runs the script of profile $profile");
	is(schema_of($node, "plain_$profile"), $expected, 'and leaves the same schema as whisper_upgrade');
}
is(schema_of($node, 'planner'), $empty, 'making scripts changed nothing');

write_files($directory,
	'down.sql' => rows($node, 'pack', q{SELECT whisper_sql('base', direction => 'downgrade')}) . "\n");
$node->command_ok([ 'psql', '-Xq', '-d', $node->connstr('plain_research'), '-f', "$directory/down.sql" ],
	'psql runs the script of the way down');
# Without the catalog nobody can tell whether the extensions had been there before.
$node->safe_psql('plain_research', 'DROP EXTENSION pg_trgm, btree_gin');
is(schema_of($node, 'plain_research'), $empty, 'and leaves nothing but extensions');

new_database($node, 'prepared');
$node->safe_psql('prepared', 'CREATE EXTENSION pg_trgm');
my $prepared = schema_of($node, 'prepared');
rows($node, 'prepared', q{SELECT whisper_upgrade('head'), whisper_downgrade('base')});
is(schema_of($node, 'prepared'), $prepared, 'an extension that was there before is not dropped');

# Revision by revision

new_database($node, 'stepwise');
my @revisions = split /\n/, rows($node, 'stepwise', q{SELECT revision FROM whisper_plan('head') ORDER BY step});
my @schemas = ($empty);
my @wrong;
for my $revision (@revisions)
{
	my $done = rows($node, 'stepwise', "SELECT revision FROM whisper_upgrade('$revision')");
	push @wrong, "$revision: did \"$done\"" if $done ne $revision;
	push @schemas, schema_of($node, 'stepwise');
}
is($schemas[-1], $core, 'one revision after the other ends with the core schema');

# Where two branches stand side by side, -1 must say which one it means; where several revisions could follow, +1 must.
my $standing = 'SELECT count(*) FROM whisper_current()';
my $relative = 0;
for my $i (reverse 0 .. $#revisions)
{
	my ($revision, $before) = ($revisions[$i], $i > 0 ? $revisions[ $i - 1 ] : '');
	my $down = rows($node, 'stepwise', $standing) > 1 ? "$revision\@-1" : '-1';
	my ($undone, $heads, $followers) = split /\n/, rows($node, 'stepwise', qq{
		SELECT revision FROM whisper_downgrade('$down');
		$standing;
		SELECT count(*) FROM whisper_history() WHERE '$before' = ANY (down_revisions)});
	my $up = $heads == 1 && $followers == 1 ? '+1' : $revision;
	$relative++ if $up eq '+1';
	my $again = rows($node, 'stepwise', qq{
		SELECT revision FROM whisper_upgrade('$up');
		SELECT revision FROM whisper_downgrade('$down')});
	push @wrong, "$down: undid \"$undone\", expected $revision" if $undone ne $revision;
	push @wrong, "$up, $down: did \"$again\", expected $revision twice" if $again ne "$revision\n$revision";
	push @wrong, "$revision: its way down does not lead back" if schema_of($node, 'stepwise') ne $schemas[$i];
}
is("@wrong", '', 'each revision goes up, down, up and down again by itself');
cmp_ok($relative, '>', 20, 'most of them by -1 and +1');

# Every verify section notices when what its revision made is gone

my $unnoticed = rows($node, 'planner', q{
	SELECT count(*) FROM whisper_upgrade('head');
	CREATE TEMP TABLE unnoticed (tested int GENERATED ALWAYS AS IDENTITY, revision text, object text, noticed boolean);
	DO $$
	DECLARE
	    owned record;
	    found boolean;
	BEGIN
	    FOR owned IN SELECT * FROM whisper.owned_object WHERE object_type IN ('table', 'table column', 'function',
		'extension')
	    LOOP
	        BEGIN
	            EXECUTE CASE owned.object_type
	                WHEN 'table column' THEN format('ALTER TABLE %I.%I DROP COLUMN %I CASCADE', owned.object_names[1],
	                                                owned.object_names[2], owned.object_names[3])
	                ELSE format('DROP %s %s CASCADE', owned.object_type, owned.object_identity) END;
	            SELECT bool_or(NOT ok) INTO found FROM whisper_verify()
	                WHERE check_name = 'verify section' AND subject = owned.revision;
	            RAISE SQLSTATE 'UNDO1';
	        EXCEPTION WHEN SQLSTATE 'UNDO1' THEN
	            INSERT INTO unnoticed (revision, object, noticed)
	            VALUES (owned.revision, owned.object_identity, coalesce(found, false));
	        END;
	    END LOOP;
	END $$;
	SELECT count(*) >= 30,
	       coalesce(string_agg(revision || ' ' || object, ', ') FILTER (WHERE NOT noticed), 'none') FROM unnoticed;
});
is((split /\n/, $unnoticed)[-1], 't|none',
	'no object of the core tier can be dropped without a verify section noticing');
is(rows($node, 'planner', sprintf $troubles, ''), '', 'and all of it was put back');

is( rows($node, 'planner', q{
	DROP TABLE personality_traits CASCADE;
	SELECT check_name, subject FROM whisper_verify() WHERE NOT ok
	    AND check_name IN ('table', 'tables', 'critical table') ORDER BY 1}),
	"critical table|personality_traits\ntable|public.personality_traits\ntables|core",
	'a dropped table is missed as one of its tier and as a critical one');

$node->stop;
done_testing();
