# Every character there is, wherever an author may put one: what whisper_sql and whisper_export print of it, run by psql,
# is the statements of the migrations and nothing else; or it was refused when it came.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database rows error_of write_files set_location);

my $node = new_node('characters');
my $canary = 'canary_068';    # in the directory that psql runs in
unlink $canary;

sub quoted { my $text = shift; $text =~ s/'/''/g; return "'$text'"; }

# What psql would do if it read it: a shell command, a command of its own, a statement.
my $trap = "\\! touch $canary\n\\echo trapped\n`touch $canary` :DBNAME ;INSERT INTO planted VALUES (1);\\copy planted from nowhere";

# One line, in which nothing but the character could end a comment.
(my $line = $trap) =~ s/\n/ /g;

my @ascii = map { chr } 1 .. 127;
my @wide = ("\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xae", "\xef\xbb\xbf", "\xc2\xa0", "\xef\xbc\x9a", "\xf0\x9f\x90\x98");
my @invalid = ("\xff", "\x80", "\xc0\xaf", "\xed\xa0\x80", "\xe2\x80");
my @long = ('x' x 100_000, "\\! touch $canary " x 5000);

# Names are letters, digits and a few more, which the unit tests try one by one; of the others, what means something anywhere.
my @telling = ("\n", "\r", "\t", "\x01", "\x0b", "\x1b", "\x7f", ' ', split(//, q~'"\\`:;$!|%{}@+,(#*/=~), @wide);

# Values of eight characters each, with the trap behind every one.
sub traps
{
	my ($behind, @characters) = @_;
	my @values;
	push @values, join '', map { "a$_$behind$_" } splice @characters, 0, 8 while @characters;
	return @values;
}

# The script's statements are all that runs.
sub runs_only
{
	my ($dbname, $script, $name) = @_;
	my ($status, $stdout, $stderr) = $node->psql($dbname, "$script\n", on_error_stop => 0);
	is("$status $stderr", '0 ', "$name runs without an error");
	unlike($stdout, qr/trapped/, '… no command of psql');
	ok(!-e $canary, '… no shell command');
	is(rows($node, $dbname, 'SELECT count(*) FROM planted'), '0', '… and no statement of anybody else');
	unlink $canary;
	return;
}

# Text that clients send: each value at each place in a revision of its own. The function says what became of it.
new_database($node, 'sent', '');
$node->safe_psql('sent', q{
	CREATE TABLE planted (a int); CREATE TABLE done (id text); CREATE TABLE rowed (id int PRIMARY KEY, a int);
	CREATE TABLE sent (place text, outcome text, id text);
	CREATE FUNCTION send(place text, hostile text) RETURNS void LANGUAGE plpgsql AS $$
		DECLARE
			id text := 'r' || (SELECT count(*) FROM sent);
			up text := format('INSERT INTO done VALUES (%L);', id);
			text text := E'-- migrate:up\n' || up || E'\n-- migrate:down\nDELETE FROM done;\n';
			outcome text := 'taken';
		BEGIN
			CASE place
				WHEN 'message' THEN PERFORM whisper_revision(hostile, up, '', revision_id => id);
				WHEN 'id' THEN id := hostile; PERFORM whisper_revision('m', up, '', revision_id => hostile);
				WHEN 'label' THEN PERFORM whisper_revision('m', up, '', branch_label => hostile, revision_id => id);
				WHEN 'dependency' THEN PERFORM whisper_revision('m', up, '', depends_on => ARRAY[hostile], revision_id => id);
				WHEN 'head' THEN PERFORM whisper_revision('m', up, '', head => hostile, revision_id => id);
				WHEN 'tier' THEN PERFORM whisper_register(E'-- revision: ' || id || E'\n' || text, hostile);
				WHEN 'file name' THEN PERFORM whisper_register(E'-- revision: ' || id || E'\n' || text, name => hostile);
				WHEN 'id of a file' THEN PERFORM whisper_register(text, name => hostile || '_x.sql'); id := split_part(hostile, '_', 1);
				WHEN 'header' THEN PERFORM whisper_register(E'-- revision: ' || id || E'\n-- message: ' || hostile || E'\n' || text);
				WHEN 'comment' THEN PERFORM whisper_register(E'-- revision: ' || id || E'\n-- ' || hostile || E'\n' || text);
				WHEN 'table' THEN PERFORM whisper_register(format(E'-- revision: %s\n-- migrate:up\n%s\n-- migrate:batch table=%s key=id\n'
					'UPDATE rowed SET a = 1 WHERE id BETWEEN :batch_start AND :batch_end;\n-- migrate:down\n', id, up, hostile));
				WHEN 'names' THEN PERFORM whisper_register(format(E'-- revision: %s\n-- migrate:up\n%s\n-- migrate:batch table=%s key=%s\n'
					'UPDATE %3$s SET a = 1 WHERE %4$s BETWEEN :batch_start AND :batch_end;\n-- migrate:down\n', id, up, hostile, hostile));
				WHEN 'key' THEN PERFORM whisper_register(format(E'-- revision: %s\n-- migrate:up\n%s\n-- migrate:batch table=rowed key=%s\n'
					'UPDATE rowed SET a = 1 WHERE id BETWEEN :batch_start AND :batch_end;\n-- migrate:down\n', id, up, hostile));
			END CASE;
			INSERT INTO sent VALUES (place, outcome, id);
		EXCEPTION WHEN OTHERS THEN
			INSERT INTO sent VALUES (place, SQLSTATE, NULL);
		END $$});
my $send = '';
my $sends = 0;
sub add_send { my ($place, $value) = @_; $sends++; $send .= "SELECT send('$place', " . quoted($value) . ");\n"; return; }
for my $place ('id', 'label', 'dependency', 'head', 'tier', 'file name', 'id of a file', 'table', 'key')
{
	# A word is a name of a table, be it as long as it likes.
	add_send($place, $_) for map({ "a$_$line$_" } @telling), $long[1], $place =~ /table|key/ ? () : $long[0];
}
add_send('message', $_) for traps($trap, @ascii, @wide), @long;
# A header, a comment and a name end where their line does: what follows is the author's own text.
for my $place ('header', 'comment')
{
	add_send($place, $_) for traps($line, grep { !/[\r\n]/ } @ascii, @wide), @long;
}
my @tables = map { (my $name = $_) =~ s/"/""/g; qq{"$name"} } traps("\\!", grep { !/[\r\n]/ } @ascii, @wide);
$node->safe_psql('sent', join '', map { "CREATE TABLE $_ (id int PRIMARY KEY, $_ int UNIQUE, a int); INSERT INTO $_ VALUES (1, 1, 0);\n" } @tables);
add_send('names', $_) for @tables;
$node->psql('sent', "BEGIN;\n${send}COMMIT;\n", on_error_stop => 1);
is(rows($node, 'sent', 'SELECT count(*) FROM sent'), $sends, 'every value was sent to every place');
is(rows($node, 'sent', q{SELECT DISTINCT outcome FROM sent WHERE outcome NOT IN ('taken') AND outcome !~ '^(WM0(01|10|14|19)|22023)$'}),
	'', 'what is refused is refused with an error of its own');
is(rows($node, 'sent', q{SELECT string_agg(DISTINCT place, ', ' ORDER BY place) FROM sent WHERE outcome = 'taken'}),
	'comment, file name, header, message, names', 'what is no name in an id, a label, a tier or an option is refused');

my $upgrade = $node->safe_psql('sent', q{SELECT whisper_sql('heads')});
runs_only('sent', $upgrade, 'the script of all');
is(rows($node, 'sent', 'SELECT count(*), count(DISTINCT id) FROM done'),
	rows($node, 'sent', q{SELECT count(*), count(*) FROM sent WHERE outcome = 'taken'}), 'every revision has run, once');
my $exports = $node->safe_psql('sent', q{SELECT whisper_export(revision) FROM whisper_history()});
$node->safe_psql('sent', 'TRUNCATE done');
$exports =~ s/:batch_(?:start|end)/0/g;    # a file's own variables, which are the engine's
runs_only('sent', $exports, 'the text of all files');
$node->safe_psql('sent', q{SELECT whisper_stamp('heads')});
runs_only('sent', $node->safe_psql('sent', q{SELECT whisper_sql('base', direction => 'downgrade')}), 'the script of the way down');

# Directories: the names of files, of tiers, of profiles, of the pack, of its checks, and what stands in the headers.
(my $short = $line) =~ s{/}{}g;
$short = substr $short, 0, 100;
my $root = PostgreSQL::Test::Utils::tempdir;
my ($packs, @places) = (0);

sub json { my $text = shift; $text =~ s/(["\\\x00-\x1f\x7f])/sprintf '\\u%04x', ord $1/ge; return qq{"$text"}; }

sub pack_with
{
	my ($place, $value) = @_;
	push @places, $place;
	my %at = (pack => 'p', tier => 'main', profile => 'all', file => '001_a', check => 'c', message => 'm', 'message of a check' => 'm', $place => $value);
	write_files("$root/" . $packs++, 'pack.json' => sprintf('{"name": %s, "tiers": [{"name": %s, "kind": "versioned"}],
		"profiles": {%s: [%s]}, "default_profile": %s}', map { json($_) } @at{qw(pack tier profile tier profile)}),
		"$at{tier}/$at{file}.sql" => "-- revision: d1\n-- message: $at{message}\n-- migrate:up\nINSERT INTO done VALUES ('d1');\n-- migrate:down\nDELETE FROM done;\n",
		"verify/$at{check}.sql" => "-- message: $at{'message of a check'}\nSELECT true;\n");
	return;
}

for my $place ('pack', 'tier', 'profile', 'file', 'check', 'message', 'message of a check')
{
	my $is_name = $place =~ /\A(?:tier|profile|check)\z/;
	my $is_path = $place =~ /\A(?:tier|file|check)\z/;
	my @fitting = grep { !($is_path && m{/}) && !($place =~ /message/ && /[\r\n]/) } @ascii, @wide;
	my @values = $is_name ? map { "a$_$short$_" } grep { !m{/} } @telling : traps($is_path ? "\\! touch $canary" : $short, @fitting);
	for my $value (@values, map { "a$_$short$_" } @invalid)
	{
		pack_with($place, $value);
	}
}
new_database($node, 'packs', '');
$node->safe_psql('packs', q{
	CREATE TABLE planted (a int); CREATE TABLE done (id text);
	CREATE TABLE loaded (place text, outcome text, script text);
	CREATE FUNCTION look(place text, location text) RETURNS void LANGUAGE plpgsql AS $$
		BEGIN
			PERFORM whisper_load(location);
			PERFORM set_config('whisper_migrate.script_location', location, true);
			INSERT INTO loaded VALUES (place, 'taken', whisper_sql('heads') || whisper_export('d1') || E'\n');
		EXCEPTION WHEN OTHERS THEN
			INSERT INTO loaded VALUES (place, SQLSTATE, '-- ' || regexp_replace(SQLERRM, '[^ -~]', '?', 'g') || E'\n');
		END $$});
$node->psql('packs', join('', map { "SELECT look('$places[$_]', '$root/$_');\n" } 0 .. $packs - 1), on_error_stop => 1);
is(rows($node, 'packs', 'SELECT count(*) FROM loaded'), $packs, 'every directory was looked at');
is(rows($node, 'packs', q{SELECT place, outcome, script FROM loaded WHERE outcome !~ '^(taken|WM014|22021|22023)$'}), '',
	'a directory is taken, or refused with an error of its own');
runs_only('packs', rows($node, 'packs', q{SELECT string_agg(script, '') FROM loaded}), 'what is printed of all directories');

$node->stop;
done_testing();
