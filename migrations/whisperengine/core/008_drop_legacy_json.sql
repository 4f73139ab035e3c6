-- revision: drop_legacy_json
-- down_revision: 7fbfdf63fb76
-- message: communication_styles goes without its JSON conversation guidance

-- migrate:up
-- The advanced tier has communication_styles and creates it without the column.

-- migrate:down

-- migrate:verify
