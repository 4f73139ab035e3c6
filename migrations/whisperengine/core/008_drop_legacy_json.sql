-- revision: drop_legacy_json
-- down_revision: 7fbfdf63fb76
-- message: communication_styles goes without its JSON conversation guidance
-- valid_checksum: 9d39bc3d556f80b25444061ddeed63f90076820b3d9894ab572e7182751b1934

-- migrate:up
-- The advanced tier has communication_styles and creates it without the column. A table that was there before loses it
-- here, unless that tier has taken it over; while it holds values, only with allow_data_loss.
DO $$
DECLARE
    is_others boolean := false;
BEGIN
    IF to_regclass('whisper.owned_object') IS NOT NULL THEN
        EXECUTE $query$
            SELECT EXISTS (
                SELECT FROM whisper.owned_object
                WHERE object_type = 'table' AND to_regclass(object_identity) = $1 AND tier <> 'core')
        $query$ INTO is_others USING to_regclass('communication_styles');
    END IF;
    IF NOT is_others AND EXISTS (
        SELECT FROM pg_catalog.pg_attribute
        WHERE attrelid = to_regclass('communication_styles') AND attname = 'conversation_flow_guidance'
            AND NOT attisdropped
    ) THEN
        ALTER TABLE communication_styles DROP COLUMN conversation_flow_guidance;
    END IF;
END
$$;

-- migrate:down

-- migrate:verify
