-- revision: 5891d5443712
-- down_revision: 5228ee1af938
-- message: Discord switch, restrictions and status of each character

-- migrate:up
ALTER TABLE character_discord_config
    ADD COLUMN enable_discord               boolean DEFAULT true,
    ADD COLUMN discord_guild_restrictions   json,
    ADD COLUMN discord_channel_restrictions json,
    ADD COLUMN discord_status               varchar(50) DEFAULT 'online';

-- migrate:down
ALTER TABLE character_discord_config
    DROP COLUMN discord_status,
    DROP COLUMN discord_channel_restrictions,
    DROP COLUMN discord_guild_restrictions,
    DROP COLUMN enable_discord;

-- migrate:verify
SELECT bool_and(expected_columns <@ ARRAY(
    SELECT attname || ' ' || format_type(atttypid, atttypmod)
    FROM pg_catalog.pg_attribute WHERE attrelid = to_regclass(table_name) AND attnum > 0))
FROM (VALUES
    ('character_discord_config', ARRAY[
        'enable_discord boolean', 'discord_guild_restrictions json', 'discord_channel_restrictions json',
        'discord_status character varying(50)'])
) AS expected (table_name, expected_columns);
