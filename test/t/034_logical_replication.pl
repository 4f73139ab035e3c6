# A publisher and a subscriber that both migrate, as docs/life-cycle.md says.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use WhisperTest qw(new_node new_database rows write_files);

my $publisher = new_node('publisher', allows_streaming => 'logical');
my $subscriber = new_node('subscriber');
# A worker that failed is started again at once.
$subscriber->append_conf('postgresql.conf', 'wal_retrieve_retry_interval = 100ms');
$subscriber->reload;

my $pack = PostgreSQL::Test::Utils::tempdir;
sub revision { return "-- revision: $_[0]\n-- migrate:up\n$_[1];\n-- migrate:down\n$_[2];\n" }
write_files($pack, '001_x.sql' => revision('customers', 'CREATE TABLE customers (id serial PRIMARY KEY, name text)',
	'DROP TABLE customers'));
for my $node ($publisher, $subscriber)
{
	new_database($node, 'shop', $pack);
	rows($node, 'shop', 'SELECT whisper_upgrade()');
}

# What is published is the schema of the tables, not the engine's own records.
rows($publisher, 'shop', 'CREATE PUBLICATION everything FOR ALL TABLES');
is(rows($publisher, 'shop', q{SELECT count(*) > 5 FROM pg_publication_tables
	WHERE pubname = 'everything' AND schemaname = 'whisper'}), 't', 'FOR ALL TABLES takes the records of the engine along');
rows($publisher, 'shop', 'DROP PUBLICATION everything; CREATE PUBLICATION shop FOR TABLES IN SCHEMA public');
is(rows($publisher, 'shop', q{SELECT string_agg(schemaname || '.' || tablename, ' ') FROM pg_publication_tables}),
	'public.customers', 'FOR TABLES IN SCHEMA does not');

rows($publisher, 'shop', q{INSERT INTO customers (name) VALUES ('Ada')});
my $source = $publisher->connstr('shop') =~ s/'/''/gr;
rows($subscriber, 'shop', "CREATE SUBSCRIPTION shop CONNECTION '$source' PUBLICATION shop");
$subscriber->wait_for_subscription_sync($publisher, 'shop', 'shop');
is(rows($subscriber, 'shop', 'TABLE customers'), '1|Ada', 'rows arrive');

sub upgrade
{
	my ($node, $expected, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is(rows($node, 'shop', 'SELECT revision FROM whisper_upgrade()'), $expected, $name);
	return;
}
sub arrives
{
	my ($query, $expected, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	rows($subscriber, 'shop', 'ALTER SUBSCRIPTION shop REFRESH PUBLICATION');
	$subscriber->wait_for_subscription_sync($publisher, 'shop', 'shop');
	is(rows($subscriber, 'shop', $query), $expected, $name);
	return;
}

# What adds: the subscriber first. Between the two upgrades both work.
write_files($pack, '002_x.sql' => revision('orders',
	'ALTER TABLE customers ADD email text DEFAULT $$none$$; CREATE TABLE orders (id int PRIMARY KEY)',
	'DROP TABLE orders; ALTER TABLE customers DROP email'));
upgrade($subscriber, 'orders', 'adding: the subscriber first');
rows($publisher, 'shop', q{INSERT INTO customers (name) VALUES ('Grace')});
arrives('SELECT name, email FROM customers ORDER BY 1', "Ada|none\nGrace|none", 'adding: rows arrive in between');
upgrade($publisher, 'orders', 'adding: then the publisher');
rows($publisher, 'shop', q{INSERT INTO customers (name, email) VALUES ('Edsger', 'e@x'); INSERT INTO orders VALUES (7)});
arrives('SELECT name, email FROM customers, orders WHERE orders.id = 7 ORDER BY customers.id DESC LIMIT 1', 'Edsger|e@x',
	'adding: the new column and, after a refresh, the new table arrive');

# What takes away: the publisher first.
write_files($pack, '003_x.sql' => "-- allow_data_loss: true\n"
	  . revision('leaner', 'ALTER TABLE customers DROP email', 'ALTER TABLE customers ADD email text'));
upgrade($publisher, 'leaner', 'taking away: the publisher first');
rows($publisher, 'shop', q{INSERT INTO customers (name) VALUES ('Alan')});
arrives(q{SELECT name, email FROM customers WHERE name = 'Alan'}, 'Alan|none', 'taking away: rows arrive in between');
upgrade($subscriber, 'leaner', 'taking away: then the subscriber');

# The wrong order stops the apply worker, and loses nothing.
write_files($pack, '004_x.sql' => revision('phone', 'ALTER TABLE customers ADD phone text', 'ALTER TABLE customers DROP phone'));
my $log = -s $subscriber->logfile;
upgrade($publisher, 'phone', 'the wrong order: the publisher first');
rows($publisher, 'shop', q{INSERT INTO customers (name, phone) VALUES ('Barbara', '1')});
$subscriber->wait_for_log(qr/is missing replicated column: "phone"/, $log);
pass('the wrong order: the subscriber waits');
upgrade($subscriber, 'phone', 'the wrong order: then the subscriber');
arrives(q{SELECT phone FROM customers WHERE name = 'Barbara'}, '1', 'the wrong order: nothing is lost');

# What writes rows: the publisher runs it, the subscriber gets the rows and records the revision.
write_files($pack, '005_x.sql' => revision('defaults', q{INSERT INTO customers (id, name) VALUES (1000, 'nobody')},
	'DELETE FROM customers WHERE id = 1000'));
upgrade($publisher, 'defaults', 'writing rows: the publisher runs it');
is(rows($subscriber, 'shop', q{SELECT revision, action FROM whisper_stamp('defaults')}), 'defaults|recorded',
	'writing rows: the subscriber records it');
arrives('SELECT id, name FROM customers WHERE id = 1000', '1000|nobody', 'writing rows: and gets them');

# In the end both are the same, each with a history of its own.
my $state = q{SELECT revision, is_head FROM whisper_current(); SELECT check_name FROM whisper_verify() WHERE NOT ok;
	SELECT table_name, origin FROM whisper_tables();
	SELECT * FROM customers ORDER BY 1; SELECT * FROM orders};
is(rows($subscriber, 'shop', $state), rows($publisher, 'shop', $state), 'both are at the same revision');
like(rows($subscriber, 'shop', $state), qr/\Adefaults\|t\n/, 'the last one');
is(rows($subscriber, 'shop', q{SELECT direction FROM whisper_log() LIMIT 1}), 'stamp', 'the subscriber has its own history');

# Going down is going up in a mirror: what the downgrade takes away goes from the publisher first.
my $down = q{SELECT string_agg(revision, ' ') FROM whisper_downgrade('leaner', allow_data_loss => true)};
is(rows($publisher, 'shop', $down), 'defaults phone', 'downgrade: the publisher first');
is(rows($subscriber, 'shop', q{SELECT action FROM whisper_stamp('phone')}), 'forgotten',
	'downgrade: the subscriber gets the rows of what wrote rows');
arrives('SELECT count(*) FROM customers WHERE id = 1000', '0', 'downgrade: they are gone there, too');
is(rows($subscriber, 'shop', $down), 'phone', 'downgrade: then the subscriber');
arrives('SELECT revision FROM whisper_current()', 'leaner', 'downgrade: both are there');

$subscriber->stop;
$publisher->stop;
done_testing();
