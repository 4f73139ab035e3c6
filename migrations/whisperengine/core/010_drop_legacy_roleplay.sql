-- revision: drop_legacy_roleplay
-- down_revision: phase1_2_cleanup
-- message: AI scenarios replace the first roleplay scenario tables

-- migrate:up
-- The advanced tier has character_ai_scenarios; the tables it replaced are made nowhere.

-- migrate:down

-- migrate:verify
