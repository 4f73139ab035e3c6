# The splitter against others who cut scripts: psql, which sends every statement by itself, and PostgreSQL's parser,
# which must find exactly one statement in each piece. And the whole way: a file that psql runs and a migration with the
# same text leave the same database.
# Not in the corpus, as the others differ from the server there and the splitter does not: psql reads line by line and
# takes a second part of E'' for a plain string; libpg_query takes a comment between two parts for the string's end.

use strict;
use warnings FATAL => 'all';

use File::Basename qw(basename dirname);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database rows schema_of write_files);

my $split = $ENV{WHISPER_SPLIT_SCRIPT};
plan skip_all => 'WHISPER_SPLIT_SCRIPT names no program: make test builds it' unless defined $split && -x $split;

my $root = PostgreSQL::Test::Utils::tempdir;
my $corpus = dirname(dirname(__FILE__)) . '/data/sql';

# What a file is good for besides cutting. Of the others some statements are wrong on purpose, or psql's own.
my %runs = map { $_ => 1 } qw(bodies comments copy crlf functions operators pg_dump_like quotes);
my %parses = (%runs, map { $_ => 1 } qw(psql));
my @names = sort map { basename($_, '.sql') } glob("$corpus/*.sql");
ok(-f "$corpus/$_.sql", "$_ is in the corpus") for sort keys %parses;

my $node = new_node('differential');

# [ kind, line, statements, text ] for each piece.
sub pieces
{
	my ($file) = @_;
	my ($stdout, $stderr) = run_command([ $split, $file ]);
	die "$file: $stderr" if $stderr ne '';
	$stdout .= "\n" if $stdout ne '';   # run_command takes it off
	my @pieces;
	while ($stdout =~ /\G(\w+) (\d+) (\d+) (.*)\n/gc)
	{
		my ($kind, $line, $length, $statements) = ($1, $2, $3, $4);
		push @pieces, [ $kind, $line, $statements, substr($stdout, pos $stdout, $length) ];
		pos($stdout) += $length + 1;
	}
	die "$file: output not understood" if (pos $stdout // 0) != length $stdout;
	return @pieces;
}

# The statements of a text that psql has sent: one, or several after "\;".
sub statements_of
{
	my ($text) = @_;
	write_files($root, 'sent.sql' => $text);
	return map { $_->[3] } pieces("$root/sent.sql");
}

# psql sends comments by themselves, too; told without the splitter.
my $nothing = qr{\A(?:\s|;|--[^\n]*(?:\n|\z)|(?<comment>/\*(?:[^*/]++|\*(?!/)|/(?!\*)|(?&comment))*\*/))*\z};

# What psql sends, query by query, as its log file has it.
sub sent_by_psql
{
	my ($dbname, $file) = @_;
	my $log = "$root/" . basename($file) . '.log';
	unlink $log;
	# PGCLIENTENCODING: what psql takes a file to be in does not depend on where it runs.
	local $ENV{PGCLIENTENCODING} = 'UTF8';
	run_log([ 'psql', '-X', '-q', '-L', $log, '-o', '/dev/null', '-f', $file, '-d', $node->connstr($dbname) ]);
	my $content = slurp_file($log);
	my @sent;
	while ($content =~ m{^(?:\*{9} QUERY \*{10}|/\*{8} QUERY \*{9}/)\n(.*?)\n(?:\*{26}|/\*{24}/)\n}msg) { push @sent, $1 }
	return grep { $_ !~ $nothing } @sent;
}

my $has_parser = 0;
for my $name (@names)
{
	my $file = "$corpus/$name.sql";
	my @pieces = pieces($file);
	my @statements = map { $_->[3] } grep { $_->[0] ne 'command' } @pieces;

	$node->safe_psql('postgres', "CREATE DATABASE psql_$name");
	my @sent = sent_by_psql("psql_$name", $file);
	my $text = slurp_file($file);
	my $joined = () = $text =~ /\\;/g;
	# \gexec sends what its query has answered.
	my $answered = $name eq 'psql' ? 1 : 0;
	@sent = grep { $_ ne 'SELECT 2' } @sent if $answered;
	cmp_ok(scalar @sent, '>', 2, "$name: psql has sent something");
	is(scalar @sent + ($name eq 'psql' ? $joined : 0), scalar @statements, "$name: as many statements as psql sends");
	is_deeply([ map { statements_of($_) } @sent ], \@statements, "$name: the statements that psql sends");

	my @numbers = map { $_->[1] } @pieces;
	my @lines = split /\n/, $text, -1;
	my @wrong = grep {
		my ($first) = split /\r?\n/, $_->[3];
		index($lines[ $_->[1] - 1 ], $first) < 0
	} @pieces;
	is_deeply(\@wrong, [], "$name: every piece is in its line");
	is_deeply(\@numbers, [ sort { $a <=> $b } @numbers ], "$name: lines go up");

  SKIP:
	{
		my @counts = map { $_->[2] } grep { $_->[0] ne 'command' } @pieces;
		skip "$name: not all of it is SQL", 1 unless $parses{$name};
		skip 'split_script was built without libpg_query', 1 if grep { $_ eq '?' } @counts;
		$has_parser = 1;
		is_deeply([ grep { $_->[2] ne '1' } grep { $_->[0] ne 'command' } @pieces ],
			[], "$name: the parser finds one statement in each piece");
	}
}

# The parser's control: what is no single statement is seen.
SKIP:
{
	skip 'split_script was built without libpg_query', 2 unless $has_parser;
	write_files($root, 'control.sql' => "SELECT 1 a 2;\nSELECT (1; SELECT 2);\n");
	my @control = pieces("$root/control.sql");
	is(scalar @control, 2, 'two pieces');
	is_deeply([ map { $_->[2] =~ /\A! syntax error/ ? 'error' : $_->[2] } @control ],
		[ 'error', 'error' ], 'the parser refuses what is no statement');
}

sub data_of
{
	my ($dbname) = @_;
	my ($stdout, $stderr) = run_command(
		[ 'pg_dump', '--data-only', '--inserts', '--exclude-schema=whisper', '-d', $node->connstr($dbname) ]);
	$stdout =~ s/^\\(?:un)?restrict .*\n//mg;
	return $stderr eq '' ? $stdout : $stderr;
}

for my $name (sort keys %runs)
{
	my $text = slurp_file("$corpus/$name.sql");
	write_files("$root/$name", 'core/001_x.sql' => $text);
	new_database($node, "whisper_$name", "$root/$name");
	is(rows($node, "whisper_$name", 'SELECT count(*) FROM whisper_upgrade()'), '1', "$name: runs as a migration");
	$node->safe_psql('postgres', "CREATE DATABASE once_$name");
	{
		local $ENV{PGCLIENTENCODING} = 'UTF8';
		command_ok(
			[ 'psql', '-X', '-q', '-1', '-v', 'ON_ERROR_STOP=1', '-o', '/dev/null', '-f', "$corpus/$name.sql",
				'-d', $node->connstr("once_$name") ],
			"$name: psql runs it");
	}
	# pg_dump sets these before the first table, whosever it is.
	my ($ours, $psqls) = map { schema_of($node, $_) =~ s/^SET default_table.*\n\n?//mgr } "whisper_$name", "once_$name";
	is($ours, $psqls, "$name: the same schema as by psql");
	is(data_of("whisper_$name"), data_of("once_$name"), "$name: the same rows as by psql");
}

done_testing();
