-- message: what a character feels, and what sets it off
-- depends_on: core_complete

-- migrate:up

CREATE TABLE character_emotion_profile (
    id           serial PRIMARY KEY,
    character_id integer NOT NULL UNIQUE REFERENCES characters (id) ON DELETE CASCADE,
    default_mood text,
    created_at   timestamp DEFAULT CURRENT_TIMESTAMP
);
COMMENT ON TABLE character_emotion_profile IS 'A character''s default mood';

CREATE TABLE character_emotion_range (
    id             serial PRIMARY KEY,
    character_id   integer NOT NULL REFERENCES characters (id) ON DELETE CASCADE,
    emotion_name   varchar(200) NOT NULL,
    base_intensity numeric(3, 2) CHECK (base_intensity >= 0 AND base_intensity <= 1),
    notes          text,
    created_at     timestamp DEFAULT CURRENT_TIMESTAMP,
    UNIQUE (character_id, emotion_name)
);
CREATE INDEX idx_emotion_range_char ON character_emotion_range (character_id);
COMMENT ON TABLE character_emotion_range IS
    'The emotions a character shows, each with its base intensity from 0 to 1';

CREATE TABLE character_emotional_triggers (
    id                 serial PRIMARY KEY,
    character_id       integer REFERENCES characters (id) ON DELETE CASCADE,
    trigger_type       varchar(100) NOT NULL,
    trigger_category   varchar(100),
    trigger_content    text NOT NULL,
    emotional_response text,
    response_intensity varchar(50),
    response_examples  text
);
CREATE INDEX idx_emotional_triggers_character ON character_emotional_triggers (character_id, trigger_type);
COMMENT ON TABLE character_emotional_triggers IS 'What moves a character, and how it answers';

CREATE TABLE character_behavioral_triggers (
    id                   serial PRIMARY KEY,
    character_id         integer REFERENCES characters (id) ON DELETE CASCADE,
    trigger_type         varchar(50) NOT NULL,
    trigger_value        varchar(200) NOT NULL,
    response_type        varchar(50) NOT NULL,
    response_description text NOT NULL,
    intensity_level      integer DEFAULT 5,
    created_date         timestamp DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX idx_character_triggers_type ON character_behavioral_triggers (character_id, trigger_type);
CREATE OR REPLACE TRIGGER trigger_update_character_timestamp_triggers
    AFTER INSERT OR UPDATE OR DELETE ON character_behavioral_triggers
    FOR EACH ROW EXECUTE FUNCTION update_character_timestamp();
COMMENT ON TABLE character_behavioral_triggers IS 'What makes a character act in a certain way';

-- migrate:verify

SELECT num_nulls(
    to_regclass('character_emotion_profile'), to_regclass('character_emotion_range'),
    to_regclass('character_emotional_triggers'), to_regclass('character_behavioral_triggers')
) = 0;
SELECT count(*) = 1 FROM pg_catalog.pg_trigger
WHERE tgrelid IN (to_regclass('character_behavioral_triggers'))
    AND tgfoid = to_regproc('update_character_timestamp') AND tgenabled IN ('O', 'A');
