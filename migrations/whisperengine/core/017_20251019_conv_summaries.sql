-- revision: 20251019_conv_summaries
-- down_revision: 20251011_baseline_v106
-- branch_labels: conversation_summaries
-- message: summaries of past conversations

-- migrate:up
CREATE TABLE conversation_summaries (
    id                 serial PRIMARY KEY,
    user_id            varchar(255) NOT NULL,
    bot_name           varchar(100) NOT NULL,
    summary_text       text NOT NULL,
    summary_type       varchar(50) NOT NULL DEFAULT 'time_window',
    start_timestamp    timestamp NOT NULL,
    end_timestamp      timestamp NOT NULL,
    message_count      integer NOT NULL,
    key_topics         varchar[],
    emotional_tone     varchar(50),
    compression_ratio  double precision,
    confidence_score   double precision DEFAULT '0.5',
    enrichment_version varchar(20) NOT NULL DEFAULT 'v1.0',
    created_at         timestamp NOT NULL DEFAULT now(),
    updated_at         timestamp NOT NULL DEFAULT now(),
    CONSTRAINT uq_conversation_summaries_window UNIQUE (user_id, bot_name, start_timestamp, end_timestamp)
);
CREATE INDEX idx_conversation_summaries_created ON conversation_summaries (created_at);
CREATE INDEX idx_conversation_summaries_time ON conversation_summaries (start_timestamp, end_timestamp);
CREATE INDEX idx_conversation_summaries_topics ON conversation_summaries USING gin (key_topics);
CREATE INDEX idx_conversation_summaries_user_bot ON conversation_summaries (user_id, bot_name);

COMMENT ON TABLE conversation_summaries IS
    'Condensed stretches of conversation between one user and one bot';
COMMENT ON COLUMN conversation_summaries.bot_name IS 'Normalized name of the character behind the bot';
COMMENT ON COLUMN conversation_summaries.summary_type IS
    'How the stretch was chosen; time_window is a fixed span of time';
COMMENT ON COLUMN conversation_summaries.key_topics IS 'Main subjects, for search by containment';
COMMENT ON COLUMN conversation_summaries.compression_ratio IS 'Length of the summary in relation to the messages';
COMMENT ON COLUMN conversation_summaries.confidence_score IS 'How well the summary covers the messages, from 0 to 1';
COMMENT ON COLUMN conversation_summaries.enrichment_version IS 'Version of the summariser that wrote the row';

-- migrate:down
DROP TABLE conversation_summaries;

-- migrate:verify
SELECT bool_and(expected_columns <@ ARRAY(
    SELECT attname || ' ' || format_type(atttypid, atttypmod)
    FROM pg_catalog.pg_attribute WHERE attrelid = to_regclass(table_name) AND attnum > 0))
FROM (VALUES
    ('conversation_summaries', ARRAY[
        'id integer', 'user_id character varying(255)', 'bot_name character varying(100)', 'summary_text text',
        'summary_type character varying(50)', 'start_timestamp timestamp without time zone',
        'end_timestamp timestamp without time zone', 'message_count integer', 'key_topics character varying[]',
        'emotional_tone character varying(50)', 'compression_ratio double precision',
        'confidence_score double precision', 'enrichment_version character varying(20)',
        'created_at timestamp without time zone', 'updated_at timestamp without time zone'])
) AS expected (table_name, expected_columns);

SELECT count(*) = 2 FROM pg_catalog.pg_constraint
WHERE convalidated
    AND conname IN (
        'conversation_summaries_pkey', 'uq_conversation_summaries_window')
    AND conrelid = to_regclass('conversation_summaries');

SELECT num_nulls(
    to_regclass('idx_conversation_summaries_created'), to_regclass('idx_conversation_summaries_time'),
    to_regclass('idx_conversation_summaries_topics'), to_regclass('idx_conversation_summaries_user_bot')) = 0;
