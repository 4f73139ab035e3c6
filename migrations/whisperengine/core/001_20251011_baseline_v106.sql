-- revision: 20251011_baseline_v106
-- down_revision: base
-- message: starting schema: users, characters, three tables of character details, relationships and facts

-- migrate:up
CREATE TABLE users (
    id               serial PRIMARY KEY,
    user_id          text NOT NULL UNIQUE,
    username         text NOT NULL,
    display_name     text,
    created_at       timestamp DEFAULT CURRENT_TIMESTAMP,
    last_seen        timestamp DEFAULT CURRENT_TIMESTAMP,
    message_count    integer DEFAULT 0,
    preferences      text DEFAULT '{}',
    privacy_settings text DEFAULT '{}'
);

CREATE TABLE characters (
    id                  serial PRIMARY KEY,
    name                varchar(500) NOT NULL,
    normalized_name     varchar(200) NOT NULL UNIQUE,
    occupation          varchar(500),
    description         text,
    archetype           varchar(100) DEFAULT 'real-world',
    allow_full_roleplay boolean DEFAULT false,
    is_active           boolean DEFAULT true,
    created_at          timestamptz DEFAULT CURRENT_TIMESTAMP,
    updated_at          timestamptz DEFAULT CURRENT_TIMESTAMP,
    created_date        timestamp DEFAULT CURRENT_TIMESTAMP,
    updated_date        timestamp DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX idx_characters_active ON characters (is_active);
CREATE INDEX idx_characters_active_lookup ON characters (id) WHERE is_active = true;
CREATE INDEX idx_characters_name_lookup ON characters (name);
CREATE INDEX idx_characters_normalized_name ON characters (normalized_name);

CREATE TABLE character_identity (
    id           serial PRIMARY KEY,
    character_id integer NOT NULL UNIQUE REFERENCES characters (id) ON DELETE CASCADE,
    full_name    varchar(500),
    nicknames    text,
    age          integer,
    occupation   varchar(500),
    description  text,
    created_at   timestamp NOT NULL DEFAULT now()
);

CREATE TABLE character_attributes (
    id            serial PRIMARY KEY,
    character_id  integer NOT NULL REFERENCES characters (id) ON DELETE CASCADE,
    category      varchar(200) NOT NULL,
    description   text NOT NULL,
    importance    varchar(100),
    display_order integer,
    active        boolean DEFAULT true,
    created_at    timestamp DEFAULT CURRENT_TIMESTAMP,
    UNIQUE (character_id, category, display_order)
);
CREATE INDEX idx_attributes_active ON character_attributes (character_id, category) WHERE active = true;
CREATE INDEX idx_attributes_char_cat ON character_attributes (character_id, category);

CREATE TABLE character_communication (
    id                  serial PRIMARY KEY,
    character_id        integer NOT NULL UNIQUE REFERENCES characters (id) ON DELETE CASCADE,
    tone                varchar(500),
    humor_style         varchar(500),
    conversation_pacing varchar(500),
    created_at          timestamp NOT NULL DEFAULT now()
);

CREATE TABLE user_relationships (
    id                serial PRIMARY KEY,
    user_id           varchar(255) NOT NULL,
    bot_name          varchar(100) NOT NULL,
    affection         double precision NOT NULL DEFAULT '0',
    trust             double precision NOT NULL DEFAULT '0',
    attunement        double precision NOT NULL DEFAULT '0',
    first_interaction timestamp NOT NULL DEFAULT now(),
    last_interaction  timestamp NOT NULL DEFAULT now(),
    interaction_count integer NOT NULL DEFAULT 0,
    created_at        timestamp NOT NULL DEFAULT now(),
    updated_at        timestamp NOT NULL DEFAULT now(),
    UNIQUE (user_id, bot_name)
);
CREATE INDEX idx_relationships_user_bot ON user_relationships (user_id, bot_name);

CREATE TABLE user_facts (
    id         serial PRIMARY KEY,
    user_id    varchar(255) NOT NULL,
    bot_name   varchar(100) NOT NULL,
    fact_type  varchar(100) NOT NULL,
    fact_value text NOT NULL,
    confidence double precision NOT NULL DEFAULT '1',
    source     varchar(50),
    created_at timestamp NOT NULL DEFAULT now(),
    updated_at timestamp NOT NULL DEFAULT now()
);
CREATE INDEX idx_facts_type ON user_facts (fact_type);
CREATE INDEX idx_facts_user_bot ON user_facts (user_id, bot_name);

-- migrate:down
DROP TABLE user_facts;
DROP TABLE user_relationships;
DROP TABLE character_communication;
DROP TABLE character_attributes;
DROP TABLE character_identity;
DROP TABLE characters;
DROP TABLE users;

-- migrate:verify
SELECT bool_and(expected_columns <@ ARRAY(
    SELECT attname || ' ' || format_type(atttypid, atttypmod)
    FROM pg_catalog.pg_attribute WHERE attrelid = to_regclass(table_name) AND attnum > 0))
FROM (VALUES
    ('users', ARRAY[
        'id integer', 'user_id text', 'username text', 'display_name text',
        'created_at timestamp without time zone', 'last_seen timestamp without time zone',
        'message_count integer', 'preferences text', 'privacy_settings text']),
    ('characters', ARRAY[
        'id integer', 'name character varying(500)', 'normalized_name character varying(200)',
        'occupation character varying(500)', 'description text', 'archetype character varying(100)',
        'allow_full_roleplay boolean', 'is_active boolean', 'created_at timestamp with time zone',
        'updated_at timestamp with time zone', 'created_date timestamp without time zone',
        'updated_date timestamp without time zone']),
    ('character_identity', ARRAY[
        'id integer', 'character_id integer', 'full_name character varying(500)', 'nicknames text',
        'age integer', 'occupation character varying(500)', 'description text',
        'created_at timestamp without time zone']),
    ('character_attributes', ARRAY[
        'id integer', 'character_id integer', 'category character varying(200)', 'description text',
        'importance character varying(100)', 'display_order integer', 'active boolean',
        'created_at timestamp without time zone']),
    ('character_communication', ARRAY[
        'id integer', 'character_id integer', 'tone character varying(500)',
        'humor_style character varying(500)', 'conversation_pacing character varying(500)',
        'created_at timestamp without time zone']),
    ('user_relationships', ARRAY[
        'id integer', 'user_id character varying(255)', 'bot_name character varying(100)',
        'affection double precision', 'trust double precision', 'attunement double precision',
        'first_interaction timestamp without time zone', 'last_interaction timestamp without time zone',
        'interaction_count integer', 'created_at timestamp without time zone',
        'updated_at timestamp without time zone']),
    ('user_facts', ARRAY[
        'id integer', 'user_id character varying(255)', 'bot_name character varying(100)',
        'fact_type character varying(100)', 'fact_value text', 'confidence double precision',
        'source character varying(50)', 'created_at timestamp without time zone',
        'updated_at timestamp without time zone'])
) AS expected (table_name, expected_columns);

SELECT count(*) = 16 FROM pg_catalog.pg_constraint
WHERE convalidated
    AND conname IN (
        'users_pkey', 'users_user_id_key', 'characters_pkey', 'characters_normalized_name_key',
        'character_identity_character_id_fkey', 'character_identity_pkey',
        'character_identity_character_id_key', 'character_attributes_character_id_fkey',
        'character_attributes_pkey', 'character_attributes_character_id_category_display_order_key',
        'character_communication_character_id_fkey', 'character_communication_pkey',
        'character_communication_character_id_key', 'user_relationships_pkey',
        'user_relationships_user_id_bot_name_key', 'user_facts_pkey')
    AND conrelid IN (
        to_regclass('users'), to_regclass('characters'), to_regclass('character_identity'),
        to_regclass('character_attributes'), to_regclass('character_communication'),
        to_regclass('user_relationships'), to_regclass('user_facts'));

SELECT num_nulls(
    to_regclass('idx_characters_active'), to_regclass('idx_characters_active_lookup'),
    to_regclass('idx_characters_name_lookup'), to_regclass('idx_characters_normalized_name'),
    to_regclass('idx_attributes_active'), to_regclass('idx_attributes_char_cat'),
    to_regclass('idx_relationships_user_bot'), to_regclass('idx_facts_type'), to_regclass('idx_facts_user_bot')) = 0;
