-- revision: a71d62f22c10
-- down_revision: b06ced8ecd14
-- message: user preferences as jsonb with an index
-- valid_checksum: 9d39bc3d556f80b25444061ddeed63f90076820b3d9894ab572e7182751b1934

-- migrate:up
-- The advanced tier has universal_users and creates the column as jsonb, with the index. A table that was there before is
-- changed here, unless that tier has taken it over.
DO $$
DECLARE
    is_others boolean := false;
BEGIN
    IF to_regclass('whisper.owned_object') IS NOT NULL THEN
        EXECUTE $query$
            SELECT EXISTS (
                SELECT FROM whisper.owned_object
                WHERE object_type = 'table' AND to_regclass(object_identity) = $1 AND tier <> 'core')
        $query$ INTO is_others USING to_regclass('universal_users');
    END IF;
    IF NOT is_others AND EXISTS (
        SELECT FROM pg_catalog.pg_attribute
        WHERE attrelid = to_regclass('universal_users') AND attname = 'preferences' AND NOT attisdropped
            AND atttypid IN ('pg_catalog.text'::regtype, 'pg_catalog.varchar'::regtype)
    ) THEN
        ALTER TABLE universal_users
            ALTER COLUMN preferences DROP DEFAULT,
            ALTER COLUMN preferences TYPE jsonb USING preferences::jsonb,
            ALTER COLUMN preferences SET DEFAULT '{}';
    END IF;
END
$$;

-- migrate:down

-- migrate:verify
SELECT NOT EXISTS (
    SELECT FROM pg_catalog.pg_attribute
    WHERE attrelid = to_regclass('universal_users') AND attname = 'preferences' AND NOT attisdropped
        AND atttypid IN ('pg_catalog.text'::regtype, 'pg_catalog.varchar'::regtype)
) OR EXISTS (
    SELECT FROM whisper.owned_object
    WHERE object_type = 'table' AND to_regclass(object_identity) = to_regclass('universal_users') AND tier <> 'core');
