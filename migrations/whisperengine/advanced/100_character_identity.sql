-- message: who a character is, and where in life
-- depends_on: core_complete

-- migrate:up

CREATE TABLE character_identity_details (
    id                       serial PRIMARY KEY,
    character_id             integer NOT NULL UNIQUE REFERENCES characters (id) ON DELETE CASCADE,
    full_name                varchar(500),
    nickname                 varchar(500),
    gender                   varchar(200),
    location                 text,
    essence_nature           text,
    essence_existence_method text,
    essence_anchor           text,
    essence_core_identity    text,
    created_at               timestamp DEFAULT CURRENT_TIMESTAMP
);
COMMENT ON TABLE character_identity_details IS
    'Name, gender, place and nature of a character: more than the core identity holds';

CREATE TABLE character_appearance (
    id           serial PRIMARY KEY,
    character_id integer REFERENCES characters (id) ON DELETE CASCADE,
    category     varchar(50) NOT NULL,
    attribute    varchar(100) NOT NULL,
    value        text NOT NULL,
    description  text,
    UNIQUE (character_id, category, attribute)
);
CREATE INDEX idx_character_appearance_category ON character_appearance (character_id, category);
CREATE OR REPLACE TRIGGER trigger_update_character_timestamp_appearance
    AFTER INSERT OR UPDATE OR DELETE ON character_appearance
    FOR EACH ROW EXECUTE FUNCTION update_character_timestamp();
COMMENT ON TABLE character_appearance IS 'What a character looks like, attribute by attribute';

CREATE TABLE character_essence (
    id            serial PRIMARY KEY,
    character_id  integer REFERENCES characters (id) ON DELETE CASCADE,
    essence_type  varchar(50) NOT NULL,
    essence_name  varchar(100) NOT NULL,
    description   text NOT NULL,
    manifestation text,
    power_level   integer,
    UNIQUE (character_id, essence_type, essence_name)
);
CREATE INDEX idx_character_essence_type ON character_essence (character_id, essence_type);
CREATE OR REPLACE TRIGGER trigger_update_character_timestamp_essence
    AFTER INSERT OR UPDATE OR DELETE ON character_essence
    FOR EACH ROW EXECUTE FUNCTION update_character_timestamp();
COMMENT ON TABLE character_essence IS 'What a character is at heart, and how it shows';

CREATE TABLE character_metadata (
    id             serial PRIMARY KEY,
    character_id   integer REFERENCES characters (id) ON DELETE CASCADE,
    version        integer DEFAULT 1,
    character_tags text[],
    created_date   timestamp DEFAULT CURRENT_TIMESTAMP,
    updated_date   timestamp DEFAULT CURRENT_TIMESTAMP,
    author         text,
    notes          text,
    UNIQUE (character_id, version)
);
CREATE OR REPLACE TRIGGER trigger_update_character_timestamp_metadata
    AFTER INSERT OR UPDATE OR DELETE ON character_metadata
    FOR EACH ROW EXECUTE FUNCTION update_character_timestamp();
COMMENT ON TABLE character_metadata IS 'Versions of a character''s definition: tags, author, notes';

CREATE TABLE character_current_context (
    id               serial PRIMARY KEY,
    character_id     integer NOT NULL UNIQUE REFERENCES characters (id) ON DELETE CASCADE,
    living_situation text,
    daily_routine    text,
    recent_events    text,
    created_at       timestamp DEFAULT CURRENT_TIMESTAMP,
    updated_at       timestamp DEFAULT CURRENT_TIMESTAMP
);
COMMENT ON TABLE character_current_context IS 'A character''s present life: home, routine, recent events';

CREATE TABLE character_current_goals (
    id            serial PRIMARY KEY,
    character_id  integer NOT NULL REFERENCES characters (id) ON DELETE CASCADE,
    goal_text     text NOT NULL,
    priority      varchar(100),
    timeframe     varchar(200),
    status        varchar(100),
    display_order integer,
    created_at    timestamp DEFAULT CURRENT_TIMESTAMP,
    UNIQUE (character_id, display_order)
);
CREATE INDEX idx_current_goals_active ON character_current_goals (character_id, status) WHERE status = 'active';
CREATE INDEX idx_current_goals_char ON character_current_goals (character_id);
COMMENT ON TABLE character_current_goals IS 'What a character is after at present';

-- migrate:verify

SELECT num_nulls(
    to_regclass('character_identity_details'), to_regclass('character_appearance'),
    to_regclass('character_essence'), to_regclass('character_metadata'),
    to_regclass('character_current_context'), to_regclass('character_current_goals')
) = 0;
SELECT count(*) = 3 FROM pg_catalog.pg_trigger
WHERE tgrelid IN (to_regclass('character_appearance'), to_regclass('character_essence'),
        to_regclass('character_metadata'))
    AND tgfoid = to_regproc('update_character_timestamp') AND tgenabled IN ('O', 'A');
