-- revision: eaae2e8f35f2
-- down_revision: emoji_personality_cols
-- message: language model and Discord settings of each character

-- migrate:up
-- The deployment settings that came with them are in the advanced tier.
CREATE TABLE character_llm_config (
    id                    serial PRIMARY KEY,
    character_id          integer NOT NULL REFERENCES characters (id) ON DELETE CASCADE,
    llm_client_type       varchar(100) NOT NULL DEFAULT 'openrouter',
    llm_chat_api_url      varchar(500) NOT NULL DEFAULT 'https://openrouter.ai/api/v1',
    llm_chat_model        varchar(200) NOT NULL DEFAULT 'anthropic/claude-3-haiku',
    llm_chat_api_key      text,
    llm_temperature       numeric(3,2) DEFAULT 0.7,
    llm_max_tokens        integer DEFAULT 4000,
    llm_top_p             numeric(3,2) DEFAULT 0.9,
    llm_frequency_penalty numeric(3,2) DEFAULT 0.0,
    llm_presence_penalty  numeric(3,2) DEFAULT 0.0,
    is_active             boolean DEFAULT true,
    created_at            timestamptz DEFAULT CURRENT_TIMESTAMP,
    updated_at            timestamptz DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT uq_character_llm_config_active UNIQUE (character_id, is_active)
);
CREATE INDEX idx_character_llm_config_active ON character_llm_config (is_active);
CREATE INDEX idx_character_llm_config_character_id ON character_llm_config (character_id);

CREATE TABLE character_discord_config (
    id                      serial PRIMARY KEY,
    character_id            integer NOT NULL REFERENCES characters (id) ON DELETE CASCADE,
    discord_bot_token       text,
    discord_application_id  varchar(100),
    discord_guild_id        varchar(100),
    discord_status_message  varchar(200),
    discord_activity_type   varchar(50) DEFAULT 'playing',
    max_message_length      integer DEFAULT 2000,
    typing_delay_seconds    numeric(3,1) DEFAULT 2.0,
    enable_reactions        boolean DEFAULT true,
    enable_typing_indicator boolean DEFAULT true,
    is_active               boolean DEFAULT true,
    created_at              timestamptz DEFAULT CURRENT_TIMESTAMP,
    updated_at              timestamptz DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT uq_character_discord_config_active UNIQUE (character_id, is_active)
);
CREATE INDEX idx_character_discord_config_active ON character_discord_config (is_active);
CREATE INDEX idx_character_discord_config_character_id ON character_discord_config (character_id);

-- migrate:down
DROP TABLE character_discord_config;
DROP TABLE character_llm_config;

-- migrate:verify
SELECT bool_and(expected_columns <@ ARRAY(
    SELECT attname || ' ' || format_type(atttypid, atttypmod)
    FROM pg_catalog.pg_attribute WHERE attrelid = to_regclass(table_name) AND attnum > 0))
FROM (VALUES
    ('character_llm_config', ARRAY[
        'id integer', 'character_id integer', 'llm_client_type character varying(100)',
        'llm_chat_api_url character varying(500)', 'llm_chat_model character varying(200)',
        'llm_chat_api_key text', 'llm_temperature numeric(3,2)', 'llm_max_tokens integer',
        'llm_top_p numeric(3,2)', 'llm_frequency_penalty numeric(3,2)', 'llm_presence_penalty numeric(3,2)',
        'is_active boolean', 'created_at timestamp with time zone', 'updated_at timestamp with time zone']),
    ('character_discord_config', ARRAY[
        'id integer', 'character_id integer', 'discord_bot_token text',
        'discord_application_id character varying(100)', 'discord_guild_id character varying(100)',
        'discord_status_message character varying(200)', 'discord_activity_type character varying(50)',
        'max_message_length integer', 'typing_delay_seconds numeric(3,1)', 'enable_reactions boolean',
        'enable_typing_indicator boolean', 'is_active boolean', 'created_at timestamp with time zone',
        'updated_at timestamp with time zone'])
) AS expected (table_name, expected_columns);

SELECT count(*) = 6 FROM pg_catalog.pg_constraint
WHERE convalidated
    AND conname IN (
        'character_llm_config_character_id_fkey', 'character_llm_config_pkey', 'uq_character_llm_config_active',
        'character_discord_config_character_id_fkey', 'character_discord_config_pkey',
        'uq_character_discord_config_active')
    AND conrelid IN (to_regclass('character_llm_config'), to_regclass('character_discord_config'));

SELECT num_nulls(
    to_regclass('idx_character_llm_config_active'), to_regclass('idx_character_llm_config_character_id'),
    to_regclass('idx_character_discord_config_active'), to_regclass('idx_character_discord_config_character_id')) = 0;
