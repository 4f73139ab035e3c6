# Dumps that come from another cluster, or name another author: a text is that role's whose name and OID the dump gives.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node rows raises);
use WhisperTamper qw(dump_of_shop restore edit_rows);

my $node = new_node('origin');
my $other = new_node('elsewhere');

# Roles of the same names that have other OIDs there, and another role that has the OID.
$node->safe_psql('postgres', 'CREATE ROLE low LOGIN');
$other->safe_psql('postgres', 'CREATE ROLE chief SUPERUSER');
is(rows($other, 'postgres', q{SELECT 'chief'::regrole::oid}), rows($node, 'postgres', q{SELECT 'low'::regrole::oid}),
	'elsewhere a superuser has the OID of the low role');

my $dump = dump_of_shop($node);
my $is_super = q{SELECT rolsuper FROM pg_roles WHERE rolname = 'low'};
sub refused
{
	my ($at, $dbname, $name) = @_;
	raises($at, $dbname, q{SELECT whisper_upgrade('low3')}, '42501', "$name: its pending text is not run", qr/revision "low3" was registered by role "low"/);
	raises($at, $dbname, q{SELECT whisper_downgrade('made1', allow_data_loss => true)}, '42501', "$name: nor its way back", qr/revision "low2" was registered/);
	raises($at, $dbname, q{BEGIN; DROP TABLE work.low2; SELECT whisper_repair('low2')}, '42501', "$name: nor for a repair", qr/revision "low2" was registered/);
	raises($at, $dbname, q{CALL whisper_deploy('heads')}, '42501', "$name: nor in a deploy", qr/revision "low3" was registered/);
	is(rows($at, $dbname, q{SELECT ok, detail FROM whisper_verify() WHERE subject = 'low2' AND check_name = 'verify section'}),
		'f|not run: role "low" registered it', "$name: nor its verify section");
	return;
}

# Another cluster

my $no_roles = $dump =~ s/^(?:GRANT|ALTER .* OWNER TO|ALTER DEFAULT).*\blow\b.*\n//mgr =~ s/ OWNER TO low;/ OWNER TO postgres;/gr;
my $elsewhere = restore($other, $no_roles);
refused($other, $elsewhere, 'no role of that name');
$other->safe_psql('postgres', 'CREATE ROLE low LOGIN SUPERUSER');
refused($other, $elsewhere, 'another role of that name');
$other->safe_psql('postgres', 'ALTER ROLE low NOSUPERUSER');
is(rows($other, $elsewhere, q{SELECT revision FROM whisper_plan('low3')}), 'low3', 'what only reads goes on');
is(rows($other, $elsewhere, q{SELECT whisper_register(whisper_export('low3')); SELECT whisper_register(whisper_export('low2'));
	SELECT string_agg(revision, ' ') FROM whisper_upgrade('low3')}), "low3\nlow2\nlow3", 'a superuser answers for it');

# What a dump says of the author

my @cases = (
	[ 'the name of another superuser', sub { $_[0]{registered_by} = 'chief' }, 'refused' ],
	[ 'the OID of a superuser', sub { $_[0]{registered_by_oid} = 10 }, 'refused' ],
	[ 'no OID', sub { $_[0]{registered_by_oid} = undef }, 'refused' ],
	[ 'an OID of nobody', sub { $_[0]{registered_by_oid} = 4294967295 }, 'refused' ],
	[ 'OID 0', sub { $_[0]{registered_by_oid} = 0 }, 'refused' ],
	[ 'nobody', sub { @{ $_[0] }{qw(registered_by registered_by_oid)} = (undef, undef) if $_[0]{revision} eq 'low3' }, 'refused', qr/42501/ ],
	[ 'an empty name', sub { $_[0]{registered_by} = '' }, 'refused', qr/42501/ ],
	# It is trusted as much as who can write it.
	[ 'the bootstrap superuser', sub { @{ $_[0] }{qw(registered_by registered_by_oid)} = ('postgres', 10) }, 'runs' ],
	[ 'a file', sub { @{ $_[0] }{qw(registered_by registered_by_oid file file_size file_mtime)} = (undef, undef, 'main/x.sql', 1, 1) }, 'runs' ]);
$node->safe_psql('postgres', 'CREATE ROLE chief SUPERUSER');
for my $case (@cases)
{
	my ($name, $edit, $expected, $error) = @$case;
	my $dbname = restore($node, edit_rows($dump, 'whisper.revision', sub { $edit->($_[0]) if $_[0]{revision} =~ /^low/ }));
	my ($status, $stdout, $stderr) = $node->psql($dbname, qq{\\set VERBOSITY verbose\nSELECT revision FROM whisper_upgrade('low3')});
	$expected eq 'runs' ? is($stdout, 'low3', "$name: runs") : like($stderr, qr/ERROR:  42501: revision "low3" was registered by role/, "$name: refused");
	is(rows($node, $dbname, $is_super), $expected eq 'runs' ? 't' : 'f', "$name: the rights are the author's that it names");
	$node->safe_psql('postgres', 'ALTER ROLE low NOSUPERUSER');
}

$node->stop;
$other->stop;
done_testing();
