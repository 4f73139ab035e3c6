package WhisperFuzz;

# What the tests with random input share: choices that a seed repeats, the extension's functions as the catalog has
# them, many statements in one session, and what the server must never say.

use strict;
use warnings FATAL => 'all';

use Exporter qw(import);
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT_OK = qw(fuzz_seed fuzz_seconds pick chance functions_of call_of run_script nothing_broken);

# WHISPER_FUZZ_SEED is what the run that is to be repeated printed.
sub fuzz_seed
{
	my $seed = $ENV{WHISPER_FUZZ_SEED} // int(rand(2**31));
	srand($seed);
	diag("WHISPER_FUZZ_SEED=$seed");
	return $seed;
}

sub fuzz_seconds { return $ENV{WHISPER_FUZZ_SECONDS} // $_[0] }

sub pick { return $_[ int(rand(scalar @_)) ] }

sub chance { return rand() < $_[0] }

# Expressions of SQL, by type: what is usual, what is hardly ever given, and what makes no sense.
my @texts = (
	"'head'", "'base'", "'heads'", "'made1'", "'made'", "'+1'", "'-1'", q{'main@head'}, "'made1:head'", "'default'", "'main'",
	"'upgrade'", "'downgrade'", "''", "' '", q{'@'}, "':'", "'+99999999999999999999'", "'-9223372036854775808'",
	"'%s%n'", "repeat('a,', 20000)", "repeat(':', 50000)", "repeat('made1+1', 10000)", "repeat('x', 1000000)",
	"E'x\\ny\\r\\t''\"--\\\\!`'", "E'\\u0001\\uFFFD\\U0001F600'", "'-- revision: z1' || E'\\n-- migrate:up\\nSELECT 1;'",
	"E'-- migrate:up\\nSELECT 1/0;\\n-- migrate:down\\n'", "E'-- migrate:up transaction:false\\nSELECT 1;\\n'",
	"E'-- revision: z2\\n-- migrate:up\\nSELECT \$a\$ '", "repeat('(', 100000)", "repeat('/*', 100000)",
	"'DROP EXTENSION whisper_migrate'", "'COMMIT'", "'SELECT whisper_upgrade()'", "'CREATE TABLE z(a int)'",
	"'fuzz'", "'../../x'", "'/nosuch'", "current_database()");
my %values = (
	'text' => \@texts,
	'name' => [ "'a'", "''", "repeat('x', 70)" ],
	'text[]' => [
		"'{}'", "'{NULL}'", "'{made1}'", "'{made1,made2}'", "'{{made1,made2},{made2,made1}}'", "'[5:6]={made1,made1}'",
		"'[-3:-3]={made2}'", "'{{{NULL}}}'", "array_fill('x'::text, ARRAY[10000])", "array_fill('made1'::text, ARRAY[2,2,2], ARRAY[0,-1,7])",
		"'{\"\",\" \"}'", "ARRAY[repeat('y', 100000)]" ],
	'boolean' => [ 'true', 'false' ],
	'interval' => [
		"'0'", "'1 microsecond'", "'-1 s'", "'20 ms'", "'178000000 years'", "'-178000000 years'", "'2147483647 mons'",
		"'2147483647 days 2147483647 hours'", "'1 s'" ],
	'regclass' => [ '0', '1', '1259', '4294967295', "'whisper.applied'", "'fuzz_rows'", "'pg_temp.none'" ],
	'integer' => [ '0', '-1', '2147483647', '-2147483648', '1' ],
	'bigint' => [ '0', '-1', '9223372036854775807', '-9223372036854775808', '1' ],
	'double precision' => [ '0', "'infinity'", "'-infinity'", "'nan'", '1e308' ],
	'numeric' => [ '0', "'infinity'", "'nan'", '1e1000' ],
	'timestamp with time zone' => [ "'infinity'", "'-infinity'", "'epoch'", 'now()' ],
	'jsonb' => [ q{'null'}, q{'[]'}, q{'{}'}, q{'{"a": [1, null]}'}, q{('[' || repeat('[', 1000) || repeat(']', 1001))} ],
	'json' => [ q{'null'}, q{'[]'}, q{'{}'} ],
	'bytea' => [ q{''}, q{'\\x00'} ]);

# The functions and procedures of the extension with what a call needs to know; new ones are found as they come.
sub functions_of
{
	my ($node, $dbname) = @_;
	my $list = $node->safe_psql($dbname, q{
		SELECT p.oid::regproc, p.prokind, p.pronargs - p.pronargdefaults,
			(SELECT coalesce(string_agg(t::regtype::text, ',' ORDER BY o), '') FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY u(t, o))
		FROM pg_proc p JOIN pg_depend d ON (d.classid, d.objid, d.deptype) = ('pg_proc'::regclass, p.oid, 'e')
		JOIN pg_extension e ON (d.refclassid, d.refobjid) = ('pg_extension'::regclass, e.oid)
		WHERE e.extname = 'whisper_migrate' ORDER BY 1, 4});
	return map {
		my ($name, $kind, $least, $types) = split /\|/, $_, -1;
		{ name => $name, kind => $kind, least => $least, types => [ split /,/, $types ] };
	} split /\n/, $list;
}

# A value of the type; of one that nobody has thought of only NULL.
sub value_of
{
	my ($type) = @_;
	my @known = @{ $values{$type} // [] };
	return "NULL::$type" if !@known || chance(0.15);
	return '(' . pick(@known) . ")::$type";
}

# A call as a statement; arguments that have defaults are left out at random.
sub call_of
{
	my ($function) = @_;
	my @types = @{ $function->{types} };
	my $given = $function->{least} + int(rand(1 + @types - $function->{least}));
	my $call = "$function->{name}(" . join(', ', map { value_of($types[$_]) } 0 .. $given - 1) . ')';
	return ($function->{kind} eq 'p' ? 'CALL ' : 'SELECT * FROM ') . $call;
}

# Runs statements one after another in one session, whatever becomes of each; gives what it printed and its errors.
sub run_script
{
	my ($node, $dbname, $script) = @_;
	my ($status, $stdout, $stderr) = $node->psql($dbname, "\\set VERBOSITY verbose\n$script", on_error_stop => 0);
	return ($stdout, $stderr, $status);
}

# One test: since $from of its log the server has met no crash, no failed assertion and no internal error. What matches
# $allowed is left out. Gives where the log ends now.
sub nothing_broken
{
	my ($node, $from, $name, $allowed) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $log = substr(slurp_file($node->logfile), $from);
	my @wrong = grep { /(?:ERROR|FATAL|PANIC|WARNING):  XX\d{3}:|TRAP:|PANIC:|terminated by signal|server process .* exit(?:ed|) with|leak:/ } split /\n/, $log;
	@wrong = grep { $_ !~ $allowed } @wrong if $allowed;
	is(join("\n", @wrong[ 0 .. ($#wrong < 9 ? $#wrong : 9) ]), '', $name);
	return $from + length $log;
}

1;
