# A logical replication worker that meets whisper_migrate: triggers that call its functions there, rows that arrive while
# migrations run, and the engine's own tables among those that are published.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database rows raises start_sql finish_sql wait_for);
use WhisperFuzz qw(fuzz_seed functions_of call_of nothing_broken);

my $publisher = new_node('publisher', allows_streaming => 'logical');
my $subscriber = new_node('subscriber');
$subscriber->append_conf('postgresql.conf', "wal_retrieve_retry_interval = 100ms\nlog_error_verbosity = verbose");
$subscriber->restart;
for my $node ($publisher, $subscriber)
{
	new_database($node, 'shop', '');
	$node->safe_psql('shop', 'CREATE TABLE asked (id serial PRIMARY KEY, call text); CREATE TABLE arrives (id int PRIMARY KEY, a text)');
}
# So that roles have other OIDs there.
$subscriber->safe_psql('postgres', 'CREATE ROLE somebody SUPERUSER; CREATE ROLE low LOGIN');
$publisher->safe_psql('postgres', 'CREATE ROLE low LOGIN');
my $source = $publisher->connstr('shop') =~ s/'/''/gr;
$publisher->safe_psql('shop', 'CREATE PUBLICATION shop FOR TABLES IN SCHEMA public');

# Whatever is asked for on the publisher is done by the worker on the subscriber, whose search_path is empty.
$subscriber->safe_psql('shop', qq{
	CREATE TABLE answers (id int, sqlstate text, message text, context text);
	CREATE FUNCTION answer() RETURNS trigger LANGUAGE plpgsql SET search_path = public AS \$\$
	DECLARE answer text; state text := '00000'; said text := ''; context text := ''; BEGIN
		BEGIN EXECUTE NEW.call INTO said;
		EXCEPTION WHEN OTHERS THEN GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, said = MESSAGE_TEXT, context = PG_EXCEPTION_CONTEXT; END;
		INSERT INTO answers VALUES (NEW.id, state, said, context); RETURN NULL; END \$\$;
	CREATE TRIGGER answers AFTER INSERT ON asked FOR EACH ROW EXECUTE FUNCTION answer();
	ALTER TABLE asked ENABLE ALWAYS TRIGGER answers;
	SELECT whisper_register(E'-- revision: made1\\n-- migrate:up\\nCREATE TABLE public.made (a int PRIMARY KEY);\\n-- migrate:down\\nDROP TABLE public.made;\\n-- migrate:verify\\nSELECT true;\\n');
	SELECT whisper_register(E'-- revision: made2\\n-- down_revision: made1\\n-- migrate:up\\nCREATE TABLE public.later (a int REFERENCES public.made DEFERRABLE INITIALLY DEFERRED);\\n-- migrate:down\\nDROP TABLE public.later;\\n');
	CREATE SUBSCRIPTION shop CONNECTION '$source' PUBLICATION shop});
$subscriber->wait_for_subscription_sync($publisher, 'shop', 'shop');

# A worker that fails begins again and again: no reason to wait for it.
sub arrived
{
	my $lsn = $publisher->lsn('write');
	my $said = -s $subscriber->logfile;
	for (1 .. 10 * $PostgreSQL::Test::Utils::timeout_default)
	{
		return if rows($publisher, 'shop', "SELECT coalesce(bool_and(replay_lsn >= '$lsn'), false) FROM pg_stat_replication") eq 't';
		die 'the worker fails' if substr(slurp_file($subscriber->logfile), $said) =~ /ERROR: .*processing remote data/s;
		select undef, undef, undef, 0.1;
	}
	die 'timed out waiting for the subscriber';
}
sub asks
{
	my ($call) = @_;
	$publisher->safe_psql('shop', "INSERT INTO asked (call) VALUES (\$call\$$call\$call\$)");
	arrived();
	return rows($subscriber, 'shop', q{SELECT sqlstate || ' ' || coalesce(message, '') FROM answers ORDER BY id DESC LIMIT 1});
}
my $name = q{SELECT application_name FROM pg_stat_activity WHERE backend_type LIKE 'logical replication%'};
my $log = -s $subscriber->logfile;
my $was = rows($subscriber, 'shop', $name);
is(asks('SELECT count(*) FROM whisper_plan()'), '00000 2', 'a worker plans');
is(asks('SELECT string_agg(revision, $$ $$) FROM whisper_upgrade()'), '00000 made1 made2', 'a worker upgrades');
is(rows($subscriber, 'shop', 'SELECT revision FROM whisper_current(); SELECT DISTINCT executed_by FROM whisper_log()'), "made2\npostgres",
	'and the record says who');
is(asks('SELECT count(*) FROM whisper_verify() WHERE NOT ok'), '00000 0', 'it verifies');
is(asks(q{SELECT string_agg(revision, ' ') FROM whisper_downgrade('made1')}), '00000 made2', 'it goes back');
like(asks('CALL whisper_deploy()'), qr/^(?:25001|2D000|0A000) /, 'it cannot deploy, as its transaction is the publisher\'s');
is(rows($subscriber, 'shop', $name), $was, 'it keeps its name');
is(rows($subscriber, 'shop', q{SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'}), '0', 'and no lock');

# A worker's triggers have the rights of the subscription's owner, or from PostgreSQL 16 on the table's.
$subscriber->safe_psql('shop', q{CREATE SCHEMA work AUTHORIZATION low; GRANT EXECUTE ON FUNCTION whisper_register, whisper_upgrade TO low});
$subscriber->safe_psql('shop', q{SELECT whisper_register(E'-- revision: low3\n-- down_revision: made1\n-- migrate:up\n'
	|| E'ALTER ROLE low SUPERUSER;\n-- migrate:down\n-- migrate:verify\nALTER ROLE low SUPERUSER;\n')}, extra_params => [ '-U', 'low' ]);
like(asks(q{SELECT count(*) FROM whisper_upgrade('low3')}), qr/^42501 revision "low3" was registered by role "low"/, 'it lends nobody its rights');
rows($subscriber, 'shop', q{SELECT whisper_stamp('low3')});
like(asks(q{SELECT string_agg(detail, '') FROM whisper_verify() WHERE subject = 'low3' AND check_name = 'verify section'}), qr/^00000 (?!holds)/,
	'nor for a verify section');
is(rows($subscriber, 'shop', q{SELECT rolsuper FROM pg_roles WHERE rolname = 'low'}), 'f', 'nobody became a superuser');
rows($subscriber, 'shop', q{SELECT whisper_stamp('made1')});

# Every function, with any arguments
fuzz_seed();
my @calls = map { my $f = $_; map { call_of($f) } 1 .. 3 } functions_of($subscriber, 'shop');
$publisher->safe_psql('shop', join ';', map { "INSERT INTO asked (call) VALUES (\$call\$$_\$call\$)" } @calls);
arrived();
is(rows($subscriber, 'shop', q{SELECT string_agg(DISTINCT sqlstate || message, E'\n') FROM answers WHERE sqlstate LIKE 'XX%'}), '',
	'every function in a worker: no internal error');
is(asks('SELECT 1'), '00000 1', 'and the worker goes on');
$log = nothing_broken($subscriber, $log, 'nothing broke');

# Rows arrive while tables change under them; none is lost, none hinders for longer than the change takes.
$subscriber->safe_psql('shop', q{SELECT whisper_stamp('base'); DROP TABLE IF EXISTS made, later; SELECT whisper_register(E'-- revision: grows1\n-- migrate:up\n'
	|| E'ALTER TABLE public.arrives ADD b int DEFAULT 7;\nSELECT pg_sleep(0.5);\nALTER TABLE public.arrives ADD CHECK (b > 0);\n'
	|| E'-- migrate:down\nALTER TABLE public.arrives DROP b;\n', 'other')});
my $writer = start_sql($publisher, 'shop', q{DO $$ BEGIN FOR i IN 1..300 LOOP INSERT INTO arrives VALUES (i, 'x'); COMMIT; END LOOP; END $$});
for (1 .. 2)
{
	rows($subscriber, 'shop', q{SELECT count(*) FROM whisper_upgrade('grows1'); SELECT count(*) FROM whisper_downgrade('other@-1', allow_data_loss => true)});
}
is(rows($subscriber, 'shop', q{SELECT revision FROM whisper_upgrade('grows1')}), 'grows1', 'upgrades and downgrades while rows arrive');
finish_sql($writer);
arrived();
is(rows($subscriber, 'shop', 'SELECT count(*), count(b), count(DISTINCT id) FROM arrives'), '300|300|300', 'and all have arrived');
rows($subscriber, 'shop', 'DROP SUBSCRIPTION shop');

# The engine's tables among those that are published: the other cluster's records and texts arrive as those of a dump do.
for my $node ($publisher, $subscriber)
{
	new_database($node, 'all_tables', '');
}
$publisher->safe_psql('all_tables', q{GRANT EXECUTE ON FUNCTION whisper_register, whisper_upgrade TO low; CREATE SCHEMA work AUTHORIZATION low;
	SELECT whisper_register(E'-- revision: made1\n-- migrate:up\nCREATE TABLE public.made (a int);\n-- migrate:down\nDROP TABLE public.made;\n');
	SELECT whisper_upgrade()});
$publisher->safe_psql('all_tables', q{SELECT whisper_register(E'-- revision: low2\n-- down_revision: made1\n-- migrate:up\nSELECT 1;\n'
	|| E'-- migrate:down\nALTER ROLE low SUPERUSER;\n-- migrate:verify\nALTER ROLE low SUPERUSER;\n'); SELECT whisper_upgrade();
	SELECT whisper_register(E'-- revision: low3\n-- down_revision: low2\n-- migrate:up\nALTER ROLE low SUPERUSER;\n-- migrate:down\n')},
	extra_params => [ '-U', 'low' ]);
$subscriber->safe_psql('all_tables', 'CREATE TABLE made (a int); CREATE SCHEMA work');
$publisher->safe_psql('all_tables', 'CREATE PUBLICATION everything FOR ALL TABLES');
$source = $publisher->connstr('all_tables') =~ s/'/''/gr;
$subscriber->safe_psql('all_tables', "CREATE SUBSCRIPTION everything CONNECTION '$source' PUBLICATION everything");
$subscriber->wait_for_subscription_sync($publisher, 'everything', 'all_tables');
is(rows($subscriber, 'all_tables', 'SELECT revision FROM whisper_current(); SELECT revision FROM whisper_plan()'), "low2\nlow3",
	'all tables: the records are the publisher\'s');
raises($subscriber, 'all_tables', 'SELECT whisper_upgrade()', '42501', 'all tables: a text is its author\'s, not his who has his name', qr/revision "low3"/);
raises($subscriber, 'all_tables', q{SELECT whisper_downgrade('made1')}, '42501', 'all tables: down, too', qr/revision "low2"/);
is(rows($subscriber, 'all_tables', q{SELECT detail FROM whisper_verify() WHERE subject = 'low2' AND check_name = 'verify section';
	SELECT rolsuper FROM pg_roles WHERE rolname = 'low'}), qq{not run: role "low" registered it\nf}, 'all tables: nor is it verified');
is(rows($subscriber, 'all_tables', q{SELECT count(*) > 0 FROM whisper_status(); SELECT count(*) > 0 FROM whisper_log();
	SELECT table_name FROM whisper_tables()}), "t\nt\nmade", 'all tables: what reads goes on');
# Sequences are not replicated: its own steps would get numbers that are taken.
raises($subscriber, 'all_tables', q{SELECT whisper_stamp('made1')}, '23505', 'all tables: the subscriber cannot write records of its own',
	qr/history_pkey/);
nothing_broken($subscriber, $log, 'nothing broke');

$subscriber->stop;
$publisher->stop;
done_testing();
