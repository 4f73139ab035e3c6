-- revision: emoji_personality_cols
-- down_revision: drop_legacy_roleplay
-- message: how a character uses emoji

-- migrate:up
ALTER TABLE characters
    ADD COLUMN emoji_frequency          varchar(50) NOT NULL DEFAULT 'moderate',
    ADD COLUMN emoji_style              varchar(50) NOT NULL DEFAULT 'general',
    ADD COLUMN emoji_combination        varchar(50) NOT NULL DEFAULT 'text_with_accent_emoji',
    ADD COLUMN emoji_placement          varchar(50) NOT NULL DEFAULT 'end_of_message',
    ADD COLUMN emoji_age_demographic    varchar(50) NOT NULL DEFAULT 'millennial',
    ADD COLUMN emoji_cultural_influence varchar(100) NOT NULL DEFAULT 'general';

-- migrate:down
ALTER TABLE characters
    DROP COLUMN emoji_cultural_influence,
    DROP COLUMN emoji_age_demographic,
    DROP COLUMN emoji_placement,
    DROP COLUMN emoji_combination,
    DROP COLUMN emoji_style,
    DROP COLUMN emoji_frequency;

-- migrate:verify
SELECT bool_and(expected_columns <@ ARRAY(
    SELECT attname || ' ' || format_type(atttypid, atttypmod)
    FROM pg_catalog.pg_attribute WHERE attrelid = to_regclass(table_name) AND attnum > 0))
FROM (VALUES
    ('characters', ARRAY[
        'emoji_frequency character varying(50)', 'emoji_style character varying(50)',
        'emoji_combination character varying(50)', 'emoji_placement character varying(50)',
        'emoji_age_demographic character varying(50)', 'emoji_cultural_influence character varying(100)'])
) AS expected (table_name, expected_columns);
