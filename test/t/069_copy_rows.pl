# COPY ... FROM STDIN in a migration does what psql does with the same lines: the same rows, or the same error.

use strict;
use warnings FATAL => 'all';

use Test::More;
use WhisperTest qw(new_node new_database rows);

my $node = new_node('copied');
new_database($node, 'copied', '');
$node->safe_psql('copied', q{
	CREATE ROLE tenant LOGIN;
	GRANT EXECUTE ON FUNCTION whisper_register, whisper_upgrade TO tenant;
	CREATE SCHEMA work AUTHORIZATION tenant;
	CREATE TABLE public.sec (a int, b int); GRANT INSERT (a) ON public.sec TO tenant;
	CREATE TABLE public.seen (a int, b int); GRANT INSERT (a), SELECT (b) ON public.seen TO tenant});

sub quoted { my $text = shift; $text =~ s/'/''/g; return "'$text'"; }

my $tables = q{CREATE TABLE work.t (a int, b text);
	CREATE TABLE work.g (a int, doubled int GENERATED ALWAYS AS (a * 2) STORED);
	CREATE VIEW work.v AS SELECT 1 AS a;
	CREATE INDEX i ON work.t (a);
	CREATE SEQUENCE work.s;
	CREATE TABLE work.p (a int) PARTITION BY LIST (a);
	CREATE TABLE work.p1 PARTITION OF work.p FOR VALUES IN (1);
	CREATE TABLE work.row_level (a int); ALTER TABLE work.row_level ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;};
my $state = q{SELECT string_agg(t::text, ' ' ORDER BY t::text) FROM (SELECT format('t %s %s %s', a, b, md5(b)) FROM work.t
	UNION ALL SELECT format('g %s %s', a, doubled) FROM work.g UNION ALL SELECT format('p %s', a) FROM work.p
	UNION ALL SELECT 'row_level' FROM work.row_level) AS t(t)};

# What the server says last: an error, or the rows. All of it is undone.
sub outcome
{
	my ($encoding, @statements) = @_;
	local $ENV{PGCLIENTENCODING} = $encoding;
	my ($status, $stdout, $stderr) = $node->psql('copied',
		join("\n", '\set VERBOSITY verbose', 'SET client_min_messages = error;', 'BEGIN;', @statements, "$state;", 'ROLLBACK;') . "\n",
		extra_params => [ '-U', 'tenant', '-q' ], on_error_stop => 1);
	return $1 if $stderr =~ /ERROR:  (.*)/;
	return $stderr if $stderr ne '';
	return (split /\n/, $stdout)[-1] // 'no rows';
}

my @cases = (
	"COPY work.t FROM stdin;\n1\tx\n2\t\\N\n\\.",
	"COPY work.t FROM stdin;\n1\tna\xc3\xafve\n\\.",
	"COPY work.t FROM stdin WITH (ENCODING 'UTF8');\n1\tna\xc3\xafve\n\\.",
	"COPY work.t FROM stdin;\n1\n\\.",
	"COPY work.t FROM stdin;\n1\tx\t3\n\\.",
	"COPY work.t FROM stdin;\nx\tx\n\\.",
	"COPY work.t FROM stdin;\n\\.",
	"COPY public.sec FROM stdin;\n1\t2\n\\.",
	"COPY public.sec (a) FROM stdin;\n1\n\\.",
	"COPY public.sec (b) FROM stdin;\n1\n\\.",
	"COPY public.sec (a) FROM stdin WHERE b IS NULL;\n1\n\\.",
	"COPY public.seen (a) FROM stdin WHERE b IS NULL;\n1\n\\.",
	"COPY public.seen (a) FROM stdin WHERE a = 1;\n1\n\\.",
	"COPY whisper.applied FROM stdin;\n1\n\\.",
	"COPY pg_authid FROM stdin;\n1\n\\.",
	"COPY BINARY work.t FROM stdin;\nxx\n\\.",
	"COPY work.t FROM stdin WITH (FORMAT binary);\nxx\n\\.",
	"COPY work.t FROM stdin WITH (FREEZE);\n1\tx\n\\.",
	"COPY work.nosuch FROM stdin;\n1\n\\.",
	"COPY work.t (a,a) FROM stdin;\n1\t1\n\\.",
	"COPY work.t (nosuch) FROM stdin;\n1\n\\.",
	"COPY work.t FROM stdin WHERE a > 1;\n1\tx\n2\ty\n\\.",
	"COPY work.t FROM stdin WHERE a;\n1\tx\n\\.",
	"COPY work.t FROM stdin WHERE a IN (SELECT 1);\n1\tx\n\\.",
	"COPY work.t FROM stdin WHERE count(*) > 1;\n1\tx\n\\.",
	"COPY work.t FROM stdin WHERE ctid IS NULL;\n1\tx\n\\.",
	"COPY work.t FROM stdin WHERE t IS NOT NULL;\n1\tx\n2\t\\N\n\\.",
	"COPY work.t FROM stdin (FORMAT csv, HEADER match);\na,b\n1,\"x\ny\"\n\\.",
	"COPY work.t FROM stdin (FORMAT csv, HEADER match);\nb,a\n1,x\n\\.",
	"COPY work.t FROM stdin (FORMAT csv, NULL 'none', QUOTE '''', FORCE_NOT_NULL (b));\n1,'a''b'\n2,none\n\\.",
	"COPY work.t FROM stdin (FORMAT nosuch);\n1\tx\n\\.",
	"COPY work.t FROM stdin (ENCODING 'nosuch');\n1\tx\n\\.",
	"COPY work.t FROM stdin (FORMAT csv, FORMAT csv);\n1\tx\n\\.",
	"COPY (SELECT 1) FROM stdin;\n1\n\\.",
	"COPY work.t FROM stdin USING DELIMITERS '|';\n1|x\n\\.",
	"COPY work.t FROM STDOUT;\n1\tx\n\\.",
	"COPY work.g (a) FROM stdin;\n4\n\\.",
	"COPY work.g (doubled) FROM stdin;\n4\n\\.",
	"COPY work.v FROM stdin;\n1\n\\.",
	"COPY work.i FROM stdin;\n1\n\\.",
	"COPY work.s FROM stdin;\n1\n\\.",
	"COPY work.p FROM stdin;\n1\n\\.",
	"COPY work.p FROM stdin;\n2\n\\.",
	"COPY work.row_level FROM stdin;\n1\n\\.");
my %seen;
for my $encoding ('UTF8', 'LATIN1', 'WIN1252')
{
	for my $case (@cases)
	{
		next if $encoding ne 'UTF8' && $case !~ /[^ -~\s]/;
		# What psql sends in UTF-8 is what a migration is registered with; whoever runs it may have another encoding.
		my $wanted = outcome('UTF8', $tables, $case);
		my $registered = quoted("-- revision: b1\n-- migrate:up\n$tables\n$case\n-- migrate:down\n");
		my $got = outcome('UTF8', "SELECT whisper_register($registered) \\g /dev/null", "SET client_encoding = '$encoding';",
			'SELECT FROM whisper_upgrade() \g /dev/null', q{SET client_encoding = 'UTF8';});
		(my $name = $case) =~ s/([^ -~])/sprintf '\\x%02x', ord $1/ge;
		is($got, $wanted, "$encoding: $name");
		$seen{ $got =~ /\A([0-9A-Z]{5}): / ? $1 : 'rows' }++;
	}
}
cmp_ok($seen{rows}, '>', 10, 'rows came in');
cmp_ok(scalar keys %seen, '>', 8, 'errors of many kinds') or diag explain \%seen;

# Conditions on columns that have no value yet, which older minor versions of PostgreSQL let pass.
for my $where ('doubled > 1', 'g IS NOT NULL')
{
	my $text = quoted("-- revision: b1\n-- migrate:up\n$tables\nCOPY work.g (a) FROM stdin WHERE $where;\n4\n\\.\n-- migrate:down\n");
	like(outcome('UTF8', "SELECT whisper_register($text) \\g /dev/null", 'SELECT FROM whisper_upgrade() \g /dev/null'),
		qr/^42P10: generated columns are not supported/, "WHERE $where is refused");
}

$node->stop;
done_testing();
