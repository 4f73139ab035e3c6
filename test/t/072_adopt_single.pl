# Directories of tools with a file for each migration are taken over from databases that the tools have built.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperFormatCheck qw(format_node is_taken_over);
use WhisperSingles qw(single_files);

my $node = format_node('adopt_single');
is_taken_over($_) for single_files();

$node->stop;
done_testing();
