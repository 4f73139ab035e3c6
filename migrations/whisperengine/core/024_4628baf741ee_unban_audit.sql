-- revision: 4628baf741ee
-- down_revision: c64001afbd46
-- message: who lifted a ban, when and why

-- migrate:up
-- core_complete of this tier creates banned_users with these columns and their index.

-- migrate:down

-- migrate:verify
