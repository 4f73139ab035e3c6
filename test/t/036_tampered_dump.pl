# Dumps that somebody has changed: whatever they hold, no later call ends in a crash, an internal error or rights for
# others.
#
# WHISPER_FUZZ_SECONDS: how long values are changed (the default is short). WHISPER_FUZZ_SEED: the choices of a run.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node rows raises);
use WhisperFuzz qw(fuzz_seed fuzz_seconds pick nothing_broken);
use WhisperTamper qw(dump_of_shop restore columns_of change edit_rows);

my $node = new_node('tampered');
$node->append_conf('postgresql.conf', 'log_error_verbosity = verbose');
$node->reload;
$node->safe_psql('postgres', 'CREATE ROLE low LOGIN; CREATE ROLE other');
my $dump = dump_of_shop($node);
my $is_super = q{SELECT rolsuper FROM pg_roles WHERE rolname = 'low'};
# Values that the engine never writes

my $contents = edit_rows($dump, 'whisper.revision', sub { });
is($contents, $dump, 'a dump that is not changed stays as it is');
my $fuzzed = restore($node, $dump);
$node->safe_psql($fuzzed, q{
	INSERT INTO whisper.tool_claim VALUES ('nosuch', 'Flyway', 'public.flyway_schema_history');
	INSERT INTO whisper.deployment VALUES (4, 1, 'upgrade', 'heads', NULL, 3, 'low', now());
	INSERT INTO whisper.unfinished_statement VALUES ('batch4', 'batch', 0, '\x00', 'started', 4, now(), NULL, '1', '9', 1, 1, NULL),
		('low3', 'up', 1, '\x00', 'started', 4, now(), NULL, NULL, NULL, NULL, NULL, '{1259}');
	INSERT INTO whisper.history SELECT 1000 + id, run, step, direction, tier, revision, executed_by, executed_at, elapsed, statements,
		checksum, message, '42P01' FROM whisper.history LIMIT 1;
	UPDATE whisper.revision SET up_sql = 'SELECT work.grab();' || repeat(' ', 1048576 - 19) WHERE revision = 'low3';
	INSERT INTO whisper.section_part VALUES ('low3', 'up', 1, 'SELECT 1;'), ('low3', 'up', 2, 'SELECT 2;');
	CREATE FUNCTION public.try_calls(change text, calls text[]) RETURNS void LANGUAGE plpgsql AS $$
	DECLARE call text; role text; BEGIN
		BEGIN EXECUTE change; EXCEPTION WHEN OTHERS THEN RETURN; END;
		FOREACH call IN ARRAY calls LOOP
			FOREACH role IN ARRAY ARRAY['none', 'other'] LOOP
				BEGIN
					PERFORM set_config('role', role, true);
					EXECUTE call;
				EXCEPTION WHEN OTHERS THEN
					IF SQLSTATE LIKE 'XX%' OR SQLSTATE = '53200' THEN
						RAISE WARNING 'FOUND % after % in %: %', SQLSTATE, left(change, 300), call, left(SQLERRM, 200); END IF;
				END;
				PERFORM set_config('role', 'none', true);
			END LOOP;
			IF (SELECT rolsuper FROM pg_roles WHERE rolname = 'low') THEN
				RAISE WARNING 'FOUND rights after % in %', left(change, 300), call;
				ALTER ROLE low NOSUPERUSER;
			END IF;
		END LOOP;
	END $$});
my @reading = map { "SELECT count(*) FROM $_" } 'whisper_verify()', 'whisper_status()', 'whisper_tables()', 'whisper_plan()', q{whisper_plan('heads')},
  q{whisper_plan('base', direction => 'downgrade')}, q{whisper_plan('low3')}, q{whisper_sql('heads')}, q{whisper_sql('base')}, 'whisper_current()',
  'whisper_heads()', 'whisper_history()', 'whisper_branches()', 'whisper_log()', 'whisper_progress()', q{whisper_show('low2')}, q{whisper_export('low3')},
  'whisper_assert()', 'whisper_adopt()';
my @writing = map { "SELECT count(*) FROM $_" } q{whisper_upgrade('low3')}, q{whisper_upgrade('heads')}, q{whisper_repair('low2')}, q{whisper_repair('low3')},
  q{whisper_repair('views')}, q{whisper_downgrade('low2', allow_data_loss => true)}, q{whisper_downgrade('base', allow_data_loss => true)},
  q{whisper_downgrade('made1', allow_data_loss => true)}, 'whisper_adopt(apply => true)', q{whisper_stamp('base')}, q{whisper_stamp('heads')},
  q{whisper_revision('more')}, q{whisper_merge('more')}, qq{whisper_rebuild(confirm => '$fuzzed')}, q{whisper_claim('theirs', 'main')}, 'whisper_cancel()';
my @columns = columns_of($node, $fuzzed);
cmp_ok(scalar @columns, '>', 90, 'there is something to change');
# Who answers for a text, and what runs with his rights
my %trusted = map { $_ => 1 } qw(registered_by registered_by_oid file up_sql down_sql verify_sql batch_sql sql content);
my $log = -s $node->logfile;
sub try_changes
{
	my (@changes) = @_;
	my $calls = 'ARRAY[' . join(', ', map { s/'/''/gr =~ s/^/'/r =~ s/$/'/r } @reading, @writing) . ']';
	my $script = join '', "SET client_min_messages = warning;\n", map { "BEGIN; SELECT try_calls(\$change\$$_\$change\$, $calls); ROLLBACK;\n" } @changes;
	my (undef, undef, $stderr) = $node->psql($fuzzed, $script, on_error_stop => 0);
	# Only what is found: the calls warn of much.
	return grep { /FOUND|connection to server|closed the connection/ } split /\n/, $stderr;
}

# What once was found
my @known = (
	q{UPDATE whisper.section_part SET part = part + 5},
	q{UPDATE whisper.section_part SET part = -part},
	q{INSERT INTO whisper.section_part SELECT 'low3', 'up', i, 'x' FROM generate_series(100, 200) i},
	q{UPDATE whisper.revision SET down_revisions = ARRAY['low3'] WHERE revision = 'made1'},
	q{UPDATE whisper.revision SET down_revisions = ARRAY[revision]},
	q{UPDATE whisper.revision SET depends_on = ARRAY['low3'] WHERE revision = 'made1'},
	q{UPDATE whisper.revision SET down_revisions = '{}'},
	q{UPDATE whisper.revision SET branch_labels = '{a}'},
	q{UPDATE whisper.revision SET checksum = '', up_sql = 'SELECT 1/0'},
	q{UPDATE whisper.revision SET verify_sql = 'COPY (SELECT 1) TO PROGRAM ''touch /tmp/x''' WHERE revision LIKE 'low%'},
	q{INSERT INTO whisper.revision SELECT 'deep' || i, 1000 + i, tier, ARRAY[CASE i WHEN 1 THEN 'batch4' ELSE 'deep' || i - 1 END], down_implicit, depends_on,
		branch_labels, message, rerun, up_sql, up_line, up_transactional, down_sql, down_line, down_transactional, verify_sql, verify_line, creates,
		checksum, NULL, NULL, NULL, includes, missing, NULL, NULL, 1, 0, 'low', 'low'::regrole, false
		FROM whisper.revision, generate_series(1, 1000) i WHERE revision = 'low2'},
	q{INSERT INTO whisper.revision SELECT 'wide', 999999, tier, array_fill('low2'::text, ARRAY[20000]), down_implicit, depends_on,
		branch_labels, message, rerun, up_sql, up_line, up_transactional, down_sql, down_line, down_transactional, verify_sql, verify_line, creates,
		checksum, NULL, NULL, NULL, includes, missing, NULL, NULL, 1, 0, 'low', 'low'::regrole, false FROM whisper.revision WHERE revision = 'low2'},
	q{INSERT INTO whisper.owned_object SELECT 'table', 'public.theirs', '{public,theirs}', '{}', 'public', 'theirs', 'main', 'low2', 'created', 1, 99},
	q{INSERT INTO whisper.owned_object SELECT 'table', 'pg_catalog.pg_authid', '{pg_catalog,pg_authid}', '{}', 'pg_catalog', 'pg_authid', 'main', 'low2', 'created', 1, 99},
	q{INSERT INTO whisper.owned_object SELECT 'role', 'postgres', '{postgres}', '{}', NULL, 'postgres', 'main', 'low2', 'created', 1, 99},
	q{INSERT INTO whisper.owned_object SELECT 'extension', 'whisper_migrate', '{whisper_migrate}', '{}', NULL, 'whisper_migrate', 'main', 'low2', 'created', 1, 99},
	q{INSERT INTO whisper.owned_object SELECT 'schema', 'whisper', '{whisper}', '{}', NULL, 'whisper', 'main', 'low2', 'created', 1, 99},
	q{UPDATE whisper.applied SET tier = 'edits'}, q{UPDATE whisper.revision SET tier = 'edits'},
	q{DELETE FROM whisper.tier}, q{UPDATE whisper.tier SET position = 0}, q{DELETE FROM whisper.pack}, q{UPDATE whisper.profile SET tiers = '{nosuch}'},
	q{UPDATE whisper.pack SET critical_tables = ARRAY[NULL, '', 'a.b.c.d', '"', 'pg_catalog.pg_authid']});
is(join("\n", try_changes(@known)), '', 'changes that are known to be bad');
fuzz_seed();
my $until = time + fuzz_seconds(3);
my (@found, $tried);
do
{
	my @changes = map { change(undef, grep { !$trusted{ $_->[1] } } @columns) } 1 .. 5;
	push @found, try_changes(@changes);
	$tried += @changes;
} while (time < $until && @found < 20);
is(join("\n", @found), '', 'changes at random');
note "$tried changes";
@found = ();
$until = time + fuzz_seconds(3);
do
{
	push @found, grep { !/FOUND rights/ } try_changes(map { change(pick(grep { $trusted{ $_->[1] } } @columns)) } 1 .. 3);
} while (time < $until && @found < 20);
is(join("\n", @found), '', 'changes of a text, and of who answers for it');

# What a deploy would go on with
my @deployed = grep { $_->[0] =~ /unfinished_statement|deployment|cancel_request/ } @columns;
rows($node, $fuzzed, q{DELETE FROM whisper.deployment; DELETE FROM whisper.unfinished_statement;
	INSERT INTO big SELECT i, i FROM generate_series(2, 5) i;
	CREATE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE division_by_zero; END $$;
	CREATE TRIGGER fails BEFORE UPDATE ON big FOR EACH ROW WHEN (OLD.id = 3) EXECUTE FUNCTION fails();
	UPDATE whisper.revision SET batch_options = 'table=public.big key=id size=1' WHERE revision = 'batch4';
	UPDATE whisper.revision SET up_sql = '', registered_by = 'postgres', registered_by_oid = 10, batch_sql = replace(batch_sql, 'work.grab()::int', '2')
		WHERE revision IN ('low3', 'batch4'); DELETE FROM whisper.section_part});
raises($node, $fuzzed, q{CALL whisper_deploy('batch4')}, '22012', 'a deploy that stops in the middle');
rows($node, $fuzzed, 'CREATE TABLE saved AS TABLE whisper.unfinished_statement; DROP TRIGGER fails ON big');
is(rows($node, $fuzzed, q{SELECT last_key, end_key FROM saved WHERE section = 'batch'}), '2|5', 'it knows how far it came');
my $deploys = join '', map { qq{BEGIN; DELETE FROM whisper.unfinished_statement; DELETE FROM whisper.applied WHERE revision IN ('low3', 'batch4');
	INSERT INTO whisper.unfinished_statement TABLE saved; COMMIT;
	$_; CALL whisper_deploy('batch4', max_wait => '1 s'); SELECT count(*) FROM whisper_repair('batch4'); CALL whisper_deploy('batch4', max_wait => '1 s');\n} }
  map { change($_) } @deployed, @deployed;
my (undef, undef, $lost) = $node->psql($fuzzed, "SET client_min_messages = error;\n$deploys", on_error_stop => 0);
unlike($lost, qr/connection to server/, 'a deploy goes on with it, or says why not');
is(rows($node, $fuzzed, $is_super), 'f', 'and nobody became a superuser');
rows($node, $fuzzed, q{DELETE FROM whisper.unfinished_statement; DELETE FROM whisper.applied WHERE revision = 'batch4'});
is(rows($node, $fuzzed, q{CALL whisper_deploy('batch4'); SELECT sum(b) FROM big}), '10', 'the same, without changes, works');
nothing_broken($node, $log, 'the server met no internal error');

$node->stop;
done_testing();
