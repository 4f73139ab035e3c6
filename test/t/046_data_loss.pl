# No row is lost unasked: neither on the way down nor up, whatever statement, function or block takes it along.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database rows error_of raises);

my $node = new_node('loss');
new_database($node, 'loss', '');
rows($node, 'loss', q{SET client_min_messages = error; CREATE ROLE loser; CREATE SCHEMA kept; CREATE EXTENSION postgres_fdw SCHEMA kept;
	CREATE SERVER here FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '} . $node->host . q{', port '} . $node->port . q{', dbname 'loss');
	CREATE USER MAPPING FOR CURRENT_USER SERVER here});

my $number = 0;
my $everything = q{SELECT coalesce(string_agg(format('%s %s', c.oid::regclass, (xpath('/row/c/text()',
	query_to_xml(format('SELECT count(t.*) AS c FROM %s t', c.oid::regclass), false, true, '')))[1]::text), ', ' ORDER BY c.oid), '')
	FROM pg_class c WHERE relkind = 'r' AND relnamespace IN (SELECT oid FROM pg_namespace WHERE nspname IN ('public', 'other'))};

# A database in which $before has run, with a revision whose way up, or down, is $sql.
sub given
{
	my ($before, $way, $sql, $header, $option) = @_;
	++$number;
	my $made = $way eq 'down' ? $before : '';
	rows($node, 'loss', "SET client_min_messages = error; SELECT whisper_stamp('base', purge => true);
		DELETE FROM whisper.revision; DELETE FROM whisper.owned_object; DELETE FROM whisper.unfinished_statement;
		DROP SCHEMA public CASCADE; CREATE SCHEMA public; DROP SCHEMA IF EXISTS other CASCADE; CREATE SCHEMA other;
		DROP EXTENSION IF EXISTS whisper_migrate; CREATE EXTENSION whisper_migrate; " . ($made ? '' : $before));
	my $mark = $option // '';
	my $text = "-- revision: r$number\n" . ($header // '')
	  . ($way eq 'up' ? "-- migrate:up$mark\n$sql;\n-- migrate:down\n" : "-- migrate:up\n$made;\n-- migrate:down$mark\n$sql;\n");
	rows($node, 'loss', "SELECT whisper_register(\$text\$$text\$text\$)");
	rows($node, 'loss', 'SELECT whisper_upgrade()') if $made;
	return;
}

my %call = (
	up => sub { 'SELECT count(*) FROM whisper_upgrade(' . ($_[0] ? 'allow_data_loss => true' : '') . ')' },
	down => sub { q{SELECT count(*) FROM whisper_downgrade('base'} . ($_[0] ? ', allow_data_loss => true' : '') . ')' });

sub refused
{
	my ($name, $before, $sql, $detail) = @_;
	for my $way ('up', 'down')
	{
		given($before, $way, $sql);
		my $rows = rows($node, 'loss', $everything);
		raises($node, 'loss', $call{$way}->(0), 'WM012', "$way: $name",
			qr/the \Q$way\Egrade would lose data/, $detail, qr/HINT:  .*allow_data_loss => true/);
		is(rows($node, 'loss', $everything), $rows, "$way: $name: nothing has happened");
		is(rows($node, 'loss', $call{$way}->(1)), 1, "$way: $name: allowed");
	}
	return;
}

sub let_pass
{
	my ($name, $before, $sql) = @_;
	given($before, 'up', $sql);
	is(error_of($node, 'loss', $call{up}->(0)), '', "up: $name");
	return;
}

my $t = 'CREATE TABLE public.t (a int, b text); INSERT INTO public.t SELECT i, i FROM generate_series(1, 5) i';
my $five = qr/table "public\.t": 5 rows/;
my $inner = 'CREATE TABLE public.base (x int, y int)';

refused('a table', $t, 'DROP TABLE public.t', $five);
refused('a column', $t, 'ALTER TABLE public.t DROP COLUMN b', qr/column "public\.t\.b", not null in: 5 rows/);
refused('a DO block', $t, 'DO $$ BEGIN EXECUTE $q$DROP TABLE public.t$q$; END $$', $five);
refused('TRUNCATE', $t, 'TRUNCATE public.t', $five);
refused('TRUNCATE in a function', $t, 'CREATE FUNCTION public.f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN TRUNCATE public.t; END $$;
	SELECT public.f(); DROP FUNCTION public.f', $five);
refused('TRUNCATE CASCADE', "$t; ALTER TABLE public.t ADD UNIQUE (a); CREATE TABLE public.u (a int REFERENCES public.t (a));
	INSERT INTO public.u VALUES (1)", 'TRUNCATE public.t CASCADE', qr/$five\ntable "public\.u": 1 row$/m);
refused('TRUNCATE and DROP', $t, 'TRUNCATE public.t; DROP TABLE public.t', $five);
refused('TRUNCATE of a partitioned table', 'CREATE TABLE public.p (a int) PARTITION BY LIST (a);
	CREATE TABLE public.p1 PARTITION OF public.p DEFAULT; INSERT INTO public.p VALUES (1), (2)',
	'TRUNCATE public.p', qr/table "public\.p1": 2 rows/);
refused('a detached partition', 'CREATE TABLE public.p (a int) PARTITION BY LIST (a);
	CREATE TABLE public.p1 PARTITION OF public.p DEFAULT; INSERT INTO public.p VALUES (1), (2)',
	'ALTER TABLE public.p DETACH PARTITION public.p1; DROP TABLE public.p1', qr/table "public\.p1": 2 rows/);
refused('an inherited column', 'CREATE TABLE public.q (a int, b text); CREATE TABLE public.t () INHERITS (public.q);
	INSERT INTO public.t VALUES (1, 1)', 'ALTER TABLE public.q DROP COLUMN b', qr/column "public\.t\.b", not null in: 1 row/);
refused('DROP SCHEMA CASCADE', "$t; ALTER TABLE public.t SET SCHEMA other", 'DROP SCHEMA other CASCADE', qr/"other\.t": 5 rows/);
refused('DROP OWNED', "$t; ALTER TABLE public.t OWNER TO loser", 'DROP OWNED BY loser', $five);
refused('DROP TYPE CASCADE', 'CREATE TYPE public.e AS ENUM ($$x$$); CREATE TABLE public.t (a int, b public.e[]);
	INSERT INTO public.t VALUES (1, $${x}$$)', 'DROP TYPE public.e CASCADE', qr/column "public\.t\.b", not null in: 1 row/);
refused('after a rewrite', $t, 'ALTER TABLE public.t ALTER a TYPE bigint; DROP TABLE public.t', $five);
refused('after an UPDATE', $t, 'UPDATE public.t SET a = 2; DROP TABLE public.t', $five);
refused('after a block that was rolled back', $t, 'DO $$ BEGIN
	BEGIN DROP TABLE public.t; RAISE EXCEPTION $q$x$q$; EXCEPTION WHEN OTHERS THEN NULL; END; DROP TABLE public.t; END $$', $five);

# Columns whose values live in another table
my $x = qr/column "public\.base\.x", not null in: 1 row/;
refused('a row type', "$inner; CREATE TABLE public.t (b public.base); INSERT INTO public.t VALUES (ROW(1, 2))",
	'ALTER TABLE public.base DROP COLUMN x', $x);
refused('an array of rows', "$inner; CREATE TABLE public.t (b public.base[]); INSERT INTO public.t VALUES (ARRAY[ROW(1, 2)::public.base])",
	'ALTER TABLE public.base DROP COLUMN x', $x);
refused('a domain over an array of rows', "$inner; CREATE DOMAIN public.d AS public.base[]; CREATE TABLE public.t (b public.d);
	INSERT INTO public.t VALUES (ARRAY[ROW(1, 2)::public.base])", 'ALTER TABLE public.base DROP COLUMN x', $x);
refused('rows within rows', "$inner; CREATE TYPE public.c AS (i public.base); CREATE TABLE public.m (c public.c);
	CREATE TABLE public.t (b public.m[]); INSERT INTO public.t VALUES (ARRAY[ROW(ROW(ROW(1, 2)))::public.m])",
	'ALTER TABLE public.base DROP COLUMN x', $x);
refused('a range of rows', 'CREATE TYPE public.base AS (x int, y int); CREATE TYPE public.r AS RANGE (subtype = public.base);
	CREATE TABLE public.t (b public.r); INSERT INTO public.t VALUES (public.r(ROW(1, 1), ROW(2, 2)))',
	'ALTER TYPE public.base DROP ATTRIBUTE x', qr/column "public\.base\.x", not null in: 1 row/);
refused('an attribute within a type', 'CREATE TYPE public.base AS (x int, y int); CREATE TYPE public.c AS (i public.base);
	CREATE TABLE public.t (b public.c); INSERT INTO public.t VALUES (ROW(ROW(1, 2)))', 'ALTER TYPE public.base DROP ATTRIBUTE x', $x);

# What is no loss
let_pass('an empty table', 'CREATE TABLE public.t (a int)', 'TRUNCATE public.t; DROP TABLE public.t');
let_pass('a column of nulls', 'CREATE TABLE public.t (a int, b int); INSERT INTO public.t VALUES (1)', 'ALTER TABLE public.t DROP COLUMN b');
let_pass('DELETE and UPDATE', $t, 'UPDATE public.t SET b = NULL; DELETE FROM public.t; DROP TABLE public.t');
let_pass('a table of its own', $t, 'CREATE TABLE public.z AS SELECT * FROM public.t; UPDATE public.z SET a = 0; DROP TABLE public.z');
let_pass('rows of its own', 'CREATE TABLE public.t (a int)', 'INSERT INTO public.t VALUES (1); TRUNCATE public.t; INSERT INTO public.t VALUES (1); DROP TABLE public.t');
let_pass('a column of its own', $t, 'ALTER TABLE public.t ADD c int DEFAULT 1; ALTER TABLE public.t DROP COLUMN c');
let_pass('a temporary table', '', 'CREATE TEMP TABLE z AS SELECT 1 AS a; TRUNCATE z; DROP TABLE z');
let_pass('a materialized view', "$t; CREATE MATERIALIZED VIEW public.m AS SELECT * FROM public.t", 'DROP MATERIALIZED VIEW public.m');
let_pass('a drop that was rolled back', $t, 'DO $$ BEGIN TRUNCATE public.t; DROP TABLE public.t; RAISE EXCEPTION $q$x$q$;
	EXCEPTION WHEN OTHERS THEN NULL; END $$');
is(rows($node, 'loss', 'SELECT count(*) FROM public.t'), 5, 'and its rows are there');

# Whoever called in the same transaction is somebody else.
given('CREATE TABLE public.t (a int)', 'up', 'DROP TABLE public.t');
raises($node, 'loss', 'BEGIN; INSERT INTO public.t VALUES (1); SELECT whisper_upgrade(); COMMIT', 'WM012', 'rows of the same transaction, not of the run',
	qr/table "public\.t": 1 row/);

# A file that says so itself
given($t, 'up', 'DROP TABLE public.t', "-- allow_data_loss: true\n");
is(rows($node, 'loss', $call{up}->(0)), 1, 'the file allows it');
like(rows($node, 'loss', "SELECT whisper_export('r$number')"), qr/^-- allow_data_loss: true$/m, 'and is exported');
rows($node, 'loss', "SELECT whisper_register(\$t\$-- revision: r$number\n-- migrate:up\nDROP TABLE public.t;\n-- migrate:down\n\$t\$)");
raises($node, 'loss', 'SELECT whisper_upgrade()', 'WM011', 'and that is part of what was applied');
raises($node, 'loss', "SELECT whisper_register(E'-- revision: odd\\n-- allow_data_loss: yes\\nSELECT 1;')", 'WM014', 'true or false',
	qr/invalid value for allow_data_loss: "yes"/);

# Nobody can count the rows of a foreign table, and its TRUNCATE empties what is behind it.
given('CREATE FOREIGN TABLE public.far (a int) SERVER here', 'up', 'DROP FOREIGN TABLE public.far');
is(error_of($node, 'loss', $call{up}->(0)), '', 'rows behind a foreign table stay where they are');

given("$t; CREATE FOREIGN TABLE public.far (a int) SERVER here OPTIONS (table_name 't')", 'up', 'TRUNCATE public.far');
raises($node, 'loss', $call{up}->(0), 'WM012', 'TRUNCATE of a foreign table', qr/table "public\.far": an unknown number of rows/);
is(rows($node, 'loss', 'SELECT count(*) FROM public.t'), 5, 'has emptied nothing');

# Deploys: statements that commit on their way

sub deploy_refused
{
	my ($name, $before, $sql, $state, @like) = @_;
	for my $way ('up', 'down')
	{
		given($before, $way, $sql, '', ' transaction:false');
		my $rows = rows($node, 'loss', $everything);
		my $target = $way eq 'up' ? q{'head'} : q{'base', direction => 'downgrade'};
		raises($node, 'loss', "CALL whisper_deploy($target)", $state, "deploy $way: $name", @like);
		is(rows($node, 'loss', $everything), $rows, "deploy $way: $name: nothing has happened");
		next if $state ne 'WM012';
		is(error_of($node, 'loss', "CALL whisper_deploy($target, allow_data_loss => true)"), '', "deploy $way: $name: allowed");
	}
	return;
}

deploy_refused('DROP', $t, 'DROP TABLE public.t', 'WM012', $five);
deploy_refused('TRUNCATE', $t, 'TRUNCATE public.t', 'WM012', $five);
deploy_refused('DO that commits', $t, 'DO $$ BEGIN DROP TABLE public.t; COMMIT; END $$', 'WM012', $five);
deploy_refused('DO that commits later', $t, 'DO $$ BEGIN PERFORM 1; COMMIT; TRUNCATE public.t; COMMIT; PERFORM 1; END $$', 'WM012', $five);
deploy_refused('CALL that commits', "$t; CREATE PROCEDURE public.pc() LANGUAGE plpgsql AS \$\$ BEGIN DROP TABLE public.t; COMMIT; END \$\$",
	'CALL public.pc()', 'WM012', $five);
for my $drop ('DROP EXTENSION whisper_migrate', 
	'DO $$ BEGIN ALTER EXTENSION whisper_migrate DROP TABLE whisper.applied; DROP TABLE whisper.applied CASCADE; COMMIT; END $$',
	'DO $$ BEGIN DROP EXTENSION whisper_migrate; COMMIT; END $$')
{
	deploy_refused($drop, $t, $drop, '55006', qr/a migration cannot drop /);
	is(rows($node, 'loss', q{SELECT count(*) FROM pg_extension WHERE extname = 'whisper_migrate'}), 1, 'it is still there');
}

given($t, 'up', 'DO $$ BEGIN DROP TABLE public.t; ROLLBACK; END $$', '', ' transaction:false');
is(error_of($node, 'loss', 'CALL whisper_deploy()'), '', 'a transaction that was rolled back');
is(rows($node, 'loss', 'SELECT count(*) FROM public.t'), 5, 'has lost nothing');

# Tiers keep their tables, too.
given($t, 'up', 'SELECT 1');
rows($node, 'loss', q{SELECT whisper_claim('public.t', 'main');
	SELECT whisper_register(E'-- revision: theirs\n-- migrate:up transaction:false\nDO $$ BEGIN DROP TABLE public.t; COMMIT; END $$;\n-- migrate:down\n', 'other')});
raises($node, 'loss', q{CALL whisper_deploy('other@head', allow_data_loss => true)}, 'WM013', 'a table of another tier');
is(rows($node, 'loss', 'SELECT count(*) FROM public.t'), 5, 'is as it was');

# Flag and file in a deploy of ordinary sections
given($t, 'up', 'ALTER TABLE public.t DROP COLUMN b');
raises($node, 'loss', 'CALL whisper_deploy()', 'WM012', 'deploy of an ordinary section', qr/column "public\.t\.b", not null in: 5 rows/);
is(error_of($node, 'loss', 'CALL whisper_deploy(allow_data_loss => true)'), '', 'and allowed');
given($t, 'up', 'TRUNCATE public.t', "-- allow_data_loss: true\n", ' transaction:false');
is(error_of($node, 'loss', 'CALL whisper_deploy()'), '', 'the file allows the worker, too');

$node->stop;
done_testing();
