-- What was done, with the library of 1.0.0, to the database that dump.sql is a dump of. whisper_migrate.script_location
-- was '/srv/migrations/shop', this folder's "shop"; the dump was made by pg_dump 15 with --no-owner --no-privileges.
CREATE EXTENSION whisper_migrate VERSION '1.0.0';
SELECT whisper_upgrade('core@head');
INSERT INTO customers (name) VALUES ('Ada'), ('Grace');
INSERT INTO orders (customer_id) VALUES (1), (1), (2);
SELECT whisper_downgrade('meet');
SELECT whisper_upgrade('queries@head');
INSERT INTO notes (body) VALUES ('kept');
SELECT whisper_downgrade('core@-1');
SELECT whisper_stamp('meet');
SELECT whisper_register(E'-- revision: sent\n-- migrate:up\nCREATE TABLE sent (id int);\n-- migrate:down\nDROP TABLE sent;',
                        'clients');
SELECT whisper_upgrade('sent');
CREATE TABLE by_hand (id int);
SELECT whisper_claim('by_hand', 'core');
