# The checks of whisper_verify that a pack brings along: verify sections and the folder "verify". They change nothing,
# and none hides another.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database rows raises revision_file write_files);

my $node = new_node('checks');
my $pack = PostgreSQL::Test::Utils::tempdir;
write_files($pack,
	'pack.json' => q({"name": "shop", "tiers": [{"name": "core"}, {"name": "views", "kind": "repeatable"}],
		"profiles": {"small": ["core"], "all": ["core", "views"]}, "default_profile": "all",
		"critical_tables": ["product"]}),
	'core/001_x.sql' => "-- migrate:up\nCREATE TABLE product (id int PRIMARY KEY, price int);\n"
	  . "CREATE SEQUENCE counted;\n-- migrate:down\nDROP SEQUENCE counted;\nDROP TABLE product;\n"
	  . "-- migrate:verify\nSELECT to_regclass('product') IS NOT NULL;\nSELECT count(*) < 3 AS few FROM product;\n",
	'views/010_cheap.sql' => "-- depends_on: 001\n-- migrate:up\nCREATE VIEW cheap AS SELECT * FROM product WHERE price < 5;\n"
	  . "-- migrate:verify\nSELECT count(*) >= 0 FROM cheap;\n",
	'verify/010_prices.sql' => "-- message: no product is without a price\n"
	  . "SELECT 'product ' || id AS subject, price IS NOT NULL AS ok, 'the price is missing' AS detail,\n"
	  . "       'UPDATE product SET price = 1 WHERE id = ' || id AS hint FROM product ORDER BY id;\n",
	'verify/020_none.sql' => "SELECT true AS ok WHERE false;\n",
	'verify/ignored.txt' => "not SQL;\n");
new_database($node, 'checks', $pack);
my $found = 'SELECT check_name, subject, ok, detail, hint FROM whisper_verify()';
my $troubles = "$found WHERE NOT ok";

rows($node, 'checks', 'SELECT whisper_upgrade()');
is(rows($node, 'checks', $troubles), '', 'everything is in order');
is(rows($node, 'checks', "$found WHERE check_name ~ '^0|section'"),
	"verify section|001|t|holds|\nverify section|010_cheap|t|holds|",
	'verify sections hold, and checks without rows have nothing to say');
is(rows($node, 'checks', 'SELECT name, message FROM whisper.pack_check ORDER BY 1'),
	"010_prices|no product is without a price\n020_none|", 'the files of the folder are the checks');

# Findings of a check

rows($node, 'checks', 'INSERT INTO product VALUES (1, 5), (2, NULL)');
is(rows($node, 'checks', "$found WHERE check_name = '010_prices'"),
	"010_prices|product 1|t|the price is missing|\n"
	  . '010_prices|product 2|f|the price is missing|UPDATE product SET price = 1 WHERE id = 2',
	'a row is a finding, with a hint where it is not ok');
raises($node, 'checks', 'SELECT whisper_assert()', 'WM016', 'which whisper_assert raises',
	qr/DETAIL:  010_prices product 2: the price is missing/, qr/HINT:  UPDATE product SET price = 1 WHERE id = 2/);
rows($node, 'checks', rows($node, 'checks', 'SELECT hint FROM whisper_verify() WHERE NOT ok'));
is(rows($node, 'checks', $troubles), '', 'and the hint mends');

# A check that fails hides no other

write_files($pack,
	'verify/005_fails.sql' => "SELECT true AS ok;\nSELECT 1 / 0;\n",
	'verify/006_writes.sql' => "INSERT INTO product VALUES (9, 9);\n",
	'verify/007_counts.sql' => "SELECT nextval('counted') > 0 AS ok;\n",
	'verify/008_sets.sql' => "SET search_path = nowhere;\nSELECT current_setting('search_path') = 'nowhere' AS ok;\n",
	'verify/030_after.sql' => "SELECT 'after' AS subject, false AS ok, 'still seen' AS detail;\n");
rows($node, 'checks', 'INSERT INTO product VALUES (3, 3)');
is(rows($node, 'checks', "SELECT check_name, subject, detail FROM whisper_verify() WHERE NOT ok"),
	"verify section|001|line 9: column \"few\" of row 1 is false\n"
	  . "005_fails|verify/005_fails.sql|division by zero\n"
	  . "006_writes|verify/006_writes.sql|cannot execute INSERT in a read-only transaction\n"
	  . "007_counts|verify/007_counts.sql|cannot execute nextval() in a read-only transaction\n"
	  . '030_after|after|still seen', 'errors are findings among others');
is(rows($node, 'checks', q{BEGIN; SELECT count(*) > 0 FROM whisper_verify() WHERE NOT ok;
	INSERT INTO product VALUES (4, 4); COMMIT; SHOW search_path; SELECT count(*) FROM product}),
	"t\n\"\$user\", public\n4", 'afterwards the transaction goes on, may write, and has its settings');

# What cannot be understood is said before anything is checked

write_files($pack, 'verify/006_writes.sql' => "SELECT 1;\n\\copy product from x\n");
raises($node, 'checks', 'SELECT * FROM whisper_verify()', 'WM019', 'a psql command in a check',
	qr/006_writes\.sql.*line 2|line 2 of file .*006_writes\.sql/s);
unlink glob "$pack/verify/*.sql";
rows($node, 'checks', 'DELETE FROM product');
is(rows($node, 'checks', $troubles), '', 'a check whose file is gone is gone');
rows($node, 'checks', 'SELECT whisper_load()');
is(rows($node, 'checks', 'SELECT count(*) FROM whisper.pack_check'), '0', 'for good after the next load');

# Beside the files of a directory without tiers, too

my $root = PostgreSQL::Test::Utils::tempdir;
my $flat = "$root/flat";
write_files($flat, '001_a.sql' => revision_file('a001', 'base', 'flats'),
	'verify/chk.sql' => "SELECT 'flats' AS subject, false AS ok, 'none there' AS detail\n");
new_database($node, 'flat', $flat);
rows($node, 'flat', 'SELECT whisper_upgrade()');
raises($node, 'flat', 'SELECT whisper_assert()', 'WM016', 'the folder "verify" of a flat directory has checks',
	qr/chk flats: none there/);
is(rows($node, 'flat', q{SELECT tier, current FROM whisper_status()}), 'flat|a001', 'and is no tier');

my $verify = "$root/verify";
write_files($verify, '001_a.sql' => revision_file('a001', 'base', 'flats'), 'verify/chk.sql' => 'SELECT true AS ok');
new_database($node, 'verify', $verify);
rows($node, 'verify', 'SELECT whisper_upgrade()');
is(rows($node, 'verify', q{SELECT ok FROM whisper_verify() WHERE check_name = 'chk'}), 't',
	'also where the directory is called like it');

$node->stop;
done_testing();
