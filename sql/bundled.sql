-- The bundled pack: from nothing to every profile and back.
SET client_min_messages = warning;
CREATE SCHEMA regress_pack;
SET search_path = regress_pack, public;
\pset format unaligned
-- What is in the schema, each thing with its definition.
CREATE FUNCTION public.shape() RETURNS TABLE (object text, definition text) LANGUAGE sql SET search_path = pg_catalog AS $$
    SELECT 'column ' || c.relname || '.' || a.attname, concat_ws(' ',
               rank() OVER (PARTITION BY c.oid ORDER BY a.attnum), format_type(a.atttypid, a.atttypmod),
               a.attnotnull, pg_get_expr(d.adbin, d.adrelid), a.attidentity, col_description(c.oid, a.attnum))
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relnamespace = 'regress_pack'::regnamespace AND c.relkind IN ('r', 'v')
    UNION ALL SELECT 'relation ' || relname, concat_ws(' ', relkind, obj_description(oid, 'pg_class')) FROM pg_class
        WHERE relnamespace = 'regress_pack'::regnamespace AND relkind <> 'i'
    UNION ALL SELECT 'index ' || indexrelid::regclass, pg_get_indexdef(indexrelid) FROM pg_index
        JOIN pg_class ON pg_class.oid = indexrelid WHERE relnamespace = 'regress_pack'::regnamespace
    UNION ALL SELECT 'constraint ' || conname || ' on ' || conrelid::regclass, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'regress_pack'::regnamespace
    UNION ALL SELECT 'trigger ' || tgname || ' on ' || tgrelid::regclass, pg_get_triggerdef(oid) FROM pg_trigger
        WHERE NOT tgisinternal
    UNION ALL SELECT 'routine ' || oid::regprocedure, prosrc FROM pg_proc
        WHERE pronamespace = 'regress_pack'::regnamespace
    UNION ALL SELECT 'type ' || typname, typtype::text FROM pg_type
        WHERE typnamespace = 'regress_pack'::regnamespace AND typtype <> 'c' AND typelem = 0
$$;
CREATE FUNCTION public.tables() RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM pg_catalog.pg_tables WHERE schemaname = 'regress_pack' $$;

SELECT name, default_profile, critical_tables FROM whisper.pack;
SELECT count(*), count(DISTINCT revision), min(step), max(step), bool_and(transactional) FROM whisper_plan();
SELECT count(*) FROM whisper.revision;
SHOW whisper_migrate.script_location;

-- The core tier: 30 revisions, 25 tables.
SELECT count(*), count(DISTINCT revision), bool_and(direction = 'up' AND tier = 'core' AND message <> '') FROM whisper_upgrade('head');
SELECT tables();
SELECT string_agg(tablename, ' ' ORDER BY tablename COLLATE "C") FROM pg_tables WHERE schemaname = 'regress_pack';
SELECT tier, revision, is_head FROM whisper_current();
SELECT tier, revision, applied FROM whisper_heads();
SELECT revision, children FROM whisper_branches();
SELECT revision, down_revisions FROM whisper_history() WHERE is_merge_point;
SELECT * FROM whisper_verify() WHERE NOT ok;
SELECT count(*) > 30 AS many_checks, count(*) FILTER (WHERE check_name = 'verify section') AS sections FROM whisper_verify();
SELECT name, default_profile, critical_tables FROM whisper.pack;
SELECT name, kind FROM whisper.tier ORDER BY position;
SELECT name, tiers FROM whisper.profile ORDER BY position;
SELECT tier, count(*) FROM whisper.owned_object WHERE object_type = 'table' GROUP BY tier;
SELECT count(*) FROM whisper_upgrade();
SELECT state, count(*) FROM whisper_load() GROUP BY state;

-- Down to base leaves nothing, and up again gives the same.
CREATE TABLE public.shape_before AS SELECT * FROM shape();
SELECT count(*), bool_and(direction = 'down') FROM whisper_downgrade('base');
SELECT * FROM shape();
SELECT count(*) FROM whisper.owned_object;
SELECT count(*) FROM whisper.applied;
SELECT count(*) FROM whisper_upgrade('head');
SELECT * FROM shape() EXCEPT SELECT * FROM shape_before;
SELECT * FROM shape_before EXCEPT SELECT * FROM shape();
-- One step after the other, each can be undone and done again.
DO $$
DECLARE
    head text;
BEGIN
    PERFORM whisper_downgrade('base');
    FOR head IN SELECT revision FROM whisper_plan() ORDER BY step LOOP
        PERFORM whisper_upgrade(head);
        PERFORM whisper_downgrade(head || '-1') FROM whisper_show(head) WHERE array_length(down_revisions, 1) = 1;
        PERFORM whisper_upgrade(head);
    END LOOP;
END $$;
SELECT count(*) FROM whisper_plan();
SELECT * FROM shape() EXCEPT SELECT * FROM shape_before;
SELECT * FROM shape_before EXCEPT SELECT * FROM shape();

-- The other profiles, by parameter and by setting; from each to each by one call.
SELECT tier, revision, direction, message FROM whisper_plan('head', profile => 'production');
SELECT tier, count(*) FROM whisper_upgrade('head', profile => 'production') GROUP BY tier;
SELECT tables();
SELECT * FROM whisper_verify('production') WHERE NOT ok;
SET whisper_migrate.profile = 'research';
SELECT tier, count(*) FROM whisper_upgrade() GROUP BY tier ORDER BY min(step);
SELECT tables();
SELECT tier, count(*) FROM whisper.owned_object WHERE object_type = 'table' GROUP BY tier ORDER BY tier;
SELECT * FROM whisper_verify() WHERE NOT ok;
SELECT count(*) FROM whisper_upgrade();
SELECT * FROM whisper_plan() WHERE direction = 'deferred';
RESET whisper_migrate.profile;
-- To a smaller one: down to what the profile has.
SELECT DISTINCT tier, direction FROM whisper_downgrade('head', profile => 'production') ORDER BY tier;
SELECT tables();
SELECT * FROM whisper_verify('production') WHERE NOT ok;
SELECT tier, count(*) FROM whisper_downgrade('enrichment@base') GROUP BY tier;
SELECT tables();
SELECT * FROM shape() EXCEPT SELECT * FROM shape_before;
SELECT * FROM shape_before EXCEPT SELECT * FROM shape();
SELECT * FROM whisper_upgrade('head', profile => 'nosuch');

-- The plan as a script: whatever profile, both ways.
SELECT count(*) FROM whisper_downgrade('base');
SELECT length(whisper_sql('head')) > 10000 AS long, whisper_sql('head') LIKE '\\set ON_ERROR_STOP on%BEGIN;%COMMIT;%' AS wrapped;
SELECT length(whisper_sql('head', 'research')) > length(whisper_sql('head', 'production')) AS longer,
       length(whisper_sql('head', 'production')) > length(whisper_sql('head')) AS long;

-- Rows are not lost by mistake.
SELECT count(*) FROM whisper_upgrade('head');
INSERT INTO banned_users (discord_user_id, banned_by) VALUES ('1', 'me'), ('2', 'me');
SELECT count(*) FROM whisper_downgrade('base');
SELECT count(*) FROM banned_users;
SELECT count(*) FROM whisper_downgrade('base', allow_data_loss => true);
SELECT * FROM shape();

DROP TABLE public.shape_before;
DROP FUNCTION shape, tables;
DROP SCHEMA regress_pack CASCADE;
RESET search_path;
DROP EXTENSION whisper_migrate;
CREATE EXTENSION whisper_migrate;
