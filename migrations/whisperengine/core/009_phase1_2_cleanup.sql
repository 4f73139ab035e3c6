-- revision: phase1_2_cleanup
-- down_revision: drop_legacy_json
-- message: the second version of the trigger tables takes over

-- migrate:up
-- The advanced tier has the tables, which it creates under their final names.

-- migrate:down

-- migrate:verify
