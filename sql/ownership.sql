-- Which tier and revision an object belongs to: recorded from what a revision really did, and held against every run.
SET client_min_messages = warning;
SET whisper_migrate.script_location = '';
\pset format unaligned
\pset tuples_only on

-- Every part of this file starts with an empty registry and an empty schema "app".
CREATE FUNCTION public.fresh() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
    DROP SCHEMA IF EXISTS app CASCADE;
    CREATE SCHEMA app;
    DROP EXTENSION whisper_migrate;
    CREATE EXTENSION whisper_migrate SCHEMA public;
END $$;
SET search_path = app, public;
-- One revision of tier "main" after another; the outcome of a run in lines.
CREATE FUNCTION public.add(id text, up text, down text DEFAULT NULL, tier text DEFAULT 'main') RETURNS text LANGUAGE sql AS $$
    SELECT whisper_register(concat('-- revision: ', id, E'\n-- migrate:up\n', up, E'\n-- migrate:down\n' || down), tier)
$$;
CREATE FUNCTION public.run(command text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE message text; detail text; hint text; context text;
BEGIN
    RETURN QUERY EXECUTE format($q$SELECT CASE direction WHEN 'up' THEN '+' ELSE '-' END || revision FROM %s$q$, command);
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN NEXT SQLSTATE || ': ' || message;
    IF detail <> '' THEN RETURN NEXT 'detail: ' || detail; END IF;
    IF hint <> '' THEN RETURN NEXT 'hint: ' || hint; END IF;
END $$;
CREATE FUNCTION public.up(target text DEFAULT 'heads') RETURNS SETOF text LANGUAGE sql AS $$
    SELECT run(format('whisper_upgrade(%L)', target)) $$;
CREATE FUNCTION public.down(target text DEFAULT '-1', allow text DEFAULT 'false') RETURNS SETOF text LANGUAGE sql AS $$
    SELECT run(format('whisper_downgrade(%L, allow_data_loss => %L)', target, allow)) $$;
CREATE FUNCTION public.owned() RETURNS SETOF text LANGUAGE sql AS $$
    SELECT format('%s %s: %s/%s%s', object_type, object_identity, tier, revision, nullif(' ' || origin, ' created'))
    FROM whisper.owned_object ORDER BY run, ordinal $$;

SELECT fresh();

-- All that stands for itself is owned; columns, row types, indexes and sequences made with their table go with it.
SELECT add('all-kinds', $$
    CREATE TABLE part (id serial PRIMARY KEY, code text UNIQUE DEFAULT 'x', weight int CHECK (weight > 0));
    CREATE INDEX part_weight ON part (weight);
    CREATE VIEW heavy AS SELECT * FROM part WHERE weight > 100;
    CREATE MATERIALIZED VIEW heaviest AS SELECT max(weight) FROM part;
    CREATE TYPE colour AS ENUM ('red', 'green');
    CREATE TYPE pair AS (a int, b int);
    CREATE DOMAIN positive AS int CHECK (VALUE > 0);
    CREATE SEQUENCE counter;
    CREATE FUNCTION plus(a int, b int) RETURNS int LANGUAGE sql AS 'SELECT a + b';
    CREATE PROCEDURE nothing() LANGUAGE sql AS 'SELECT 1';
    CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER watch BEFORE INSERT ON part FOR EACH ROW EXECUTE FUNCTION watch();
    CREATE TABLE copy_of AS SELECT 1 AS a WITH NO DATA;
    CREATE SCHEMA store CREATE TABLE shelf (id int);
    CREATE TABLE "Camel Case; ""quoted""" ("Odd Column" int);
    COMMENT ON TABLE part IS 'parts'$$, $$
    DROP SCHEMA store CASCADE;
    DROP TABLE "Camel Case; ""quoted""", copy_of;
    DROP MATERIALIZED VIEW heaviest;
    DROP VIEW heavy;
    DROP TABLE part;
    DROP FUNCTION watch(), plus(int, int);
    DROP PROCEDURE nothing();
    DROP SEQUENCE counter;
    DROP TYPE positive, pair, colour$$);
SELECT up();
SELECT owned();
SELECT check_name, subject, ok, detail FROM whisper_verify() WHERE NOT ok;
SELECT down();
SELECT owned();

-- Partitions and children are tables like any other.
SELECT fresh();
SELECT add('all-kinds', $$
    CREATE TABLE log (at date, a int) PARTITION BY RANGE (at);
    CREATE TABLE log_2025 PARTITION OF log FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
    CREATE TABLE log_2026 (at date, a int);
    ALTER TABLE log ATTACH PARTITION log_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
    CREATE INDEX log_at ON log (at);
    CREATE TABLE parent (a int);
    CREATE TABLE child (b int) INHERITS (parent);
    ALTER TABLE log DETACH PARTITION log_2026$$, 'DROP TABLE child, parent, log_2026, log');
SELECT up();
SELECT owned();
SELECT down();
SELECT owned();

-- Settings and marks on objects are no objects.
SELECT fresh();
CREATE ROLE regress_whisper_marked;
SELECT add('all-kinds', $$
    CREATE TABLE marked (a int PRIMARY KEY, b int NOT NULL);
    ALTER TABLE marked SET (fillfactor = 70), ALTER b SET STATISTICS 7, ENABLE ROW LEVEL SECURITY;
    CREATE STATISTICS marked_ab ON a, b FROM marked;
    CREATE POLICY all_of_it ON marked USING (true);
    CREATE TEXT SEARCH CONFIGURATION plain (COPY = simple);
    ALTER TEXT SEARCH CONFIGURATION plain ALTER MAPPING FOR word WITH simple;
    ALTER ROLE regress_whisper_marked SET work_mem = '5MB';
    GRANT SELECT ON marked TO regress_whisper_marked;
    ALTER DEFAULT PRIVILEGES FOR ROLE regress_whisper_marked GRANT SELECT ON TABLES TO PUBLIC;
    CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int);
    CREATE TYPE span AS RANGE (SUBTYPE = int)$$, $$
    ALTER DEFAULT PRIVILEGES FOR ROLE regress_whisper_marked REVOKE SELECT ON TABLES FROM PUBLIC;
    ALTER ROLE regress_whisper_marked RESET ALL;
    DROP AGGREGATE total(int); DROP TYPE span;
    DROP TEXT SEARCH CONFIGURATION plain;
    DROP TABLE marked$$);
SELECT add('marks', $$
    CLUSTER marked USING marked_pkey;
    ALTER TABLE marked SET WITHOUT CLUSTER;
    ALTER TABLE marked REPLICA IDENTITY USING INDEX marked_pkey$$, 'ALTER TABLE marked REPLICA IDENTITY DEFAULT');
SELECT up('all-kinds');
SELECT owned();
SELECT up('marks');
SELECT down('base');
SELECT owned();
DROP ROLE regress_whisper_marked;

-- What later revisions change: additions to a table of their own tier are theirs, renames follow, drops end it.
SELECT fresh();
SELECT add('all-kinds', 'CREATE TABLE part (id int PRIMARY KEY); CREATE TABLE gone (a int)', 'DROP TABLE gone, part');
SELECT add('additions', $$
    ALTER TABLE part ADD COLUMN colour text, ADD CONSTRAINT no_blue CHECK (colour <> 'blue');
    CREATE INDEX part_colour ON part (colour);
    CREATE TRIGGER keep BEFORE UPDATE ON part FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()$$, $$
    DROP TRIGGER keep ON part;
    DROP INDEX part_colour;
    ALTER TABLE part DROP COLUMN colour$$);
SELECT up();
SELECT owned();
SELECT add('renames', $$
    ALTER TABLE part RENAME TO piece;
    ALTER TABLE piece RENAME COLUMN colour TO tint;
    ALTER INDEX part_colour RENAME TO piece_tint;
    ALTER TABLE piece RENAME CONSTRAINT no_blue TO not_blue;
    CREATE SCHEMA depot;
    ALTER TABLE gone SET SCHEMA depot;
    DROP TRIGGER keep ON piece$$, $$
    CREATE TRIGGER keep BEFORE UPDATE ON piece FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
    ALTER TABLE depot.gone SET SCHEMA app;
    DROP SCHEMA depot;
    ALTER TABLE piece RENAME CONSTRAINT not_blue TO no_blue;
    ALTER INDEX piece_tint RENAME TO part_colour;
    ALTER TABLE piece RENAME COLUMN tint TO colour;
    ALTER TABLE piece RENAME TO part$$);
SELECT up();
SELECT owned();
SELECT check_name, subject, ok, detail FROM whisper_verify() WHERE NOT ok;
SELECT down();
SELECT owned();
SELECT down('base');
SELECT owned();

-- Names may be swapped and taken over, and the way back is one run or several.
SELECT fresh();
SELECT add('pair', $$
    CREATE TABLE left_hand (a int CHECK (a > 0), b int);
    CREATE TABLE right_hand (a int CHECK (a < 0));
    CREATE SCHEMA drawer;
    CREATE TYPE drawer.kind AS ENUM ('x');
    CREATE TABLE drawer.spoon (id int PRIMARY KEY, kind drawer.kind);
    CREATE FUNCTION polish(drawer.spoon, drawer.kind) RETURNS void LANGUAGE sql AS ''$$, $$
    DROP FUNCTION polish(drawer.spoon, drawer.kind);
    DROP TABLE drawer.spoon;
    DROP TYPE drawer.kind;
    DROP SCHEMA drawer;
    DROP TABLE left_hand, right_hand$$);
SELECT add('mark', 'ALTER TABLE left_hand ADD CONSTRAINT odd CHECK (a % 2 = 1)', 'ALTER TABLE left_hand DROP CONSTRAINT odd');
SELECT add('swap', $$
    ALTER TABLE left_hand RENAME TO hand;
    ALTER TABLE right_hand RENAME TO left_hand;
    ALTER TABLE hand RENAME TO right_hand;
    ALTER SCHEMA drawer RENAME TO "Kitchen Drawer"$$, $$
    ALTER TABLE left_hand RENAME TO hand;
    ALTER TABLE right_hand RENAME TO left_hand;
    ALTER TABLE hand RENAME TO right_hand;
    ALTER SCHEMA "Kitchen Drawer" RENAME TO drawer$$);
SELECT add('taken', $$
    ALTER TABLE left_hand RENAME TO old_hand;
    CREATE TABLE left_hand (c int)$$, $$
    DROP TABLE left_hand;
    ALTER TABLE old_hand RENAME TO left_hand$$);
SELECT up('mark');
SELECT up('swap');
SELECT owned();
SELECT up('taken');
SELECT owned();
SELECT check_name, subject, ok, detail FROM whisper_verify() WHERE NOT ok;
SELECT down();
SELECT owned();
SELECT down();
SELECT owned();
SELECT down('base');
SELECT owned();
SELECT up();
SELECT owned();
SELECT down('base');
SELECT owned();

-- How names are quoted in a session is no part of them.
SELECT fresh();
SELECT add('quoted', 'CREATE TABLE quoted (a int); ALTER TABLE quoted ADD COLUMN b int', 'DROP TABLE quoted');
SELECT add('renamed', 'ALTER TABLE quoted RENAME TO other_name', 'ALTER TABLE other_name RENAME TO quoted');
SET quote_all_identifiers = on;
SELECT up('quoted');
RESET quote_all_identifiers;
SELECT owned();
SELECT up();
SELECT owned();
SET quote_all_identifiers = on;
SELECT down('base');
RESET quote_all_identifiers;
SELECT owned();

-- The members of an extension come and go with it; their rows count.
SELECT fresh();
SELECT add('extends', $$
    CREATE EXTENSION pg_trgm;
    CREATE TABLE member (a int);
    ALTER EXTENSION pg_trgm ADD TABLE member$$, 'DROP EXTENSION pg_trgm');
SELECT up();
INSERT INTO member VALUES (1);
SELECT down();
SELECT down('-1', 'true');
SELECT up();
SELECT down();
SELECT owned();

-- What a block rolled back is not there and is not owned; what was there before stays its owner's.
SELECT fresh();
SELECT add('rolledback', $$
    CREATE TABLE kept (a int);
    DO $do$ BEGIN
        CREATE TABLE rolled_back (a int);
                RAISE EXCEPTION 'undo it';
    EXCEPTION WHEN raise_exception THEN NULL;
    END $do$;
    DO $do$ BEGIN
        ALTER TABLE kept RENAME TO renamed;
        RAISE EXCEPTION 'undo it';
    EXCEPTION WHEN raise_exception THEN NULL;
    END $do$ $$, 'DROP TABLE kept');
SELECT up('rolledback');
SELECT owned();
SELECT to_regclass('rolled_back') IS NULL, to_regclass('kept') IS NOT NULL;

-- Made and dropped in one revision, or temporary: nobody's.
SELECT add('fleeting', $$
    CREATE TABLE made_and_dropped (a int);
    DROP TABLE made_and_dropped;
    ALTER TABLE kept ADD COLUMN passing int;
    ALTER TABLE kept DROP COLUMN passing;
    CREATE TEMP TABLE scratch (a int PRIMARY KEY);
    CREATE TEMP VIEW glance AS SELECT * FROM scratch;
    INSERT INTO scratch VALUES (1)$$, $$
    DROP TABLE scratch CASCADE;
    CREATE TEMP TABLE other_scratch AS SELECT 1 AS a;
    DROP TABLE other_scratch$$);
SELECT up('fleeting');
SELECT owned();
SELECT down();

-- CREATE OR REPLACE and IF NOT EXISTS of what somebody else made do not make it the revision's.
CREATE FUNCTION foreign_function() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE VIEW foreign_view AS SELECT 1 AS a;
CREATE TABLE foreign_table (a int);
INSERT INTO foreign_table VALUES (1), (2), (3);
SELECT add('replaces', $$
    CREATE OR REPLACE FUNCTION foreign_function() RETURNS int LANGUAGE sql AS 'SELECT 2';
    CREATE OR REPLACE VIEW foreign_view AS SELECT 2 AS a;
    CREATE TABLE IF NOT EXISTS foreign_table (a int);
    CREATE OR REPLACE FUNCTION own_function() RETURNS int LANGUAGE sql AS 'SELECT 3'$$,
    'DROP FUNCTION own_function(); DROP TABLE foreign_table');
SELECT up('replaces');
SELECT owned();

-- A downgrade drops no table which its revision did not create ...
SELECT down();
SELECT count(*) FROM foreign_table;
-- ... whatever may be lost ...
SELECT down('-1', 'true');
-- ... even by way of something else.
SELECT add('cascades', 'SELECT 1', 'DROP SCHEMA other_place CASCADE');
CREATE SCHEMA other_place CREATE TABLE valuable (a int);
SELECT up('cascades');
SELECT down();
SELECT to_regclass('other_place.valuable');
-- A table of an earlier revision is not its own either.
SELECT add('earlier', 'SELECT 1', 'DROP TABLE kept');
SELECT up('earlier');
SELECT down();

DROP SCHEMA other_place CASCADE;
-- But it may go where the run takes that revision back, too: tools number the parts of one change like that.
SELECT fresh();
SELECT add('part1', 'CREATE TABLE thing (a int)', '');
SELECT add('part2', 'CREATE INDEX ON thing (a)', 'DROP TABLE thing');
SELECT up();
SELECT down();
INSERT INTO thing VALUES (1);
SELECT down('base');
SELECT down('base', 'true');
SELECT up();
SELECT down('base');

-- What a way down puts back is the creating revision's again, in the same run and in a later one.
SELECT fresh();
SELECT add('makes', 'CREATE TABLE thing (a int, b int); CREATE FUNCTION helps() RETURNS int LANGUAGE sql AS ''SELECT 1''',
           'DROP FUNCTION helps(); DROP TABLE thing');
SELECT add('drops', 'DROP FUNCTION helps(); DROP TABLE thing',
           'CREATE TABLE thing (a int, b int); CREATE FUNCTION helps() RETURNS int LANGUAGE sql AS ''SELECT 1''');
SELECT up();
SELECT owned();
SELECT down('base');
SELECT up();
SELECT down();
SELECT tier, object_identity FROM whisper.owned_object ORDER BY 2;
SELECT down('base');
SELECT up();
SELECT down('base');
-- And so it is when a table is replaced by one of the same name on the way up.
SELECT fresh();
SELECT add('first', 'CREATE TABLE thing (a int)', 'DROP TABLE thing');
SELECT add('second', 'DROP TABLE thing; CREATE TABLE thing (a int, b int)', 'DROP TABLE thing; CREATE TABLE thing (a int)');
SELECT up('first');
SELECT up('second');
SELECT owned();
SELECT down();
SELECT tier, object_identity FROM whisper.owned_object ORDER BY 2;
SELECT down();
SELECT up();
SELECT down('base');

-- Rows: tables and columns that hold any are listed with their counts, most first.
SELECT fresh();
SELECT add('rows', $$
    CREATE TABLE few (a int);
    CREATE TABLE many (a int, b text, c int GENERATED ALWAYS AS (a * 2) STORED);
    CREATE TABLE hollow (a int)$$, 'DROP TABLE few, many, hollow');
SELECT add('columns', 'ALTER TABLE many ADD COLUMN d int, ADD COLUMN e int; ALTER TABLE hollow ADD COLUMN b int',
           'ALTER TABLE many DROP COLUMN d, DROP COLUMN e, DROP COLUMN c; ALTER TABLE hollow DROP COLUMN b');
SELECT up();
INSERT INTO few VALUES (1);
INSERT INTO many (a, b, d) SELECT i, i::text, CASE WHEN i <= 7 THEN i END FROM generate_series(1, 100) i;
SELECT down();
SELECT down('base');
SELECT count(*) FROM many;
SELECT down('-1', 'true');
SELECT down('base', 'true');
SELECT to_regclass('many') IS NULL;
-- An empty table may go, and so may one that the way down itself emptied.
SELECT up('rows');
SELECT down();
SELECT add('moves', 'CREATE TABLE source (a int); INSERT INTO source VALUES (1), (2)', $$
    CREATE TABLE IF NOT EXISTS archive (a int);
    INSERT INTO archive SELECT * FROM source;
    DELETE FROM source;
    DROP TABLE source$$);
SELECT up('moves');
SELECT down();
SELECT count(*) FROM archive;
SELECT object_identity FROM whisper.owned_object WHERE revision NOT IN (SELECT revision FROM whisper.applied);
-- The rows of a partitioned table are those of its partitions.
SELECT fresh();
SELECT add('parts', $$
    CREATE TABLE parted (a int) PARTITION BY LIST (a);
    CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1)$$, 'DROP TABLE parted');
SELECT up('parts');
INSERT INTO parted VALUES (1), (1);
SELECT down();
SELECT down('-1', 'true');
-- Those of an attribute are in the columns of its type, in its domains and arrays.
SELECT fresh();
SELECT add('types', $$
    CREATE TYPE point3 AS (x int, y int, z int);
    CREATE DOMAIN place AS point3;
    CREATE TABLE points (at point3, near place, path point3[])$$, 'DROP TABLE points; DROP DOMAIN place; DROP TYPE point3');
SELECT add('flat', 'SELECT 1', 'ALTER TYPE point3 DROP ATTRIBUTE z CASCADE');
SELECT up();
INSERT INTO points (at) VALUES ((1, 2, 3)), ((1, 2, NULL)), (NULL), ((1, 2, 4));
SELECT down();
SELECT down('-1', 'true');
SELECT * FROM points;
SELECT add('typeless', 'CREATE TABLE holder (at point3)', 'DROP TYPE point3 CASCADE; DROP TABLE holder');
SELECT up('typeless');
INSERT INTO holder VALUES ((1, 2));
SELECT down('typeless-1');
-- What a way down makes for its own use, and what is rolled back in it, is no loss.
SELECT fresh();
SELECT add('counts', 'CREATE TABLE counted (a int)', $$
    CREATE TABLE aside AS SELECT a FROM counted;
    ALTER TABLE counted ADD COLUMN note text;
    UPDATE counted SET note = 'x';
    ALTER TABLE counted DROP COLUMN note;
    DO $do$ BEGIN
        ALTER TABLE counted DROP COLUMN a;
        RAISE EXCEPTION 'undo it';
    EXCEPTION WHEN raise_exception THEN NULL;
    END $do$;
    DO $do$ BEGIN
        DROP TABLE counted;
        RAISE EXCEPTION 'undo it';
    EXCEPTION WHEN raise_exception THEN NULL;
    END $do$;
    DROP TABLE aside$$);
SELECT up();
INSERT INTO counted VALUES (1), (2);
SELECT down();
SELECT * FROM counted;
SELECT owned();

-- A table that is rewritten stays the one it is, and what is made anew with it stays its owner's.
SELECT fresh();
SELECT add('plain', $$
    CREATE TABLE plain (a int, b int);
    CREATE MATERIALIZED VIEW one AS SELECT 1 AS a$$, 'DROP MATERIALIZED VIEW one; DROP TABLE plain');
SELECT add('parts', $$
    CREATE INDEX plain_a ON plain (a);
    ALTER TABLE plain ADD CONSTRAINT positive CHECK (a > 0), ADD CONSTRAINT single UNIQUE (a);
    CREATE STATISTICS plain_ab ON a, b FROM plain$$, $$
    DROP STATISTICS plain_ab;
    ALTER TABLE plain DROP CONSTRAINT single, DROP CONSTRAINT positive;
    DROP INDEX plain_a$$);
SELECT add('wider', 'ALTER TABLE plain ALTER a TYPE bigint; CLUSTER plain USING plain_a', $$
    ALTER TABLE plain ALTER a TYPE int;
    ALTER TABLE plain SET UNLOGGED;
    CLUSTER plain USING plain_a;
    REINDEX TABLE plain;
    REFRESH MATERIALIZED VIEW one$$);
SELECT up('parts');
SELECT owned();
SELECT up();
INSERT INTO plain VALUES (1, 1), (2, 2);
SELECT owned();
SELECT down();
SELECT owned();
SELECT count(*) FROM plain;
SELECT down('base', 'true');

-- Irreversible revisions: nothing has been undone, not even what comes before them on the way.
SELECT fresh();
SELECT add('oneway', 'CREATE TABLE oneway (a int)');
SELECT add('after', 'CREATE TABLE after (a int)', 'DROP TABLE after');
SELECT up('after');
SELECT down('base');
SELECT to_regclass('after');
SELECT down('oneway');
SELECT run($$whisper_plan('base', direction => 'downgrade')$$);
SELECT run($$(SELECT 'down' AS direction, whisper_sql('base', direction => 'downgrade') AS revision) s$$);

-- Tiers: a revision touches no table of another tier, except that it may refer to it.
SELECT fresh();
SELECT add('users', 'CREATE TABLE users (id int PRIMARY KEY, name text)', 'DROP TABLE users', 'core');
SELECT add('orders', $$
    CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users, other int);
    ALTER TABLE orders ADD FOREIGN KEY (other) REFERENCES users ON DELETE CASCADE;
    CREATE VIEW user_orders AS SELECT * FROM users JOIN orders USING (id);
    INSERT INTO users VALUES (1, 'a user');
    INSERT INTO orders VALUES (1, 1, 1)$$, 'DROP VIEW user_orders; DROP TABLE orders', 'shop');
SELECT up();
SELECT owned();
-- Tried out, and undone.
CREATE FUNCTION public.meddle(up text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE result text[];
BEGIN
    PERFORM add('meddles', up, '', 'shop');
    result := ARRAY(SELECT run('whisper_upgrade(''meddles'', allow_data_loss => true)'));
    RAISE EXCEPTION 'undo it' USING ERRCODE = 'P0777';
EXCEPTION WHEN SQLSTATE 'P0777' THEN RETURN QUERY SELECT unnest(result);
END $$;
SELECT meddle('ALTER TABLE users ADD COLUMN address text');
SELECT meddle('ALTER TABLE users DROP COLUMN name CASCADE');
SELECT meddle('ALTER TABLE users ALTER name SET NOT NULL');
SELECT meddle('ALTER TABLE users ALTER name SET DEFAULT 0');
SELECT meddle('ALTER TABLE users ADD CHECK (id > 0)');
SELECT meddle('ALTER TABLE users RENAME TO people');
SELECT meddle('ALTER TABLE users RENAME name TO title');
SELECT meddle('ALTER TABLE users SET SCHEMA public');
SELECT meddle('DROP TABLE users CASCADE');
SELECT meddle('DO $do$ BEGIN EXECUTE ''DROP TABLE users CASCADE''; END $do$');
SELECT meddle('CREATE TABLE IF NOT EXISTS users (id int)');
SELECT meddle('CREATE TABLE user_details (user_id int REFERENCES users, LIKE users)');
SELECT meddle('COMMENT ON TABLE users IS ''ours now''; TRUNCATE orders; DELETE FROM users');
SELECT meddle('ALTER TABLE orders DROP COLUMN other CASCADE');
SELECT meddle('ALTER TABLE orders DROP CONSTRAINT orders_user_id_fkey');
SELECT add('drops', 'SELECT 1', 'DROP TABLE users CASCADE', 'shop');
SELECT up();
SELECT down('shop@-1', 'true');
SELECT count(*) FROM whisper_stamp('orders, users', purge => true);
-- The owner may do it all.
SELECT add('own-change', 'ALTER TABLE users ADD COLUMN address text; CREATE INDEX ON users (name)', '', 'core');
SELECT up();
SELECT owned();
-- Renamed and dropped in one run, nothing is left of it; its former name may be another's by then.
SELECT add('renaming', 'CREATE TABLE first (a int); CREATE INDEX first_a ON first (a)', 'DROP TABLE first', 'core');
SELECT up();
SELECT add('renamed', 'ALTER TABLE first RENAME TO second; ALTER INDEX first_a RENAME TO second_a;
    ALTER TABLE second RENAME a TO b', 'ALTER TABLE second RENAME b TO a; ALTER INDEX second_a RENAME TO first_a;
    ALTER TABLE second RENAME TO first', 'core');
SELECT up();
SELECT object_type, object_identity, revision FROM whisper.owned_object WHERE object_identity ~ 'first|second' ORDER BY 1, 2;
SELECT down('core@-2', 'true');
SELECT object_type, object_identity, revision FROM whisper.owned_object WHERE object_identity ~ 'first|second' ORDER BY 1, 2;
SELECT up();
SELECT add('replaced', 'ALTER TABLE second RENAME TO third; CREATE TABLE second (c int); DROP TABLE third', '', 'core');
SELECT up();
SELECT object_type, object_identity, revision FROM whisper.owned_object WHERE object_identity ~ 'first|second' ORDER BY 1, 2;
-- What a later revision made and left behind goes with the earlier one's DROP, in the same run and in a later one.
SELECT add('drops-later', 'SELECT 1', 'DROP TABLE IF EXISTS left_one; DROP TABLE left_two', 'core');
SELECT up();
SELECT add('leaves', 'CREATE TABLE left_one (a int); CREATE TABLE left_two (a int)', '', 'core');
SELECT up();
SELECT down('core@-2', 'true');
SELECT up();
SELECT down('core@-1', 'true');
SELECT down('core@-1', 'true');
SELECT to_regclass('left_one'), to_regclass('left_two');

DROP SCHEMA app CASCADE;
RESET search_path;
DROP EXTENSION whisper_migrate;
CREATE EXTENSION whisper_migrate;
DROP FUNCTION add, run, up, down, owned, meddle, fresh;
