-- revision: drop_legacy_roleplay
-- down_revision: phase1_2_cleanup
-- message: AI scenarios replace the first roleplay scenario tables
-- valid_checksum: 9d39bc3d556f80b25444061ddeed63f90076820b3d9894ab572e7182751b1934

-- migrate:up
-- The advanced tier has character_ai_scenarios; the tables that it replaced are made nowhere. Those of an older database
-- go here; while a table holds rows, only with allow_data_loss.
DO $$
DECLARE
    old_name text;
BEGIN
    FOREACH old_name IN ARRAY ARRAY['character_scenario_triggers', 'character_roleplay_scenarios'] LOOP
        IF to_regclass(old_name) IS NOT NULL THEN
            EXECUTE format('DROP TABLE %I', old_name);
        END IF;
    END LOOP;
END
$$;

-- migrate:down

-- migrate:verify
