# The tutorial of README.md, command by command: what it prints is what the README says.

use strict;
use warnings FATAL => 'all';

use Cwd qw(getcwd);
use File::Basename qw(dirname);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node);

my $root = dirname(__FILE__) . '/../..';

# README.md as (line, language, text, output) for each block that is marked as part of the tutorial. The block after it,
# if it is ```text, is its output.
sub read_blocks
{
	my ($path) = @_;
	open my $file, '<', $path or die "could not open \"$path\": $!";
	my (@blocks, $open);
	my $just_closed = 0;
	while (my $line = <$file>)
	{
		if ($open && $line =~ /^```$/)
		{
			$just_closed = $open->{what} ne 'other';
			undef $open;
		}
		elsif ($open)
		{
			${ $open->{into} } .= $line;
		}
		elsif ($line =~ /^```(\w+) tutorial$/)
		{
			push @blocks, { line => $., language => $1, text => '', output => '' };
			$open = { what => 'command', into => \$blocks[-1]{text} };
		}
		elsif ($line =~ /^```text$/ && $just_closed)
		{
			$open = { what => 'other', into => \$blocks[-1]{output} };
		}
		elsif ($line =~ /^```/)
		{
			$open = { what => 'other', into => \my $ignored };
			$ignored = '';
		}
		elsif ($line =~ /\S/)
		{
			$just_closed = 0;
		}
	}
	die "$path: a block is not closed" if $open;
	return @blocks;
}

# Times differ from run to run, and nobody sees white space at the end of a line.
sub comparable
{
	my ($text) = @_;
	$text =~ s/\bin [0-9.]+ ms\b/in N ms/g;
	$text =~ s/[ \t]+$//mg;
	$text =~ s/\n+\z/\n/;
	return $text;
}

my $node = new_node('readme');
my $directory = PostgreSQL::Test::Utils::tempdir;
my %command = (sh => [ 'sh', '-e' ], sql => [ 'psql', '-X', '-d', 'shop' ]);
my @blocks = read_blocks("$root/README.md");
cmp_ok(scalar(@blocks), '>=', 10, 'README.md has a tutorial');

local $ENV{PGHOST} = $node->host;
local $ENV{PGPORT} = $node->port;
local $ENV{PGDATABASE} = 'postgres';
for my $block (@blocks)
{
	my $run = $command{ $block->{language} } or die "README.md, line $block->{line}: unknown language";
	my $before = getcwd();
	chdir $directory or die "could not change to \"$directory\": $!";
	my $output = '';
	IPC::Run::run($run, '<', \$block->{text}, '>&', \$output);
	chdir $before or die "could not change to \"$before\": $!";
	is(comparable($output), comparable($block->{output}), "README.md, line $block->{line}");
}
$node->stop;

# Links that lead nowhere

for my $document ('README.md', glob("$root/docs/*.md"))
{
	my $path = $document =~ m{/} ? $document : "$root/$document";
	my $text = slurp_file($path);
	my @links = grep { !/^[a-z]+:/ && $_ ne '' } map { s/#.*//r } $text =~ /\]\(([^)\s]+)\)/g;
	my @dead = grep { !-e dirname($path) . "/$_" } @links;
	is("@dead", '', 'links of ' . $path =~ s{.*/}{}r . ' lead to files');
}

done_testing();
