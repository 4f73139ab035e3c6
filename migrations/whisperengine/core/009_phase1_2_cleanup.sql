-- revision: phase1_2_cleanup
-- down_revision: drop_legacy_json
-- message: the second version of the trigger tables takes over
-- valid_checksum: 9d39bc3d556f80b25444061ddeed63f90076820b3d9894ab572e7182751b1934

-- migrate:up
-- The advanced tier has the tables, which it creates under their final names. What an older database has of the first
-- attempts goes here; while a table holds rows, only with allow_data_loss.
DO $$
DECLARE
    old_name text;
BEGIN
    FOREACH old_name IN ARRAY ARRAY['character_conversation_flows_json_backup', 'character_emotional_triggers_v2'] LOOP
        IF to_regclass(old_name) IS NOT NULL THEN
            EXECUTE format('DROP TABLE %I', old_name);
        END IF;
    END LOOP;
    FOREACH old_name IN ARRAY ARRAY['character_roleplay_scenarios_v2', 'character_scenario_triggers_v2'] LOOP
        IF to_regclass(old_name) IS NOT NULL AND to_regclass(left(old_name, -3)) IS NULL THEN
            EXECUTE format('ALTER TABLE %I RENAME TO %I', old_name, left(old_name, -3));
        END IF;
    END LOOP;
END
$$;

-- migrate:down

-- migrate:verify
