# whisper_verify gives the same answer under every search_path: verify sections and checks of the pack are looked up where
# the revisions were applied, without lending anybody's rights to whoever chose that path.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database rows raises write_files);

my $node = new_node('anywhere');
my $found = 'SELECT check_name, subject, ok, detail, hint FROM public.whisper_verify()';

sub new_pack
{
	my $pack = PostgreSQL::Test::Utils::tempdir;
	write_files($pack,
		'pack.json' => '{"name": "sp", "tiers": [{"name": "core"}, {"name": "views", "kind": "repeatable"}], "critical_tables": ["nests"]}',
		'core/001.sql' => "-- revision: nests\n-- migrate:up\nCREATE TABLE nests (id int PRIMARY KEY, kind varchar(10));\n"
		  . "INSERT INTO nests VALUES (1, 'a');\n-- migrate:down\nDROP TABLE nests;\n"
		  . "-- migrate:verify\nSELECT to_regclass('nests') IS NOT NULL AND kind || ''::text = 'a' FROM nests;\n",
		'views/010_eggs.sql' => "-- depends_on: nests\n-- migrate:up\nCREATE VIEW eggs AS SELECT * FROM nests;\n"
		  . "-- migrate:verify\nSELECT count(*) = 1 FROM eggs;\n",
		'verify/nests.sql' => "SELECT 'nests' AS subject, count(*) = 1 AS ok, 'not there' AS detail FROM nests;\n");
	return $pack;
}

# The same superuser, everywhere

my @ways = (
	[ upgrade => "SELECT count(*) FROM whisper_upgrade()" ],
	[ deploy => "CALL whisper_deploy()" ],
	[ stamp => "CREATE TABLE nests (id int PRIMARY KEY, kind varchar(10)); INSERT INTO nests VALUES (1, 'a'); CREATE VIEW eggs AS SELECT * FROM nests; SELECT count(*) FROM whisper_stamp('heads'); SELECT whisper_claim('nests', 'core')" ],
	[ adopt => "CREATE TABLE nests (id int PRIMARY KEY, kind varchar(10)); INSERT INTO nests VALUES (1, 'a'); CREATE VIEW eggs AS SELECT * FROM nests; SELECT count(*) FROM whisper_adopt(apply => true)" ],
	[ rebuild => "SELECT count(*) FROM whisper_upgrade(); SELECT count(*) FROM whisper_rebuild(confirm => 'rebuild')" ]);
for my $way (@ways)
{
	my ($name, $sql) = @$way;
	new_database($node, $name, new_pack());
	rows($node, $name, "CREATE SCHEMA app; SET search_path = app, public; $sql");
	my $answer = rows($node, $name, "SET search_path = app, public; $found");
	unlike($answer, qr/\|f\|/, "$name: everything is in order where it was applied");
	like($answer, qr/^verify section\|nests\|t\|holds\|\nverify section\|010_eggs\|t\|holds\|\nnests\|nests\|t/m, 'and all of it was looked at');
	for my $path ('', 'public', 'pg_catalog, other', 'nowhere', 'public, app')
	{
		is(rows($node, $name, "SET search_path = '$path'; CREATE SCHEMA IF NOT EXISTS other; $found"), $answer, "$name: the same with search_path '$path'");
	}
}
is(rows($node, 'upgrade', "CREATE TABLE public.nests (x int); CREATE TABLE other.nests (x int); CREATE TEMPORARY TABLE nests (x int); SET search_path = other; $found WHERE NOT ok"),
	'', 'tables of that name elsewhere, temporary ones too, are others');
is(rows($node, 'upgrade', q{SET search_path = other; SELECT count(*) FROM public.whisper_verify(); SHOW search_path}) =~ /^other$/m, 1, 'the search_path is put back');
rows($node, 'upgrade', 'DROP TABLE public.nests, other.nests');
rows($node, 'upgrade', 'DROP TABLE app.nests CASCADE; CREATE TABLE other.nests (id int, kind varchar(10)); INSERT INTO other.nests VALUES (1, $$a$$)');
is(rows($node, 'upgrade', "SELECT check_name, subject FROM whisper_verify() WHERE NOT ok"),
	"tables|core\ntable|app.nests\ncritical table|nests\nverify section|nests\nverify section|010_eggs\nnests|verify/nests.sql",
	'and does not stand in for what is lost');
is(rows($node, 'upgrade', 'UPDATE whisper.applied SET search_path = NULL; SET search_path = other, public; SELECT ok FROM whisper_verify() WHERE subject = $$nests$$ AND check_name ~ $$section$$'),
	't', 'a revision that an older version applied is looked up in the search_path of who asks');
like(rows($node, 'upgrade', 'UPDATE whisper.applied SET search_path = $$a,,b$$; SELECT detail FROM whisper_verify() WHERE check_name ~ $$section$$'),
	qr/invalid value for parameter "search_path": "a,,b/, 'a path that is none is a finding');

# Whose rights

rows($node, 'postgres', 'CREATE ROLE low LOGIN; CREATE ROLE watcher LOGIN; CREATE ROLE other_low LOGIN');
new_database($node, 'lent', new_pack());
rows($node, 'lent', q{CREATE SCHEMA AUTHORIZATION low; CREATE SCHEMA watcher;
	GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO low;
	GRANT USAGE ON SCHEMA low TO other_low});
rows($node, 'lent', q{SET SESSION AUTHORIZATION low;
	CREATE TABLE low.seen (who name); GRANT ALL ON low.seen TO PUBLIC;
	CREATE FUNCTION low.noted(varchar, text) RETURNS text LANGUAGE sql AS
		$$SELECT CASE WHEN current_user = 'low' THEN $1::text || $2 ELSE 'robbed ' || current_user END$$;
	CREATE OPERATOR low.|| (FUNCTION = low.noted, LEFTARG = varchar, RIGHTARG = text);
	SELECT count(*) FROM whisper_upgrade();
	GRANT SELECT ON nests, eggs TO PUBLIC});
is(rows($node, 'lent', q{SELECT search_path, applied_by, applied_by_oid::regrole FROM whisper.applied LIMIT 1}), 'low, public|low|low',
	'$user is kept as the role that it stood for');
is(rows($node, 'lent', "$found WHERE NOT ok"), '', 'who may act for the role that applied it looks with its rights');
is(rows($node, 'lent', "SET search_path = low; $found WHERE check_name ~ 'section' AND NOT ok"),
	'verify section|nests|f|line 8: column "?column?" of row 1 is false|' .
	"SELECT * FROM whisper_repair('nests') /* with nothing to repair: mend what the section found, or it */",
	'who looks into its schema trusts it');
is(rows($node, 'lent', "SET SESSION AUTHORIZATION other_low; $found WHERE check_name ~ 'section|nests'"),
	join("\n", map { "$_|f|not run: role \"low\" applied it with search_path low, public|SET search_path = low, public"
		  . ' /* if you trust who can create objects there; or ask as that role */' }
		'verify section|nests', 'verify section|010_eggs', 'nests|verify/nests.sql'),
	'who has not its rights lends it none');
is(rows($node, 'lent', 'SET SESSION AUTHORIZATION other_low; SET search_path = low, public /* as the hint says */;'
	  . "$found WHERE check_name = 'verify section' AND subject = '010_eggs'"), 'verify section|010_eggs|t|holds|', 'but may say so');
rows($node, 'lent', 'REVOKE USAGE ON SCHEMA low FROM other_low; ALTER TABLE low.nests SET SCHEMA public; DROP VIEW low.eggs; CREATE VIEW eggs AS SELECT * FROM nests; GRANT SELECT ON eggs TO PUBLIC');
is(rows($node, 'lent', "SET SESSION AUTHORIZATION other_low; SET search_path = ''; $found WHERE check_name ~ 'section|nests' AND NOT ok"), '',
	'a schema that is closed to the caller is passed over, and what the configuration names is trusted');
rows($node, 'postgres', 'ALTER ROLE low RENAME TO formerly_low; CREATE ROLE low SUPERUSER');
like(rows($node, 'lent', "$found WHERE check_name ~ 'section'"), qr/^verify section\|nests\|f\|not run: role "low" applied it/,
	'another role of that name is not taken for it');

# A lost table: its revision runs again where it ran

new_database($node, 'lost', new_pack());
rows($node, 'lost', 'CREATE SCHEMA app; SET search_path = app, public; SELECT count(*) FROM whisper_upgrade(); DROP TABLE nests CASCADE');
my $hint = rows($node, 'lost', q{SELECT hint FROM whisper_verify() WHERE check_name = 'table' AND subject = 'app.nests'});
is($hint, q{SET search_path = app, public; SELECT * FROM whisper_repair('nests')}, 'verify says where');
rows($node, 'lost', $hint);
is(rows($node, 'lost', q{SELECT to_regclass('app.nests') IS NOT NULL}), 't', 'and it is back');

$node->stop;
done_testing();
