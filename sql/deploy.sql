-- whisper_deploy: a transaction for each revision, statements at the top level, batches, and what it refuses.
SET client_min_messages = warning;
SET whisper_migrate.script_location = '';
\set state '\\echo SQLSTATE :LAST_ERROR_SQLSTATE'

CREATE FUNCTION traces(OUT applied text, OUT unfinished bigint, OUT deploying bigint, OUT locks bigint) LANGUAGE sql AS $$
    SELECT (SELECT string_agg(revision, ' ' ORDER BY revision) FROM whisper.applied),
           (SELECT count(*) FROM whisper.unfinished_statement), (SELECT count(*) FROM whisper.deployment),
           (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()) $$;
CREATE FUNCTION register(content text) RETURNS text LANGUAGE sql AS $$ SELECT whisper_register(content) $$;

SELECT register($$-- revision: items
-- message: things
-- migrate:up
CREATE TABLE items (id int PRIMARY KEY, name text, n int NOT NULL DEFAULT 0);
INSERT INTO items SELECT i, 'item ' || i FROM generate_series(1, 1000) i;
-- migrate:down
DROP TABLE items;
$$);
SELECT register($$-- revision: names
-- down_revision: items
-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY items_name ON items (name);
CREATE TYPE mood AS ENUM ('fine');
ALTER TYPE mood ADD VALUE 'splendid';
CREATE TABLE moods (m mood DEFAULT 'splendid');
VACUUM (ANALYZE) items;
-- migrate:down transaction:false
DROP TABLE moods;
DROP TYPE mood;
DROP INDEX CONCURRENTLY items_name;
-- migrate:verify
SELECT indisvalid FROM pg_index WHERE indexrelid = 'items_name'::regclass;
$$);
SELECT register($$-- revision: counted
-- down_revision: names
-- migrate:up
ALTER TABLE items ADD COLUMN total int;
-- migrate:batch table=items key=id size=300
UPDATE items SET total = id + n, n = n + 1 WHERE id BETWEEN :batch_start AND :batch_end;
-- migrate:down
ALTER TABLE items DROP COLUMN total;
$$);
SELECT * FROM whisper_plan();
-- One transaction cannot hold it: the hint is the exact CALL.
SELECT * FROM whisper_upgrade();
:state
SELECT * FROM whisper_upgrade('counted', profile => NULL);
SELECT check_name, subject, ok, hint FROM whisper_verify() WHERE NOT ok;
SELECT * FROM traces();

-- Nor can a transaction block, or a function.
BEGIN;
CALL whisper_deploy();
:state
ROLLBACK;
DO $$ BEGIN CALL whisper_deploy('items'); END $$;
SELECT revision FROM whisper_current();
CREATE FUNCTION deploys() RETURNS void LANGUAGE plpgsql AS $$ BEGIN CALL whisper_deploy(); END $$;
SELECT deploys();
:state
CALL whisper_deploy(lock_timeout => '0');
:state
CALL whisper_deploy(max_wait => NULL);
:state
CALL whisper_deploy(direction => 'sideways');
:state
CALL whisper_deploy('nowhere');
:state
SELECT * FROM traces();

CALL whisper_deploy();
SELECT * FROM traces();
SELECT count(*), sum(total - id), sum(n) FROM items;
SELECT m FROM moods;
INSERT INTO moods DEFAULT VALUES RETURNING m;
SELECT count(*) FILTER (WHERE NOT ok) AS wrong FROM whisper_verify();
SELECT object_type, object_identity, revision, origin FROM whisper.owned_object ORDER BY revision, object_identity;
SELECT step, direction, revision, statements, message, sqlstate FROM whisper_log() ORDER BY run, step;
-- Nothing to do is nothing done.
CALL whisper_deploy();
SELECT count(*) FROM whisper_log();
SELECT * FROM whisper_progress();
SELECT whisper_cancel();

-- Down again, first without leave to lose rows; what is undone by then stays so.
CALL whisper_deploy('items', direction => 'downgrade');
:state
SELECT * FROM traces();
CALL whisper_deploy('items', direction => 'downgrade', allow_data_loss => true);
SELECT * FROM traces();
SELECT to_regclass('items_name'), to_regclass('moods'), to_regtype('mood');
SELECT direction, revision, message, sqlstate FROM whisper_log() WHERE direction IN ('down', 'failed') ORDER BY run, step;

-- A failure in the middle: what is done stays, the rest is repeated from the first statement not done.
SELECT register($$-- revision: broken
-- down_revision: items
-- migrate:up transaction:false
CREATE TABLE log (at int);
INSERT INTO log VALUES (1);
INSERT INTO log SELECT 1 / (count(*) - 1) FROM log;
INSERT INTO log VALUES (3);
-- migrate:down
DROP TABLE log;
$$);
CALL whisper_deploy('broken');
:state
SELECT section, number, state FROM whisper.unfinished_statement ORDER BY number;
SELECT check_name, subject, detail, hint FROM whisper_verify() WHERE check_name = 'unfinished';
CALL whisper_deploy('broken');
:state
SELECT at FROM log ORDER BY at;
INSERT INTO log VALUES (0);
CALL whisper_deploy('broken');
SELECT at FROM log ORDER BY at;
SELECT * FROM traces();
SELECT step, direction, revision, statements, message, sqlstate FROM whisper_log()
    WHERE revision = 'broken' ORDER BY run, step;
SELECT step, revision, direction FROM whisper_downgrade('items', allow_data_loss => true);

-- Edited after a part has run.
SELECT register($$-- revision: edited
-- down_revision: items
-- migrate:up transaction:false
CREATE TABLE one (a int);
SELECT 1 / 0;
-- migrate:down
DROP TABLE one;
$$);
CALL whisper_deploy('edited');
:state
SELECT register($$-- revision: edited
-- down_revision: items
-- migrate:up transaction:false
CREATE TABLE one (a bigint);
SELECT 1 / 1;
-- migrate:down
DROP TABLE one;
$$);
CALL whisper_deploy('edited');
:state
DROP TABLE one;
SELECT * FROM whisper_repair('edited');
CALL whisper_deploy('edited');
SELECT * FROM traces();
SELECT step, revision, direction FROM whisper_downgrade('items');

-- An index that an earlier try left invalid is built again; one that nobody's deploy left is not touched.
INSERT INTO items VALUES (1001, 'item 1');
SELECT register($$-- revision: unique_names
-- down_revision: items
-- migrate:up
CREATE UNIQUE INDEX CONCURRENTLY items_unique ON items (name);
-- migrate:down
DROP INDEX CONCURRENTLY items_unique;
$$);
CALL whisper_deploy('unique_names');
:state
SELECT indisvalid FROM pg_index WHERE indexrelid = 'items_unique'::regclass;
SELECT object_identity FROM whisper.owned_object WHERE revision = 'unique_names';
DELETE FROM items WHERE id = 1001;
CALL whisper_deploy('unique_names');
SELECT indisvalid FROM pg_index WHERE indexrelid = 'items_unique'::regclass;
SELECT object_identity FROM whisper.owned_object WHERE revision = 'unique_names';
CALL whisper_deploy('items', direction => 'downgrade');
INSERT INTO items VALUES (1001, 'item 1');
CREATE UNIQUE INDEX CONCURRENTLY items_unique ON items (name);
DELETE FROM items WHERE id = 1001;
SELECT register($$-- revision: if_missing
-- down_revision: items
-- migrate:up
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS items_unique ON items (name);
-- migrate:down
DROP INDEX items_unique;
$$);
CALL whisper_deploy('if_missing');
:state
DROP INDEX items_unique;
CALL whisper_deploy('if_missing');
SELECT indisvalid FROM pg_index WHERE indexrelid = 'items_unique'::regclass;
SELECT step, revision, direction FROM whisper_downgrade('items');

-- Batches that cannot be.
CREATE TABLE heap (a int, b int NOT NULL, c uuid PRIMARY KEY);
SELECT register(format($$-- revision: %s
-- down_revision: items
-- migrate:up
-- migrate:batch %s
UPDATE heap SET a = 1 WHERE %s;
-- migrate:down
$$, id, options, condition)) FROM (VALUES
    ('bad1', 'table=nowhere key=id', 'a BETWEEN :batch_start AND :batch_end'),
    ('bad2', 'table=heap key=nothing', 'a BETWEEN :batch_start AND :batch_end'),
    ('bad3', 'table=heap key=a', 'a BETWEEN :batch_start AND :batch_end'),
    ('bad4', 'table=heap key=b', 'a BETWEEN :batch_start AND :batch_end'),
    ('bad5', 'table=heap key=c', 'c >= :batch_start AND c < :batch_end'),
    ('good6', 'table=heap key=c size=3', 'c BETWEEN :batch_start AND :batch_end')) t (id, options, condition);
INSERT INTO heap SELECT NULL, i, md5(i::text)::uuid FROM generate_series(1, 20) i;
CALL whisper_deploy('bad1');
:state
CALL whisper_deploy('bad2');
:state
CALL whisper_deploy('bad3');
:state
CALL whisper_deploy('bad4');
:state
CALL whisper_deploy('bad5');
:state
SELECT whisper_sql('good6');
CALL whisper_deploy('good6');
SELECT count(*), count(a) FROM heap;
SELECT register($$-- revision: bad7
-- down_revision: items
-- migrate:up
-- migrate:batch table=heap key=c size=none
UPDATE heap SET a = 1 WHERE c BETWEEN :batch_start AND :batch_end;
$$);
:state
SELECT register($$-- revision: bad8
-- down_revision: items
-- migrate:up
-- migrate:batch table=heap key=c
UPDATE heap SET a = 1 WHERE c >= :batch_start;
$$);
:state
SELECT whisper_export('good6');

-- More than the lock table can hold is refused beforehand.
SELECT whisper_revision('many', sql, '', revision_id => 'many' || i, head => 'good6', splice => true)
    FROM (SELECT i, string_agg(format('CREATE TABLE many_%s_%s (a int PRIMARY KEY, b text)', i, j), ';') AS sql
          FROM generate_series(1, 2) i, generate_series(1, current_setting('max_locks_per_transaction')::int
              * (current_setting('max_connections')::int + current_setting('max_prepared_transactions')::int) / 7) j
          GROUP BY i) t;
\set VERBOSITY terse
SELECT * FROM whisper_upgrade('many1, many2');
:state
\set VERBOSITY default
SELECT * FROM traces();

-- Whoever may deploy needs no right on the engine's tables; the worker is the same role.
CREATE ROLE regress_deployer;
GRANT CREATE ON SCHEMA public TO regress_deployer;
SELECT register($$-- revision: mine
-- down_revision: items
-- migrate:up transaction:false
CREATE TABLE mine (who text DEFAULT current_user, path text DEFAULT current_setting('search_path'));
INSERT INTO mine DEFAULT VALUES;
-- migrate:down
DROP TABLE mine;
$$);
SET ROLE regress_deployer;
CALL whisper_deploy('mine');
:state
RESET ROLE;
GRANT EXECUTE ON PROCEDURE whisper_deploy TO regress_deployer;
SET ROLE regress_deployer;
SET search_path = public, pg_catalog;
CALL whisper_deploy('mine');
RESET search_path;
SELECT * FROM mine;
SELECT tableowner FROM pg_tables WHERE tablename = 'mine';
SELECT whisper_cancel();
:state
RESET ROLE;
SELECT executed_by FROM whisper_log() WHERE revision = 'mine';
SELECT step, revision, direction FROM whisper_downgrade('items', allow_data_loss => true);
REVOKE CREATE ON SCHEMA public FROM regress_deployer;
REVOKE EXECUTE ON PROCEDURE whisper_deploy FROM regress_deployer;
DROP ROLE regress_deployer;
SELECT * FROM traces();

DROP FUNCTION deploys, register, traces;
DROP TABLE heap;
SELECT step, revision, direction FROM whisper_downgrade('base', allow_data_loss => true);
DROP EXTENSION whisper_migrate;
CREATE EXTENSION whisper_migrate;
