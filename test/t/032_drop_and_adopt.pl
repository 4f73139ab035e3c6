# The extension can go, and come back: what was migrated stays, and is taken over again.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database rows raises schema_of write_files);

my $node = new_node('drop');
my $pack = PostgreSQL::Test::Utils::tempdir . '/shop';
write_files($pack,
	'001_customers.sql' => "-- revision: customers\n-- migrate:up\nCREATE TYPE standing AS ENUM ('new', 'known');\n"
	  . "CREATE TABLE customers (id serial PRIMARY KEY, standing standing DEFAULT 'new');\n"
	  . "-- migrate:down\nDROP TABLE customers;\nDROP TYPE standing;\n",
	'002_orders.sql' => "-- revision: orders\n-- migrate:up\nCREATE TABLE orders (id int, customer int REFERENCES customers);\n"
	  . "CREATE INDEX ON orders (customer);\n-- migrate:down\nDROP TABLE orders;\n",
	'003_payments.sql' => "-- revision: payments\n-- migrate:up\nCREATE TABLE payments (cents integer);\n"
	  . "-- migrate:down\nDROP TABLE payments;\n");

for my $way (qw(plain cascade))
{
	new_database($node, $way, $pack);
	rows($node, $way, q{SELECT whisper_upgrade('orders');
		INSERT INTO customers DEFAULT VALUES; INSERT INTO customers DEFAULT VALUES; INSERT INTO orders VALUES (1, 2)});
	my $schema = schema_of($node, $way);
	my $rows = q{SELECT c, o FROM customers AS c LEFT JOIN orders AS o ON o.customer = c.id ORDER BY 1};
	my $contents = rows($node, $way, $rows);
	my $drop = 'DROP EXTENSION whisper_migrate';
	if ($way eq 'cascade')
	{
		rows($node, $way, 'CREATE VIEW heads AS SELECT * FROM whisper_heads();
			CREATE VIEW runs AS SELECT count(*) FROM whisper.history');
		raises($node, $way, $drop, '2BP01', 'views over its functions and tables hold it',
			qr/view heads depends on function whisper_heads/, qr/view runs depends on table whisper\.history/);
		is(rows($node, $way, 'SELECT revision FROM whisper_current()'), 'orders', 'it is still there');
		$drop .= ' CASCADE';
	}
	rows($node, $way, $drop);
	is(schema_of($node, $way), $schema, "$way: the tables stay as they are");
	is(rows($node, $way, $rows), $contents, "$way: with their rows");
	is(rows($node, $way, q{
		SELECT count(*) FROM pg_proc WHERE proname ~ '^whisper_'
		UNION ALL SELECT count(*) FROM pg_namespace WHERE nspname = 'whisper'
		UNION ALL SELECT count(*) FROM pg_views WHERE viewname IN ('heads', 'runs')}), "0\n0\n0",
		"$way: functions, catalog and what depends on them are gone");
	is(rows($node, $way, q{SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
		ORDER BY 1}), "customers\norders", "$way: nothing else is");

	rows($node, $way, 'CREATE EXTENSION whisper_migrate');
	is(rows($node, $way, 'SELECT count(*) FROM whisper_current()'), '0', "$way: a new one knows nothing");
	raises($node, $way, 'SELECT whisper_upgrade()', '42710', "$way: and cannot create what is there",
		qr/type "standing" already exists/, qr/HINT: .*whisper_adopt/);
	is(rows($node, $way, q{SELECT revision, verdict, differences FROM whisper_adopt(apply => true) ORDER BY 1}),
		"customers|present|\norders|present|\npayments|absent|", "$way: it finds what is there");
	is(rows($node, $way, q{SELECT revision, origin FROM whisper.applied ORDER BY 1}),
		"customers|adopted\norders|adopted", "$way: and takes it over");
	is(rows($node, $way, 'SELECT revision FROM whisper_upgrade()'), 'payments', "$way: the upgrade goes on");
	is(rows($node, $way, 'SELECT check_name FROM whisper_verify() WHERE NOT ok'), '', "$way: verified");
	raises($node, $way, q{SELECT whisper_downgrade('base', allow_data_loss => true)}, 'WM013',
		"$way: no downgrade drops an adopted table", qr/orders/);
	is(rows($node, $way, q{SELECT revision FROM whisper_downgrade('-1')}), 'payments', "$way: but what was created since");
	is(schema_of($node, $way), $schema, "$way: the schema is the same in the end");
	is(rows($node, $way, $rows), $contents, "$way: and the rows are");
}

# Where the extension's own schema is in the way of a new one, it says so.
rows($node, 'plain', 'DROP EXTENSION whisper_migrate; CREATE SCHEMA whisper; CREATE TABLE whisper.mine (id int)');
raises($node, 'plain', 'CREATE EXTENSION whisper_migrate', '42P06', 'a schema of that name is not taken over');
is(rows($node, 'plain', q{SELECT count(*) FROM pg_proc WHERE proname ~ '^whisper_'}), '0', 'and nothing is left half-made');

$node->stop;
done_testing();
