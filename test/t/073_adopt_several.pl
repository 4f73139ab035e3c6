# Directories of tools with several files or a folder for each migration are taken over from databases that the tools have built.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperFormatCheck qw(format_node is_taken_over);
use WhisperPairs qw(several_files);

my $node = format_node('adopt_several');
is_taken_over($_) for several_files();

$node->stop;
done_testing();
