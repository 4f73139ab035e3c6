# Directories of tools with several files or a folder for each migration run as they are: schema, rows, way down and up again.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperFormatCheck qw(format_node runs_like_psql);
use WhisperPairs qw(several_files);

my $node = format_node('run_several');
runs_like_psql($_) for several_files();

$node->stop;
done_testing();
