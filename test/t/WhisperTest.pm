package WhisperTest;

# What the tests of this folder share: a server, errors as the server sends them, directories of migrations, and
# statements that run while the test goes on.

use strict;
use warnings FATAL => 'all';

use Exporter qw(import);
use Fcntl qw(LOCK_EX);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT_OK = qw(new_node new_database database_of set_location deploy_left_over rows error_of raises schema_of contents_of
  write_files
  revision_file start_sql finish_sql wait_for);

# initdb takes a second of processor time: the tests of one run make one data directory, and copy it.
{
	no warnings 'redefine';
	my $system_or_bail = \&PostgreSQL::Test::Utils::system_or_bail;
	*PostgreSQL::Test::Utils::system_or_bail = sub {
		my @command = @_;
		my ($at) = grep { $command[$_] =~ /^(-D|--pgdata)$/ } 0 .. $#command;
		return $system_or_bail->(@command) unless $command[0] eq 'initdb' && defined $at;
		my $directory = splice @command, $at + 1, 1;
		my $version = qx(initdb --version);   # pg_upgrade is tested with two
		( my $name = join ' ', @command, $version ) =~ s/\W+/_/g;
		my $template = "$PostgreSQL::Test::Utils::tmp_check/$name";
		open my $lock, '>', "$template.lock" or die "$template.lock: $!";
		flock $lock, LOCK_EX or die "$template.lock: $!";
		if (!-d $template)
		{
			splice @command, $at + 1, 0, "$template.new";
			$system_or_bail->(@command);
			rename "$template.new", $template or die "$template: $!";
		}
		return $system_or_bail->('cp', '-a', "$template/.", $directory);
	};
}

# A running server whose databases are UTF-8.
sub new_node
{
	my ($name, %init) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);
	$node->init(extra => [ '--encoding=UTF8', '--no-locale' ], %init);
	$node->start;
	return $node;
}

# A database with the extension, and its migrations in $location when that is given.
sub new_database
{
	my ($node, $dbname, $location) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $dbname");
	$node->safe_psql($dbname, 'CREATE EXTENSION whisper_migrate');
	set_location($node, $dbname, $location) if defined $location;
	return;
}

# The same with these files for its migrations.
sub database_of
{
	my ($node, $dbname, %files) = @_;
	my $pack = PostgreSQL::Test::Utils::tempdir;
	write_files($pack, %files);
	new_database($node, $dbname, $pack);
	return;
}

# What may be left of a deploy that has ended: the query for it, and the answer, which is nothing.
sub deploy_left_over
{
	return (q{SELECT (SELECT count(*) FROM whisper.deployment) || ' deploys, ' ||
		(SELECT count(*) FROM whisper.cancel_request) || ' requests, ' ||
		(SELECT count(*) FROM pg_locks WHERE locktype = 'advisory') || ' locks, ' ||
		(SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'whisper%') || ' workers'},
		'0 deploys, 0 requests, 0 locks, 0 workers');
}

sub set_location
{
	my ($node, $dbname, $location) = @_;
	$node->safe_psql($dbname, "ALTER DATABASE $dbname SET whisper_migrate.script_location = '$location'");
	return;
}

# The result, one line per row, columns separated by "|"; the error's text when there is one, so that a comparison
# shows it. Where nobody looks at the result, an error ends the test.
sub rows
{
	my ($node, $dbname, $sql) = @_;
	my ($status, $stdout, $stderr) =
	  $node->psql($dbname, "SET client_min_messages = warning;\n$sql", on_error_stop => 1);
	return $stdout if $status == 0;
	die "$sql: $stderr" unless defined wantarray;
	return $stderr;
}

# The error as "SQLSTATE: message" with DETAIL, HINT and CONTEXT in lines of their own; '' when there is none.
sub error_of
{
	my ($node, $dbname, $sql) = @_;
	my ($status, undef, $stderr) =
	  $node->psql($dbname, "\\set VERBOSITY verbose\nSET client_min_messages = warning;\n$sql", on_error_stop => 1);
	return '' if $status == 0;
	$stderr =~ s/\A(?:psql:[^ ]* )?ERROR:  //;
	return $stderr;
}

# One test: the statement fails with this SQLSTATE, and what the server says matches every pattern.
sub raises
{
	my ($node, $dbname, $sql, $sqlstate, $name, @patterns) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $error = error_of($node, $dbname, $sql);
	my @wrong = grep { $error !~ $_ } qr/\A\Q$sqlstate\E: /, @patterns;
	ok(!@wrong, $name) or diag("error: $error\ndoes not match: @wrong");
	return;
}

# pg_dump --schema-only, without what differs from run to run and without the extension itself.
sub schema_of
{
	my ($node, $dbname) = @_;
	my ($stdout, $stderr) = run_command([ 'pg_dump', '--schema-only', '-d', $node->connstr($dbname) ]);
	$stdout =~ s/^--\n-- PostgreSQL database dump complete\n.*//ms or die "pg_dump of \"$dbname\" failed: $stderr";
	$stdout =~ s/^\\restrict .*\n//m;
	return join '', grep { !/\A--\n-- Name: (?:EXTENSION )?whisper_migrate; / } split /(?=^--\n-- Name: )/m, $stdout;
}

# Everything that pg_dump writes of a database, rows included, without the extension, its schema and these tables.
sub contents_of
{
	my ($node, $dbname, @tables) = @_;
	my ($stdout, $stderr) = run_command([ 'pg_dump', '--exclude-schema=whisper', map({ ('--exclude-table', $_, '--exclude-table', "${_}_id_seq") } @tables),
		'-d', $node->connstr($dbname) ]);
	$stdout =~ s/^--\n-- PostgreSQL database dump complete\n.*//ms or die "pg_dump of \"$dbname\" failed: $stderr";
	return join '', grep { !/\A\\(?:un)?restrict / } split /^/m, $stdout;
}

# write_files($directory, 'name' => 'content', ...): bytes as they are; folders are made.
sub write_files
{
	my ($directory, %files) = @_;
	for my $name (sort keys %files)
	{
		my $path = "$directory/$name";
		make_path(dirname($path));
		open my $file, '>:raw', $path or die "could not write \"$path\": $!";
		print $file $files{$name};
		close $file or die "could not write \"$path\": $!";
	}
	return;
}

# The text of a revision that makes a table.
sub revision_file
{
	my ($id, $down_revision, $table) = @_;
	return "-- revision: $id\n-- down_revision: $down_revision\n-- message: makes $table\n\n"
	  . "-- migrate:up\nCREATE TABLE $table (id int);\n-- migrate:down\nDROP TABLE $table;\n";
}

# Runs statements in a session of its own; finish_sql() waits for its end and gives (stdout, stderr). What it has said
# so far is in $session->{stderr} after $session->{run}->pump_nb.
sub start_sql
{
	my ($node, $dbname, @statements) = @_;
	my %session = (stdout => '', stderr => '');
	$session{run} = IPC::Run::start(
		[ 'psql', '-XAtq', '-d', $node->connstr($dbname), map({ ('-c', $_) } @statements) ], '<', \undef,
		'>', \$session{stdout}, '2>', \$session{stderr},
		IPC::Run::timeout($PostgreSQL::Test::Utils::timeout_default));
	return \%session;
}

sub finish_sql
{
	my ($session) = @_;
	$session->{run}->finish;
	return ($session->{stdout}, $session->{stderr});
}

# Waits until the query gives a row that is true, and dies when it never does.
sub wait_for
{
	my ($node, $query) = @_;
	$node->poll_query_until('postgres', $query) or die "timed out waiting for: $query";
	return;
}

1;
