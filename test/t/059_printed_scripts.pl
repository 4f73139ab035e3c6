# Scripts of whisper_sql, run through psql: they do what whisper_upgrade does, and what others wrote into a migration never
# becomes a command of psql.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database rows raises write_files);

my $node = new_node('printed');
my $canary = 'canary_059';    # in the directory that psql runs in
unlink $canary;
my $count = 0;

sub quoted { my $text = shift; $text =~ s/'/''/g; return "'$text'"; }

# A database with these revisions registered, one after the other.
sub database_with
{
	my ($setup, @texts) = @_;
	my $dbname = 'printed' . ++$count;
	new_database($node, $dbname, '');
	$node->safe_psql($dbname, $setup) if $setup;
	my $before = 'base';
	my $number = 0;
	for my $text (@texts)
	{
		my $id = 'r' . ++$number;
		$node->safe_psql($dbname, 'SELECT whisper_register('
			  . quoted("-- revision: $id\n-- down_revision: $before\n$text\n-- migrate:down\nSELECT 1;\n") . ')');
		$before = $id;
	}
	return $dbname;
}

# Runs what whisper_sql prints, with `first` before it; (status, stderr, script).
sub run_script
{
	my ($dbname, $arguments, $first) = @_;
	my $script = $node->safe_psql($dbname, "SELECT whisper_sql($arguments)");
	my ($status, $stdout, $stderr) = $node->psql($dbname, ($first // '') . "$script\n", on_error_stop => 0);
	return ($status, $stderr, $script, $stdout);
}

# \echo prints what the NOTICE says, whatever it holds, and what psql would not print is refused: through whisper_sql, and
# through whisper_export, whose text is the author's own.
my @characters = map { chr } grep { $_ != 10 && $_ != 13 } 1 .. 127;
my @plain = map { ("'a${_}b \\! touch $canary `touch $canary` :DBNAME'", "\"a${_}b \\! touch $canary `touch $canary` :DBNAME\"") }
  grep { $_ ne "'" && $_ ne '"' } @characters;
push @plain, "it''s", "don't `touch $canary` \\! touch $canary", '-n x', '12:30:00 http://x', "'it\\'s \\! touch $canary'",
  "\x{c3}\x{a9}'\x{c3}\x{a9} \\\\ `touch $canary`'", "| touch $canary", "\$(touch $canary)", 'x' x 20000;
my $echoes = database_with('', "-- migrate:up\n" . join('', map { "\\echo $_\n\\qecho $_\n" } @plain)
	  . 'CREATE TABLE IF NOT EXISTS echoed (a int);');
my ($status, $stderr, $script, $stdout) = run_script($echoes, "'head'");
is("$status $stderr", '0 ', 'a script with every character in its \echo runs');
like($stdout, qr/^a(.)b \\! touch \Q$canary\E `touch \Q$canary\E` :DBNAME$/m, '… prints them as they are');
is(rows($node, $echoes, 'SELECT count(*) FROM echoed'), '0', '… and goes on');
my $export = $node->safe_psql($echoes, q{SELECT whisper_export('r1')});
like($export, qr/^\\echo 'a;b /m, 'so does its file') or diag $export;
$node->psql($echoes, "$export\n", on_error_stop => 0);
ok(!-e $canary, 'psql runs no command of either');

$node->safe_psql($echoes, q{CREATE FUNCTION attempt(command text) RETURNS text LANGUAGE plpgsql AS $$
	DECLARE detail text; BEGIN
		PERFORM whisper_register(E'-- revision: active\n-- migrate:up\nSELECT 1;\n' || command || E'\n-- migrate:down\nSELECT 1;\n');
		RETURN 'taken';
	EXCEPTION WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
		RETURN format('%s, line %s', SQLSTATE, substring(detail FROM 'line (\d+)'));
	END $$});
my @active = map { "\\echo $_" } "a'b'`touch $canary`", "'a' `touch $canary", "x \\! touch $canary", 'x \\\\ SELECT 1', 'x \\', 'a::b',
  ":'DBNAME'", ':"DBNAME"', ':{?DBNAME}', "x\rSELECT 1 ` touch $canary`", "x\x0b`touch $canary`",
  map { "a${_}b \\! touch $canary" } grep { $_ ne "'" && $_ ne '"' } @characters;
for my $command ('\echo', '\qecho', '\set ON_ERROR_STOP', '\restrict', '\unrestrict')
{
	push @active, map { "$command $_" } "`touch $canary`", ':DBNAME', 'x \! touch', "x\r-- y";
}
is(rows($node, $echoes, 'SELECT DISTINCT attempt(c) FROM unnest(ARRAY[' . join(', ', map { quoted($_) } @active) . ']) c'),
	'WM019, line 4', 'what psql would run or fill in is refused, with its line');
ok(!-e $canary, '… and has not run');

# Names of a batch are names.
for my $table (qq{"x";\\!touch\${IFS}$canary}, 'x;SELECT/**/$$"$$;#"', 'x,y', 'x--', '(x)', 'x.', '""', '"x', 'x\\y')
{
	my $dbname = database_with('');
	my $text = "-- revision: b1\n-- migrate:up\n-- migrate:batch table=$table key=id\n"
	  . "UPDATE x SET a = 1 WHERE id BETWEEN :batch_start AND :batch_end;\n-- migrate:down\nSELECT 1;\n";
	my ($code, undef, $error) = $node->psql($dbname, 'SELECT whisper_register(' . quoted($text) . ')');
	isnt($code, 0, "table=$table is refused");
	like($error, qr/batch option/, '… as an option');
}

# A batch's table with everything in its name; the rows' keys hold commands of psql.
my $odd = '"x; \\! touch ' . $canary . ' `:y`"';
my $batch = database_with(
	"CREATE TABLE $odd (id text PRIMARY KEY, a int); INSERT INTO $odd VALUES (" . quoted("'; \\! touch $canary") . ", 0)",
	"-- migrate:up\n-- migrate:batch table=$odd key=id\n"
	  . "UPDATE $odd SET a = 1 WHERE id BETWEEN :batch_start AND :batch_end;");
($status, $stderr) = run_script($batch, "'head'");
is("$status $stderr", '0 ', 'a batch over a table of an odd name runs');
is(rows($node, $batch, "SELECT a FROM $odd"), '1', '… and changes its rows');

# Statements: what is in quotes stays there, whatever a statement before it has set.
my @texts = ("SELECT 'a\\b \\! touch $canary'", "SELECT \$q\$ \\! touch $canary \$q\$", "SELECT E'a\\\\b\\' \\! touch $canary'",
	"/* \\! touch $canary */ SELECT 1 -- \\! touch $canary\n", "SELECT (ARRAY[1,2])[1:2]", "SELECT 1 AS \"\\! touch $canary\"");
for my $setting (q{DO $$ BEGIN PERFORM set_config('standard_conforming_strings', 'off', false); END $$},
	q{SET client_encoding = 'SJIS'}, q{SELECT set_config('client_encoding', 'SJIS', false)})
{
	my @tricks = ("SELECT 'a\\' || ' \\! touch $canary'", "SELECT '\x{e3}\x{81}\x{82}' , ' \\! touch $canary ', ''");
	my $dbname = database_with('', '-- migrate:up' . "\n" . join(";\n", $setting, @tricks) . ';',
		"-- migrate:up\n" . join(";\n", @texts, 'CREATE TABLE last (a int)') . ';');
	($status, $stderr) = run_script($dbname, "'head'");
	is("$status $stderr", '0 ', "the script runs: $setting");
	is(rows($node, $dbname, 'SELECT count(*) FROM last'), '0', '… to its end');
	ok(!-e $canary, '… and nothing else');
}

# COPY rows that psql would end too early.
my $copy = database_with('CREATE TABLE t (a text)', "-- migrate:up\nCOPY t FROM STDIN;\n\\\\! touch $canary\n:x `touch $canary`\n\\.\n");
($status, $stderr) = run_script($copy, "'head'");
is("$status $stderr", '0 ', 'COPY rows that look like commands are rows');
is(rows($node, $copy, 'SELECT count(*) FROM t'), '2', '… all of them');

# Ways down that are derived: names taken apart nowhere.
my $trap = 'x on y ADD q int; \\! touch ' . $canary . ' #';
my @names = ($trap, 'a.b', 'a" on "b', q{it's :x `y`}, "two\nlines", 'x' x 63);
my $pack = PostgreSQL::Test::Utils::tempdir();
write_files($pack, 'pack.json' => '{"name":"rep","tiers":[{"name":"rep","kind":"repeatable"}]}',
	map {
		my $name = $names[$_]; $name =~ s/"/""/g;
		("rep/a$_.sql" => "CREATE TABLE IF NOT EXISTS \"$name\" (\"$name\" int);\nCREATE INDEX IF NOT EXISTS \"i" . substr($name, 0, 50) . "\" ON \"$name\" (\"$name\");\n",
		 "rep/b$_.sql" => "-- depends_on: a$_\nALTER TABLE \"$name\" ADD CONSTRAINT \"c on y\" CHECK (true);\nALTER TABLE \"$name\" ADD COLUMN \"n.on\" int;\n")
	} 0 .. $#names);
my $down = database_with('CREATE TABLE y (z int)');
$node->safe_psql($down, "ALTER DATABASE $down SET whisper_migrate.script_location = '$pack'");
$node->safe_psql($down, 'SELECT whisper_load(' . quoted($pack) . '); SELECT whisper_upgrade()');
($status, $stderr, $script) = run_script($down, "'base', direction => 'downgrade'");
is("$status $stderr", '0 ', 'the printed way down of odd names runs') or diag $script;
is(rows($node, $down, q{SELECT string_agg(relname, ' ') FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'}),
	'y', '… and drops what was made');
ok(!-e $canary, '… and nothing else');

# Who runs a script as somebody else stays so.
$node->safe_psql('postgres', 'CREATE ROLE deployer; CREATE ROLE tenant LOGIN');
my $role = database_with('', "-- migrate:up\nSET LOCAL work_mem = '8MB';", "-- migrate:up\nALTER ROLE deployer SUPERUSER;");
for my $as ('SET ROLE deployer;', 'SET SESSION AUTHORIZATION deployer;')
{
	($status, $stderr) = run_script($role, "'head'", "$as\n");
	like($stderr, qr/must be superuser/, "$as a section that changes settings does not lift it");
	is(rows($node, $role, q{SELECT rolsuper FROM pg_roles WHERE rolname = 'deployer'}), 'f', '… and nothing was gained');
}

# Messages, and what a dump brought that no function would have taken.
my $planted = database_with('', "-- migrate:up\nCREATE TABLE planted (a int);");
$node->safe_psql($planted, 'UPDATE whisper.revision SET message = ' . quoted("m\n\\! touch $canary\r\\! touch $canary"));
($status, $stderr) = run_script($planted, "'head'");
is("$status $stderr", '0 ', 'a message of several lines is a comment');
ok(!-e $canary, '… of one line');

# Progress is not for everybody to break.
my $progress = database_with('');
my $session = $node->background_psql($progress, extra_params => [ '-U', 'tenant' ]);
$session->query_safe(q{SET application_name = 'whisper: 99999999999/1 x'; SELECT pg_advisory_lock(2003333744, 1835624306)});
is(rows($node, $progress, 'SELECT count(*) FROM whisper_progress()'), '1', 'a forged name does not break whisper_progress()');
$session->quit;

# Intervals up to the longest there is.
for my $interval ('178000000 years', '2147483647 mons', '2562047788:00:54.775807', '25 days', '1 microsecond')
{
	for my $argument (qw(lock_timeout max_wait))
	{
		my ($code, undef, $error) = $node->psql($progress, "CALL whisper_deploy($argument => '$interval')");
		is("$code $error", '0 ', "$argument => '$interval'");
	}
}
for my $interval ('-1 s', '0', '-178000000 years')
{
	raises($node, $progress, "CALL whisper_deploy(max_wait => '$interval')", '22023', "max_wait => '$interval'");
}

$node->stop;
done_testing();
