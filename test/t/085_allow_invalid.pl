# Constraints left NOT VALID, disabled triggers and invalid indexes: whisper_verify complains, unless a revision means it so.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database rows raises write_files);

my $node = new_node('invalid');
my $pack = PostgreSQL::Test::Utils::tempdir;
my $wrong = "SELECT check_name, subject FROM whisper_verify() WHERE NOT ok";
my $text = "-- migrate:up\nCREATE TABLE k (id int PRIMARY KEY, CONSTRAINT c CHECK (id > 0)); ALTER TABLE k ADD CONSTRAINT \"Big, one\" CHECK (id < 9) NOT VALID;\n"
  . "CREATE TABLE p (id int REFERENCES k) PARTITION BY RANGE (id);\n"
  . "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10); CREATE INDEX p_id ON ONLY p (id);\n"
  . "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER t BEFORE INSERT ON k EXECUTE FUNCTION f();\n"
  . "ALTER TABLE k DISABLE TRIGGER t;\n-- migrate:down\nDROP TABLE p; DROP TABLE k; DROP FUNCTION f;\n";
write_files($pack, 'main/001_a.sql' => $text);
new_database($node, 'invalid', $pack);
rows($node, 'invalid', 'SELECT whisper_upgrade()');
my $all = "index|public.p_id\nconstraint|public.k.\"Big, one\"\ntrigger|public.k.t";
is(rows($node, 'invalid', $wrong), $all, 'three things are out of force');
is(rows($node, 'invalid', "SELECT hint FROM whisper_verify() WHERE check_name = 'constraint'"),
	'ALTER TABLE public.k VALIDATE CONSTRAINT "Big, one" /* or, where it is meant so, write "-- allow_invalid: public.k."Big, one"" into the header of revision "001" */',
	'the hint says both ways');

# The one way

is(rows($node, 'invalid', 'BEGIN;' . rows($node, 'invalid', "SELECT string_agg(hint, ';') FROM whisper_verify() WHERE check_name IN ('constraint', 'trigger')")
	. ";$wrong"), 'index|public.p_id', 'the command mends it');

# The other one

my @given = map { /"(-- allow_invalid: .*)" into/ ? $1 : () } split /\n/, rows($node, 'invalid', 'SELECT hint FROM whisper_verify() WHERE NOT ok');
s/-- allow_invalid: // for @given;
write_files($pack, 'main/001_a.sql' => '-- allow_invalid: ' . join(', ', @given) . "\n$text");
is(rows($node, 'invalid', $wrong), '', 'a header says that it is meant so, of a revision that was applied before');
is(rows($node, 'invalid', q{SELECT check_name, detail FROM whisper_verify() WHERE check_name IN ('index', 'constraint', 'trigger')}),
	join("\n", map { "$_, but for 1 that a revision allows (allow_invalid)" }
		'index|every index is valid', 'constraint|every constraint is validated', 'trigger|every trigger is enabled'), 'and it is told');
is(rows($node, 'invalid', 'SELECT whisper_load(); SELECT whisper_assert(); SELECT allow_invalid FROM whisper.revision') =~ /\{public.p_id,"public.k.\\"Big, one\\"",public.k.t\}$/ ? 1 : 0, 1, 'the registry keeps it');
like(rows($node, 'invalid', "SET whisper_migrate.script_location = ''; SELECT whisper_export('001')"), qr/^-- allow_invalid: public.p_id, public.k."Big, one", public.k.t$/m, 'and the export has it');
rows($node, 'invalid', 'ALTER TABLE k ADD CONSTRAINT other CHECK (id <> 5) NOT VALID');
is(rows($node, 'invalid', $wrong), 'constraint|public.k.other', 'others are found as before');
rows($node, 'invalid', 'ALTER TABLE k DROP CONSTRAINT other');

# As it is written

for my $names ('p_id, T, "Big, one"', 'p_ID, k.t, k."Big, one"', 'public.p_id, PUBLIC.k.t, "k"."Big, one"')
{
	write_files($pack, 'main/001_a.sql' => "-- allow_invalid: $names\n$text");
	is(rows($node, 'invalid', $wrong), '', "names: $names");
}
write_files($pack, 'main/001_a.sql' => "-- allow_invalid: other.t, public.p, id, k.p_id, \"T\", one, elsewhere.k.\"Big, one\"\n$text");
is(rows($node, 'invalid', $wrong), $all, 'other names allow nothing');
for my $names ('', 'a,', 'a b', 'a..b', '"a', 'a."b', '"a"b')
{
	write_files($pack, 'main/001_a.sql' => "-- allow_invalid: $names\n$text");
	raises($node, 'invalid', $wrong, 'WM014', "names: '$names'", qr/invalid name .* for allow_invalid at line 1 of file "main\/001_a.sql"/);
}
write_files($pack, 'main/001_a.sql' => $text, 'main/002_b.sql' => "-- allow_invalid: k.t, p_id, \"Big, one\"\n-- migrate:up\nSELECT 1;\n");
is(rows($node, 'invalid', $wrong), "head|main\n$all", 'a revision that is pending says nothing');
rows($node, 'invalid', 'SELECT whisper_upgrade()');
is(rows($node, 'invalid', $wrong), '', 'a later one may say it');

# What a name could do in a hint

rows($node, 'invalid', 'ALTER TABLE k ADD CONSTRAINT "a */ DROP TABLE k; --" CHECK (id <> 6) NOT VALID');
is(rows($node, 'invalid', "SELECT hint FROM whisper_verify() WHERE NOT ok"), 'ALTER TABLE public.k VALIDATE CONSTRAINT "a */ DROP TABLE k; --"', 'a name does not end the comment');

SKIP:
{
	skip 'no NOT ENFORCED constraints before PostgreSQL 18', 1 if $node->pg_version < 18;
	rows($node, 'invalid', 'ALTER TABLE k DROP CONSTRAINT "a */ DROP TABLE k; --"; ALTER TABLE k ADD CONSTRAINT loose CHECK (id <> 7) NOT ENFORCED');
	is(rows($node, 'invalid', $wrong), '', 'a constraint that is not enforced is written so');
}

$node->stop;
done_testing();
