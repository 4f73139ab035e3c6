# Whose object it is: what one tier has, another one's migrations leave alone.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database rows raises error_of schema_of revision_file write_files);

my $node = new_node('tier_objects');

# What another tier has is left alone, whatever it is, and nothing is hung on its tables.

new_database($node, 'meddling', '');
rows($node, 'meddling', q{SELECT whisper_register(E'-- revision: a1\n-- migrate:up\n' || $$
	CREATE TABLE ta (id int PRIMARY KEY, x int); CREATE INDEX ta_x ON ta (x); CREATE VIEW va AS SELECT 1 AS a;
	CREATE FUNCTION fa() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE SEQUENCE sa; CREATE TYPE ea AS ENUM ('x');
	CREATE DOMAIN da AS int; CREATE SCHEMA na;
	CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
	CREATE TRIGGER tga BEFORE UPDATE ON ta FOR EACH ROW EXECUTE FUNCTION tf();
	CREATE POLICY pa ON ta USING (true)$$ || E'\n-- migrate:down\n', 'a'); SELECT whisper_upgrade();
	CREATE ROLE another});
sub outcome
{
	my ($up, $down) = @_;
	my $text = "E'-- revision: b1\\n-- migrate:up\\n' || \$sql\$$up\$sql\$ || E'\\n-- migrate:down\\n' || \$sql\$$down\$sql\$";
	my (undef, $stdout, $stderr) = $node->psql('meddling', "\\set VERBOSITY sqlstate\nBEGIN;\n"
		  . "SELECT whisper_register($text, 'b') IS NOT NULL \\g /dev/null\n"
		  . "SELECT 'up' FROM whisper_upgrade('b\@head');\nSELECT 'down' FROM whisper_downgrade('b\@base');\nROLLBACK;",
		on_error_stop => 0);
	return $stderr =~ /ERROR:  (\w+)/ ? $1 : $stdout;
}
for my $sql ('CREATE INDEX ON ta (x)', 'CREATE STATISTICS st ON id, x FROM ta',
	'CREATE TRIGGER tgb BEFORE INSERT ON ta FOR EACH ROW EXECUTE FUNCTION tf()', 'CREATE RULE r AS ON DELETE TO ta DO INSTEAD NOTHING',
	'CREATE RULE r AS ON INSERT TO va DO INSTEAD NOTHING', 'CREATE POLICY p ON ta USING (false)',
	'ALTER TABLE ta OWNER TO another', 'ALTER TABLE ta SET (fillfactor = 50)', 'TRUNCATE ta', 'ALTER TABLE ta CLUSTER ON ta_x')
{
	is(outcome($sql, ''), 'WM013', "up: $sql");
}
for my $sql ('DROP INDEX ta_x', 'DROP TRIGGER tga ON ta', 'ALTER TABLE ta DISABLE TRIGGER tga', 'DROP POLICY pa ON ta',
	'ALTER TABLE ta DROP CONSTRAINT ta_pkey', 'ALTER TABLE ta ADD y int', 'DROP VIEW va', 'CREATE OR REPLACE VIEW va AS SELECT 2 AS a',
	q{CREATE OR REPLACE FUNCTION fa() RETURNS int LANGUAGE sql AS 'SELECT 2'}, 'DROP FUNCTION fa', 'ALTER FUNCTION fa SECURITY DEFINER',
	'DROP SEQUENCE sa', 'ALTER SEQUENCE sa RESTART', 'ALTER TYPE ea RENAME TO eb', q{ALTER TYPE ea ADD VALUE 'y'}, 'DROP TYPE ea',
	'ALTER DOMAIN da SET DEFAULT 1', 'ALTER DOMAIN da ADD CHECK (VALUE > 0)', 'ALTER SCHEMA na RENAME TO nb', 'DROP SCHEMA na')
{
	is(outcome($sql, ''), 'WM013', "up: $sql");
	is(outcome('SELECT 1', $sql), 'WM013', "down: $sql") unless $sql =~ /^CREATE|ADD CHECK/;
}
# What security.md says is not told of, and what refers to others' things.
for my $sql ('GRANT SELECT ON ta TO another', q{COMMENT ON TABLE ta IS 'x'}, q{INSERT INTO ta VALUES (1)},
	'CREATE TABLE tb (a int REFERENCES ta, b ea, c da)', 'CREATE VIEW vb AS SELECT * FROM ta', 'CREATE TABLE tb () INHERITS (ta)',
	'CREATE TABLE na.tb (a int); CREATE TRIGGER tgb BEFORE UPDATE ON na.tb FOR EACH ROW EXECUTE FUNCTION tf()')
{
	is(outcome($sql, 'DROP VIEW IF EXISTS vb; DROP TABLE IF EXISTS tb, na.tb'), "up\ndown", "allowed: $sql");
}

$node->stop;
done_testing();
