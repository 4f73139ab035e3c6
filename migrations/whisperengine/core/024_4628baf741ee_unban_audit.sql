-- revision: 4628baf741ee
-- down_revision: c64001afbd46
-- message: who lifted a ban, when and why
-- valid_checksum: 9d39bc3d556f80b25444061ddeed63f90076820b3d9894ab572e7182751b1934

-- migrate:up
-- core_complete of this tier creates banned_users with these columns and their index. A table that was there before gets
-- the columns here, so that core_complete can index them.
DO $$
BEGIN
    IF to_regclass('banned_users') IS NOT NULL THEN
        ALTER TABLE banned_users
            ADD COLUMN IF NOT EXISTS unbanned_at  timestamp,
            ADD COLUMN IF NOT EXISTS unbanned_by  text,
            ADD COLUMN IF NOT EXISTS unban_reason text;
    END IF;
END
$$;

-- migrate:down

-- migrate:verify
SELECT to_regclass('banned_users') IS NULL OR count(*) = 3 FROM pg_catalog.pg_attribute
WHERE attrelid = to_regclass('banned_users') AND attname IN ('unbanned_at', 'unbanned_by', 'unban_reason')
    AND NOT attisdropped;
