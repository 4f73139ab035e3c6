-- revision: 604332ba3c03
-- down_revision: 06cb86fd8471
-- message: eleven emotions and their baselines for each character and user

-- migrate:up
CREATE TABLE character_emotional_states (
    id                     uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    character_name         varchar(100) NOT NULL,
    user_id                varchar(255) NOT NULL,
    anger                  double precision NOT NULL DEFAULT '0.1',
    anticipation           double precision NOT NULL DEFAULT '0.4',
    disgust                double precision NOT NULL DEFAULT '0.05',
    fear                   double precision NOT NULL DEFAULT '0.15',
    joy                    double precision NOT NULL DEFAULT '0.7',
    love                   double precision NOT NULL DEFAULT '0.6',
    optimism               double precision NOT NULL DEFAULT '0.65',
    pessimism              double precision NOT NULL DEFAULT '0.2',
    sadness                double precision NOT NULL DEFAULT '0.15',
    surprise               double precision NOT NULL DEFAULT '0.25',
    trust                  double precision NOT NULL DEFAULT '0.7',
    baseline_anger         double precision NOT NULL DEFAULT '0.1',
    baseline_anticipation  double precision NOT NULL DEFAULT '0.4',
    baseline_disgust       double precision NOT NULL DEFAULT '0.05',
    baseline_fear          double precision NOT NULL DEFAULT '0.15',
    baseline_joy           double precision NOT NULL DEFAULT '0.7',
    baseline_love          double precision NOT NULL DEFAULT '0.6',
    baseline_optimism      double precision NOT NULL DEFAULT '0.65',
    baseline_pessimism     double precision NOT NULL DEFAULT '0.2',
    baseline_sadness       double precision NOT NULL DEFAULT '0.15',
    baseline_surprise      double precision NOT NULL DEFAULT '0.25',
    baseline_trust         double precision NOT NULL DEFAULT '0.7',
    total_interactions     integer NOT NULL DEFAULT 0,
    recent_emotion_history json NOT NULL DEFAULT '[]',
    last_updated           timestamptz NOT NULL DEFAULT now(),
    created_at             timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX idx_char_emotional_states_char_user ON character_emotional_states (character_name, user_id);
CREATE INDEX idx_char_emotional_states_character ON character_emotional_states (character_name);
CREATE INDEX idx_char_emotional_states_last_updated ON character_emotional_states (last_updated);
CREATE INDEX idx_char_emotional_states_user ON character_emotional_states (user_id);

COMMENT ON TABLE character_emotional_states IS
    'What a character feels towards a user: eleven emotions, and the baselines they fall back to';
COMMENT ON COLUMN character_emotional_states.character_name IS
    'Normalized name of the character; no foreign key, so that a state outlives a re-import';
COMMENT ON COLUMN character_emotional_states.anger IS 'Every emotion is a strength from 0 to 1';
COMMENT ON COLUMN character_emotional_states.baseline_anger IS
    'Every baseline is the strength to which its emotion returns over time';
COMMENT ON COLUMN character_emotional_states.recent_emotion_history IS 'JSON list of the latest states, newest last';
COMMENT ON COLUMN character_emotional_states.last_updated IS
    'When an exchange or the return to the baseline last changed the state';

-- migrate:down
DROP TABLE character_emotional_states;

-- migrate:verify
SELECT bool_and(expected_columns <@ ARRAY(
    SELECT attname || ' ' || format_type(atttypid, atttypmod)
    FROM pg_catalog.pg_attribute WHERE attrelid = to_regclass(table_name) AND attnum > 0))
FROM (VALUES
    ('character_emotional_states', ARRAY[
        'id uuid', 'character_name character varying(100)', 'user_id character varying(255)',
        'anger double precision', 'anticipation double precision', 'disgust double precision',
        'fear double precision', 'joy double precision', 'love double precision', 'optimism double precision',
        'pessimism double precision', 'sadness double precision', 'surprise double precision',
        'trust double precision', 'baseline_anger double precision', 'baseline_anticipation double precision',
        'baseline_disgust double precision', 'baseline_fear double precision', 'baseline_joy double precision',
        'baseline_love double precision', 'baseline_optimism double precision',
        'baseline_pessimism double precision', 'baseline_sadness double precision',
        'baseline_surprise double precision', 'baseline_trust double precision', 'total_interactions integer',
        'recent_emotion_history json', 'last_updated timestamp with time zone',
        'created_at timestamp with time zone'])
) AS expected (table_name, expected_columns);

SELECT count(*) = 1 FROM pg_catalog.pg_constraint
WHERE convalidated
    AND conname IN (
        'character_emotional_states_pkey')
    AND conrelid = to_regclass('character_emotional_states');

SELECT num_nulls(
    to_regclass('idx_char_emotional_states_char_user'), to_regclass('idx_char_emotional_states_character'),
    to_regclass('idx_char_emotional_states_last_updated'), to_regclass('idx_char_emotional_states_user')) = 0;
