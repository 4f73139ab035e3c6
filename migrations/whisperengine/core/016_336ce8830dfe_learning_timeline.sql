-- revision: 336ce8830dfe
-- down_revision: a1b2c3d4e5f6
-- message: what each character learned, and when

-- migrate:up
-- The insight tables that came with it are in the advanced tier.
CREATE TABLE character_learning_timeline (
    id                   serial PRIMARY KEY,
    character_id         integer NOT NULL REFERENCES characters (id) ON DELETE CASCADE,
    learning_event       text NOT NULL,
    learning_type        varchar(50) NOT NULL,
    before_state         text,
    after_state          text,
    trigger_conversation text,
    learning_date        timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    significance_score   double precision
);
CREATE INDEX idx_char_learning_timeline_character_id ON character_learning_timeline (character_id);
CREATE INDEX idx_char_learning_timeline_learning_date ON character_learning_timeline (learning_date);
CREATE INDEX idx_char_learning_timeline_learning_type ON character_learning_timeline (learning_type);
CREATE INDEX idx_char_learning_timeline_significance ON character_learning_timeline (significance_score);

COMMENT ON TABLE character_learning_timeline IS
    'What a character learned, in the order in which it happened';
COMMENT ON COLUMN character_learning_timeline.learning_event IS 'What happened';
COMMENT ON COLUMN character_learning_timeline.before_state IS 'How the character saw the matter before';
COMMENT ON COLUMN character_learning_timeline.after_state IS 'How the character sees the matter since';
COMMENT ON COLUMN character_learning_timeline.trigger_conversation IS 'Conversation that brought the change about';
COMMENT ON COLUMN character_learning_timeline.significance_score IS 'Weight of the event, from 0 to 1';

-- migrate:down
DROP TABLE character_learning_timeline;

-- migrate:verify
SELECT bool_and(expected_columns <@ ARRAY(
    SELECT attname || ' ' || format_type(atttypid, atttypmod)
    FROM pg_catalog.pg_attribute WHERE attrelid = to_regclass(table_name) AND attnum > 0))
FROM (VALUES
    ('character_learning_timeline', ARRAY[
        'id integer', 'character_id integer', 'learning_event text', 'learning_type character varying(50)',
        'before_state text', 'after_state text', 'trigger_conversation text',
        'learning_date timestamp with time zone', 'significance_score double precision'])
) AS expected (table_name, expected_columns);

SELECT count(*) = 2 FROM pg_catalog.pg_constraint
WHERE convalidated
    AND conname IN (
        'character_learning_timeline_character_id_fkey', 'character_learning_timeline_pkey')
    AND conrelid = to_regclass('character_learning_timeline');

SELECT num_nulls(
    to_regclass('idx_char_learning_timeline_character_id'),
    to_regclass('idx_char_learning_timeline_learning_date'),
    to_regclass('idx_char_learning_timeline_learning_type'),
    to_regclass('idx_char_learning_timeline_significance')) = 0;
