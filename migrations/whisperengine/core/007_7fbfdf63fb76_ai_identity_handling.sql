-- revision: 7fbfdf63fb76
-- down_revision: 8b77eda62e71
-- message: communication_styles goes without its AI identity column

-- migrate:up
-- The advanced tier has communication_styles and creates it without the column.

-- migrate:down

-- migrate:verify
