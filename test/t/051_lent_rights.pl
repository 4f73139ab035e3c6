# A GRANT never gives more than it says: text that one role registers does not run with the rights of another one that
# has more, whatever it is that runs it.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database rows error_of raises write_files);

my $node = new_node('lent');
new_database($node, 'lent', '');
$node->safe_psql('lent', q{
	CREATE ROLE author LOGIN;
	CREATE ROLE peer LOGIN;
	CREATE ROLE manager LOGIN;
	GRANT author TO manager;
	CREATE SCHEMA work AUTHORIZATION author;
	GRANT ALL ON SCHEMA work TO peer, manager;
	GRANT EXECUTE ON FUNCTION whisper_register, whisper_revision TO author;
	GRANT EXECUTE ON FUNCTION whisper_upgrade, whisper_register TO manager, peer});
my $author = 'SET SESSION AUTHORIZATION author; SET search_path = work, public;';
my $escalate = 'ALTER ROLE author SUPERUSER';
my $is_super = q{SELECT rolsuper FROM pg_roles WHERE rolname = 'author'};

# What reveals with whose rights it runs: a function of the author's own.
rows($node, 'lent', qq{$author
	CREATE FUNCTION work.grab() RETURNS boolean LANGUAGE plpgsql AS
		\$\$ BEGIN EXECUTE '$escalate'; RETURN true; END \$\$;
	CREATE FUNCTION work.me() RETURNS text LANGUAGE sql AS 'SELECT current_user::text';
	SELECT whisper_revision('a table', 'CREATE TABLE work.made (a int)', 'DROP TABLE work.made', 'SELECT true',
		revision_id => 'made1')});
is(rows($node, 'lent', q{SELECT registered_by FROM whisper.revision}), 'author', 'whose text it is, is recorded');

# Running

for my $call (
	'SELECT whisper_upgrade()', q{SELECT whisper_upgrade('made1')}, 'SELECT whisper_adopt()',
	q{SELECT whisper_rebuild(confirm => 'lent')}, 'SELECT whisper_adopt(apply => true)')
{
	like(error_of($node, 'lent', $call),
		qr/(?:42501: |WM022: .*)revision "made1" was registered by role "author", which may not do what you may/,
		"a superuser does not lend his rights: $call");
}
raises($node, 'lent', 'SET SESSION AUTHORIZATION peer; SELECT whisper_upgrade()', '42501',
	'neither does anybody else', qr/HINT:  run it as that role; or read it with whisper_export\('made1'\)/);
is(rows($node, 'lent', 'SELECT count(*) FROM whisper.applied'), '0', 'nothing has run');

$node->safe_psql('lent', 'GRANT EXECUTE ON FUNCTION whisper_upgrade TO author');
is(rows($node, 'lent', "$author SELECT revision FROM whisper_upgrade()"), 'made1', 'the author runs it himself');
is(rows($node, 'lent', q{SELECT tableowner FROM pg_tables WHERE tablename = 'made'}), 'author', 'and owns the table');
raises($node, 'lent', q{SELECT whisper_downgrade('base')}, '42501', 'the way down is his text, too');

# A change of role is no way out: the session's other roles are out of reach as well.

for my $way ('RESET ROLE', 'RESET SESSION AUTHORIZATION', 'SET ROLE postgres', 'SET SESSION AUTHORIZATION postgres',
	q{SELECT set_config('role', 'none', false)}, q{DO 'BEGIN RESET ROLE; END'})
{
	for my $become ('SET ROLE author;', 'SET SESSION AUTHORIZATION author;')
	{
		raises($node, 'lent', qq{$become
			SELECT whisper_revision('way out', \$\$$way; $escalate\$\$, '', revision_id => 'out1');
			SELECT whisper_upgrade('head')}, '42501', "$become $way");
		rows($node, 'lent', q{DELETE FROM whisper.revision WHERE revision = 'out1'});
	}
}
is(rows($node, 'lent', $is_super), 'f', 'nobody became a superuser');

# A role that has the author's rights is no superuser: not refused for being better off, but for lending.
rows($node, 'lent', qq{$author SELECT whisper_revision('second', 'SELECT work.me()', '', revision_id => 'second1')});
raises($node, 'lent', 'SET SESSION AUTHORIZATION manager; SELECT whisper_upgrade()', '42501', 'a member of the role');
like(rows($node, 'lent', 'SET SESSION AUTHORIZATION manager; SET ROLE author; SELECT revision FROM whisper_upgrade()'),
	qr/^second1$/m, 'who becomes the author first');

# Membership is enough, inherited or to be taken by SET ROLE: the author could run it so himself.
for my $inherit ('INHERIT', 'NOINHERIT')
{
	$node->safe_psql('lent', "CREATE ROLE member_\L$inherit\E $inherit; GRANT manager TO member_\L$inherit\E;
		GRANT EXECUTE ON FUNCTION whisper_revision TO member_\L$inherit\E");
	rows($node, 'lent', "SET SESSION AUTHORIZATION member_\L$inherit\E; SELECT whisper_revision('by a member', 'SELECT 1', '',
		revision_id => 'member1', head => 'base')");
	is(rows($node, 'lent', q{SET SESSION AUTHORIZATION manager; SELECT revision FROM whisper_upgrade('member1')}), 'member1',
		"a member's text, $inherit");
	$node->safe_psql('lent', q{SELECT whisper_stamp('second1', purge => true);
		DELETE FROM whisper.revision WHERE revision = 'member1'});
}

# Who sends the same text answers for it

rows($node, 'lent', qq{$author SELECT whisper_revision('third', 'CREATE TABLE work.third (a int)', 'DROP TABLE work.third',
	revision_id => 'third1')});
my $text = rows($node, 'lent', q{SELECT whisper_export('third1')});
raises($node, 'lent', 'SELECT whisper_upgrade()', '42501', 'a third revision of the author\'s');
rows($node, 'lent', "SELECT whisper_register(\$file\$$text\$file\$)");
is(rows($node, 'lent', q{SELECT registered_by FROM whisper.revision WHERE revision = 'third1'}), 'postgres',
	'the superuser sent the same text');
is(rows($node, 'lent', 'SELECT revision FROM whisper_upgrade()'), 'third1', 'and may run it');
is(rows($node, 'lent', "$author SELECT whisper_register(\$file\$$text\$file\$)"), 'third1', 'the author sends it again');
is(rows($node, 'lent', q{SELECT registered_by FROM whisper.revision WHERE revision = 'third1'}), 'postgres',
	'which takes nothing back');

# Verify sections: everybody may call whisper_verify()

sub verify_text
{
	my ($sql) = @_;
	return qq{$author SELECT whisper_register(E'-- revision: made1\\n-- down_revision: base\\n-- message: a table\\n}
	  . qq{-- migrate:up\\nCREATE TABLE work.made (a int)\\n-- migrate:down\\nDROP TABLE work.made\\n}
	  . qq{-- migrate:verify\\n$sql')};
}
my $section = q{SELECT ok, detail FROM whisper_verify() WHERE check_name = 'verify section' AND subject = 'made1'};
my $said = "current_user || '' = ''author''";
rows($node, 'lent', verify_text(q{SELECT current_user = ''author'', current_user}));
is(rows($node, 'lent', $section), 't|holds', 'a superuser\'s whisper_verify() runs it with the author\'s rights');
is(rows($node, 'lent', "$author $section"), 't|holds', 'so does the author\'s');
rows($node, 'lent', verify_text(q{SELECT work.grab()}));
like(rows($node, 'lent', $section), qr/^f\|/, 'it cannot become a superuser');
my $out = PostgreSQL::Test::Utils::tempdir . '/stolen';
for my $sql ("COPY (SELECT 1) TO PROGRAM ''touch $out''", "COPY (SELECT 1) TO ''$out''",
	"SELECT pg_read_file(''/etc/passwd'') IS NOT NULL", 'RESET ROLE; SELECT work.grab()',
	"SELECT set_config(''role'', ''postgres'', false) IS NOT NULL; SELECT work.grab()",
	'SET transaction_read_only = off; SELECT work.grab()', 'PREPARE later AS SELECT work.grab()',
	'DECLARE later CURSOR WITH HOLD FOR SELECT work.grab()', 'LISTEN later', 'DISCARD PLANS')
{
	rows($node, 'lent', verify_text($sql));
	like(rows($node, 'lent', $section), qr/^f\|/, "nor: $sql");
}
ok(!-e $out, 'no file was written');
is(rows($node, 'lent', $is_super), 'f', 'nobody became a superuser');
like(rows($node, 'lent', "SET SESSION AUTHORIZATION peer; $section"), qr/^f\|not run: role "author" registered it/,
	'whoever is neither better nor worse off does not run it');
rows($node, 'lent', verify_text('SELECT true'));
is(rows($node, 'lent', $section), 't|holds', 'a changed verify section of a registered revision counts');
is(rows($node, 'lent', q{SET SESSION AUTHORIZATION author; RESET SESSION AUTHORIZATION; SELECT current_user}), 'postgres',
	'the session is as it was');

# What was captured is text of whoever captured it; a merge, of whoever merged.

$node->safe_psql('lent', q{GRANT EXECUTE ON FUNCTION whisper_capture_begin, whisper_capture_end, whisper_merge TO author});
rows($node, 'lent', qq{$author SELECT whisper_capture_begin(); CREATE TABLE work.caught (a int);
	SELECT whisper_capture_end('captured', revision_id => 'caught1')});
is(rows($node, 'lent', q{SELECT registered_by FROM whisper.revision WHERE revision = 'caught1'}), 'author', 'a capture');
raises($node, 'lent', q{SELECT whisper_downgrade('-1')}, '42501', 'its way down is not run by a superuser');
is(rows($node, 'lent', qq{GRANT EXECUTE ON FUNCTION whisper_downgrade TO author; $author
	SELECT revision FROM whisper_downgrade('-1')}), 'caught1', 'but by the author');
rows($node, 'lent', q{DELETE FROM whisper.revision WHERE revision = 'caught1'});

# Granted or not, nobody drops what is not his.

new_database($node, 'dropped', '');
$node->safe_psql('dropped', q{
	SELECT whisper_revision('a table', 'CREATE TABLE made (a int); INSERT INTO made VALUES (1)', 'DROP TABLE made',
		revision_id => 'made1');
	SELECT whisper_upgrade();
	GRANT EXECUTE ON FUNCTION whisper_rebuild, whisper_downgrade, whisper_claim, whisper_repair, whisper_stamp TO peer});
for my $call (q{whisper_rebuild(confirm => 'dropped')}, q{whisper_downgrade('base', allow_data_loss => true)},
	q{whisper_claim('made', 'main')})
{
	raises($node, 'dropped', "SET SESSION AUTHORIZATION peer; SELECT $call", '42501', "another's table: $call");
}
is(rows($node, 'dropped', 'SELECT count(*) FROM made'), '1', 'it is there as it was');

# A role that is gone answers for nothing

$node->safe_psql('lent', q{
	CREATE ROLE leaver;
	GRANT EXECUTE ON FUNCTION whisper_revision TO leaver});
rows($node, 'lent', q{SET SESSION AUTHORIZATION leaver;
	SELECT whisper_revision('last', 'SELECT 1', '', revision_id => 'last1')});
$node->safe_psql('lent', 'DROP OWNED BY leaver; DROP ROLE leaver');
raises($node, 'lent', 'SELECT whisper_upgrade()', '42501', 'text of a role that was dropped');

# The superuser's own text runs for everybody who may migrate, as before.
new_database($node, 'trusted', '');
$node->safe_psql('trusted', q{
	CREATE SCHEMA work AUTHORIZATION author;
	GRANT EXECUTE ON FUNCTION whisper_upgrade TO author;
	SELECT whisper_revision('a table', 'SET ROLE author; CREATE TABLE work.made (a int)', 'DROP TABLE work.made',
		'SELECT true', revision_id => 'made1')});
is(rows($node, 'trusted', "$author SELECT revision FROM whisper_upgrade()"), 'made1', 'a superuser\'s text, SET ROLE included');
is(rows($node, 'trusted', "SET SESSION AUTHORIZATION peer; $section"), 't|holds', 'and its verify section');

# Who owns it may have it taken down, whatever kind of thing it is.
my $kinds = PostgreSQL::Test::Utils::tempdir;
write_files($kinds, 'pack.json' => '{"name": "kinds", "tiers": [{"name": "all", "kind": "repeatable"}]}', 'all/a.sql' => q{
	CREATE COLLATION work.c (provider = libc, locale = 'C');
	CREATE FUNCTION work.same(int, int) RETURNS boolean LANGUAGE sql AS 'SELECT $1 = $2';
	CREATE OPERATOR work.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = work.same);
	CREATE TEXT SEARCH CONFIGURATION work.words (COPY = pg_catalog.simple);
	CREATE DOMAIN work.d AS int;
	CREATE TABLE work.t (a int, b int);
	CREATE STATISTICS work.s ON a, b FROM work.t;
});
new_database($node, 'kinds', $kinds);
$node->safe_psql('kinds', q{CREATE SCHEMA work AUTHORIZATION author;
	GRANT EXECUTE ON FUNCTION whisper_upgrade, whisper_downgrade TO author});
is(rows($node, 'kinds', "$author SELECT revision FROM whisper_upgrade(); SELECT revision FROM whisper_downgrade('base')"), "a\na", 'up and down');
is(rows($node, 'kinds', q{SELECT count(*) FROM whisper.owned_object}), '0', 'to the end');
is(rows($node, 'kinds', "$author SELECT revision FROM whisper_upgrade(); RESET SESSION AUTHORIZATION;"
	  . ' ALTER COLLATION work.c OWNER TO peer'), 'a', 'up again');
raises($node, 'kinds', "$author SELECT whisper_downgrade('base')", '42501', 'what became somebody else\'s is not', qr/must be owner of collation/);

$node->stop;
done_testing();
