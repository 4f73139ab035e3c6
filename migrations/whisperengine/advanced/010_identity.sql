-- message: one user over many platforms
-- depends_on: core_complete

-- migrate:up

CREATE TABLE universal_users (
    universal_id     varchar(255) PRIMARY KEY,
    primary_username varchar(255) NOT NULL,
    display_name     varchar(255),
    email            varchar(255),
    created_at       timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    last_active      timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    preferences      jsonb DEFAULT '{}',
    privacy_settings text DEFAULT '{}'
);
CREATE INDEX idx_universal_users_email ON universal_users (email);
CREATE INDEX idx_universal_users_preferences_gin ON universal_users USING gin (preferences);
CREATE INDEX idx_universal_users_username ON universal_users (primary_username);
COMMENT ON TABLE universal_users IS 'One person, whatever platform they talk from';

CREATE TABLE platform_identities (
    id               serial PRIMARY KEY,
    universal_id     varchar(255) NOT NULL REFERENCES universal_users (universal_id) ON DELETE CASCADE,
    platform         varchar(50) NOT NULL,
    platform_user_id varchar(255) NOT NULL,
    username         varchar(255) NOT NULL,
    display_name     varchar(255),
    email            varchar(255),
    verified_at      timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    UNIQUE (platform, platform_user_id)
);
CREATE INDEX idx_platform_identities_platform_user ON platform_identities (platform, platform_user_id);
CREATE INDEX idx_platform_identities_universal_id ON platform_identities (universal_id);
COMMENT ON TABLE platform_identities IS 'The accounts by which a universal user is known on each platform';

CREATE TABLE user_profiles (
    user_id            varchar(255) PRIMARY KEY,
    name               varchar(255),
    relationship_level integer DEFAULT 1,
    current_emotion    varchar(50) DEFAULT 'neutral',
    interaction_count  integer DEFAULT 0,
    first_interaction  timestamp,
    last_interaction   timestamp DEFAULT CURRENT_TIMESTAMP,
    emotion_history    jsonb DEFAULT '[]',
    escalation_count   integer DEFAULT 0,
    trust_indicators   jsonb DEFAULT '[]',
    preferences        jsonb NOT NULL DEFAULT '{}',
    created_at         timestamp DEFAULT CURRENT_TIMESTAMP,
    updated_at         timestamp DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX idx_user_profiles_last_interaction ON user_profiles (last_interaction);
CREATE INDEX idx_user_profiles_preferences_gin ON user_profiles USING gin (preferences);
CREATE INDEX idx_user_profiles_relationship_level ON user_profiles (relationship_level);
COMMENT ON TABLE user_profiles IS
    'How far a user has come with us: relationship level, current emotion, trust indicators';

CREATE TABLE user_preferences (
    id               serial PRIMARY KEY,
    user_id          varchar(255) NOT NULL,
    bot_name         varchar(100) NOT NULL,
    preference_type  varchar(100) NOT NULL,
    preference_value varchar(500) NOT NULL,
    confidence       double precision DEFAULT 1.0,
    context          jsonb,
    created_at       timestamp DEFAULT now(),
    updated_at       timestamp DEFAULT now()
);
CREATE INDEX idx_user_preferences_lookup ON user_preferences (user_id, bot_name, preference_type);
COMMENT ON TABLE user_preferences IS 'What a user prefers when talking to a bot, and how sure we are of it';

CREATE TABLE user_events (
    id               serial PRIMARY KEY,
    user_id          varchar(255) NOT NULL,
    bot_name         varchar(100) NOT NULL,
    event_type       varchar(100) NOT NULL,
    event_data       jsonb NOT NULL,
    location_context varchar(255),
    timestamp_utc    timestamp DEFAULT now(),
    created_at       timestamp DEFAULT now()
);
CREATE INDEX idx_user_events_temporal ON user_events (user_id, bot_name, event_type, timestamp_utc DESC);
COMMENT ON TABLE user_events IS 'Things that happened in a user''s life, with the time and place they happened';

-- migrate:verify

SELECT num_nulls(
    to_regclass('universal_users'), to_regclass('platform_identities'), to_regclass('user_profiles'),
    to_regclass('user_preferences'), to_regclass('user_events')
) = 0;
SELECT EXISTS (
    SELECT FROM pg_catalog.pg_constraint
    WHERE conrelid = to_regclass('platform_identities') AND confrelid = to_regclass('universal_users')
        AND contype = 'f' AND convalidated);
