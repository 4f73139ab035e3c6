-- revision: a71d62f22c10
-- down_revision: b06ced8ecd14
-- message: user preferences as jsonb with an index

-- migrate:up
-- The advanced tier has universal_users and creates the column as jsonb.

-- migrate:down

-- migrate:verify
