-- message: roleplay: how far a character goes, and the transactions it plays out
-- depends_on: core_complete

-- migrate:up

CREATE TABLE character_roleplay_config (
    id                            serial PRIMARY KEY,
    character_id                  integer NOT NULL UNIQUE REFERENCES characters (id) ON DELETE CASCADE,
    allow_full_roleplay_immersion boolean DEFAULT false,
    philosophy                    text,
    strategy                      text,
    created_at                    timestamp DEFAULT CURRENT_TIMESTAMP,
    updated_at                    timestamp DEFAULT CURRENT_TIMESTAMP
);
COMMENT ON TABLE character_roleplay_config IS 'How far a character goes into roleplay, and by what philosophy';

CREATE TABLE character_ai_scenarios (
    id               serial PRIMARY KEY,
    character_id     integer REFERENCES characters (id) ON DELETE CASCADE,
    scenario_type    varchar(100) NOT NULL,
    scenario_name    varchar(200),
    trigger_phrases  text,
    response_pattern varchar(100),
    tier_1_response  text,
    tier_2_response  text,
    tier_3_response  text,
    example_usage    text
);
CREATE INDEX idx_ai_scenarios_character ON character_ai_scenarios (character_id, scenario_type);
COMMENT ON TABLE character_ai_scenarios IS 'How a character answers when its being an AI comes up, in three tiers';

CREATE TABLE role_transactions (
    id               serial PRIMARY KEY,
    transaction_id   text NOT NULL UNIQUE,
    user_id          text NOT NULL,
    bot_name         text NOT NULL,
    transaction_type text NOT NULL,
    state            text DEFAULT 'pending',
    context          jsonb,
    created_at       timestamp DEFAULT CURRENT_TIMESTAMP,
    updated_at       timestamp DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX idx_role_transactions_state ON role_transactions (state);
CREATE INDEX idx_role_transactions_user_bot ON role_transactions (user_id, bot_name);
COMMENT ON TABLE role_transactions IS 'Transactions of a role, by an id of the application''s own';

CREATE OR REPLACE FUNCTION update_roleplay_transaction_timestamp() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION update_roleplay_transaction_timestamp() IS
    'BEFORE UPDATE trigger: sets updated_at of a roleplay transaction to now';

CREATE TABLE roleplay_transactions (
    id               serial PRIMARY KEY,
    user_id          varchar(255) NOT NULL,
    bot_name         varchar(50) NOT NULL,
    transaction_type varchar(50) NOT NULL,
    state            varchar(50) NOT NULL DEFAULT 'pending',
    context          jsonb NOT NULL DEFAULT '{}',
    created_at       timestamp NOT NULL DEFAULT now(),
    updated_at       timestamp NOT NULL DEFAULT now(),
    completed_at     timestamp
);
CREATE INDEX idx_roleplay_created ON roleplay_transactions (created_at DESC);
CREATE INDEX idx_roleplay_state ON roleplay_transactions (state) WHERE completed_at IS NULL;
CREATE INDEX idx_roleplay_user_bot ON roleplay_transactions (user_id, bot_name);
CREATE OR REPLACE TRIGGER trigger_update_roleplay_transaction_timestamp
    BEFORE UPDATE ON roleplay_transactions
    FOR EACH ROW EXECUTE FUNCTION update_roleplay_transaction_timestamp();
COMMENT ON TABLE roleplay_transactions IS
    'Transactions within a roleplay (an order, a visit, a purchase), open until completed_at is set';

-- migrate:verify

SELECT num_nulls(
    to_regclass('character_roleplay_config'), to_regclass('character_ai_scenarios'),
    to_regclass('role_transactions'), to_regclass('roleplay_transactions')
) = 0;
SELECT EXISTS (
    SELECT FROM pg_catalog.pg_trigger
    WHERE tgrelid = to_regclass('roleplay_transactions')
        AND tgfoid = to_regproc('update_roleplay_transaction_timestamp') AND tgenabled IN ('O', 'A'));
