package WhisperFormatCheck;

# What holds for the directory of every migration tool: it gives what psql makes of its statements, goes down and up
# again, and a database that the tool has built is taken over as it is. The formats are those of WhisperProject.

use strict;
use warnings FATAL => 'all';

use Exporter qw(import);
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node rows error_of raises contents_of write_files);
our @EXPORT_OK = qw(format_node runs_like_psql is_taken_over);

my ($node, $root, %built, $number);

sub format_node
{
	$node = new_node($_[0]);
	$root = PostgreSQL::Test::Utils::tempdir;
	$node->safe_psql('postgres', 'CREATE DATABASE plain');
	$node->safe_psql('plain', 'CREATE EXTENSION whisper_migrate');
	$built{''} = { database => 'plain', contents => contents_of($node, 'plain') };
	return $node;
}

# What psql makes of these texts, each in a session of its own: a database to copy, and its dump.
sub built
{
	my (@texts) = @_;
	return $built{ join "\0", @texts } //= do
	{
		my $db = 'built' . keys %built;
		$node->safe_psql('postgres', "CREATE DATABASE $db TEMPLATE plain");
		$node->safe_psql($db, $_) for @texts;
		{ database => $db, contents => contents_of($node, $db) };
	};
}

# A copy of the database, which follows the format's directory.
sub follow
{
	my ($format, $template) = @_;
	my $db = 'format' . ++$number;
	$format->{place} //= do
	{
		write_files("$root/$db", %{ $format->{files} });
		"$root/$db";
	};
	$node->safe_psql('postgres', "CREATE DATABASE $db TEMPLATE $template;
		ALTER DATABASE $db SET whisper_migrate.script_location = '$format->{place}'");
	return $db;
}

sub runs_like_psql
{
	my ($format) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($name, @own) = ($format->{name}, @{ $format->{tables} });
	my $expected = built(map { $_->{up} } @{ $format->{steps} })->{contents};
	my $db = follow($format, 'plain');
	is(error_of($node, $db, 'CALL whisper_deploy()'), '', "$name: deploys");
	is(rows($node, $db, 'SELECT count(*) FROM whisper.applied'), scalar @{ $format->{steps} }, "$name: all of it is applied");
	is(contents_of($node, $db, @own), $expected, "$name: schema and rows are those of psql");
	is(rows($node, $db, "SELECT count(*) FROM unnest('{" . join(',', @own) . "}'::text[]) AS t WHERE to_regclass(t) IS NULL"), 0,
		"$name: and the tool's table is there");

	my $down = q{CALL whisper_deploy('base', direction => 'downgrade', allow_data_loss => true)};
	if (!$format->{has_down})
	{
		raises($node, $db, $down, 'WM015', "$name: has no way down");
		is(contents_of($node, $db, @own), $expected, "$name: and nothing is taken back");
		return;
	}
	is(error_of($node, $db, $down), '', "$name: goes down");
	is(contents_of($node, $db), $built{''}{contents}, "$name: to nothing, the tool's table included");
	is(error_of($node, $db, 'CALL whisper_deploy()'), '', "$name: goes up again");
	is(contents_of($node, $db, @own), $expected, "$name: to the same");
	return;
}

# What running one of them again, or none, would change.
my $state = q{SELECT sum(balance), to_regclass('rich'), to_regclass('accounts_lower'), (SELECT count(*) FROM pg_class
	WHERE relnamespace = 'public'::regnamespace) FROM accounts};

# Each way in which the tool's releases have recorded that all is applied is believed, also where the catalogs show less.
sub is_taken_over
{
	my ($format) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $template = built(map { $_->{up} } @{ $format->{steps} })->{database};
	for my $history (@{ $format->{histories} })
	{
		my ($release, $sql) = @$history;
		my $name = "$format->{name}, $release";
		my $db = follow($format, $template);
		my $before = rows($node, $db, "$sql; $state");
		is(rows($node, $db, q{SELECT string_agg(DISTINCT verdict, ',') FROM whisper_adopt(apply => true) WHERE verdict <> 'unknown';
			SELECT count(*) FROM whisper.applied}), "present\n" . @{ $format->{steps} }, "$name: all is present, and recorded");
		is(rows($node, $db, "CALL whisper_deploy(); SELECT count(*) FROM whisper_upgrade(); $state"), "0\n$before",
			"$name: nothing is left to run, and nothing has changed");
	}
	return if $format->{name} eq 'Rails';   # one file, and its versions are not in the directory

	my ($release, $sql) = @{ $format->{histories}[0] };
	for my $gone ('VIEW rich', 'INDEX accounts_lower')
	{
		next if $gone =~ /VIEW/ && $format->{name} eq 'Alembic';   # implied, not recorded: a gap, which is filled
		my $db = follow($format, $template);
		my $before = rows($node, $db, "$sql; DROP $gone; $state");
		rows($node, $db, 'SELECT whisper_adopt(apply => true)');
		raises($node, $db, $_, 'WM023', "$format->{name}: what is recorded and not there is not run, $gone, $_", qr/HINT:/)
		  for 'SELECT whisper_upgrade()', 'CALL whisper_deploy()';
		is(rows($node, $db, $state), $before, "$format->{name}: and nothing has changed, $gone");
	}
	return;
}

1;
