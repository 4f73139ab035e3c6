# Directories of tools with a file for each migration run as they are: schema, rows, way down and up again.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperFormatCheck qw(format_node runs_like_psql);
use WhisperSingles qw(single_files);

my $node = format_node('run_single');
runs_like_psql($_) for single_files();

$node->stop;
done_testing();
