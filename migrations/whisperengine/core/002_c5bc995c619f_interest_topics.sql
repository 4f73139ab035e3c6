-- revision: c5bc995c619f
-- down_revision: 20251011_baseline_v106
-- branch_labels: cdl
-- message: weighted interest keywords of each character

-- migrate:up
CREATE TABLE character_interest_topics (
    id                  serial PRIMARY KEY,
    character_id        integer NOT NULL REFERENCES characters (id) ON DELETE CASCADE,
    topic_keyword       varchar(100) NOT NULL,
    boost_weight        double precision NOT NULL DEFAULT '0.3',
    gap_type_preference varchar(50),
    category            varchar(50) DEFAULT 'general',
    created_at          timestamp DEFAULT CURRENT_TIMESTAMP,
    updated_at          timestamp DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT uq_character_topic UNIQUE (character_id, topic_keyword)
);
CREATE INDEX idx_character_interest_topics_character_id ON character_interest_topics (character_id);
CREATE INDEX idx_character_interest_topics_keyword ON character_interest_topics (topic_keyword);

-- migrate:down
DROP TABLE character_interest_topics;

-- migrate:verify
SELECT bool_and(expected_columns <@ ARRAY(
    SELECT attname || ' ' || format_type(atttypid, atttypmod)
    FROM pg_catalog.pg_attribute WHERE attrelid = to_regclass(table_name) AND attnum > 0))
FROM (VALUES
    ('character_interest_topics', ARRAY[
        'id integer', 'character_id integer', 'topic_keyword character varying(100)',
        'boost_weight double precision', 'gap_type_preference character varying(50)',
        'category character varying(50)', 'created_at timestamp without time zone',
        'updated_at timestamp without time zone'])
) AS expected (table_name, expected_columns);

SELECT count(*) = 3 FROM pg_catalog.pg_constraint
WHERE convalidated
    AND conname IN (
        'character_interest_topics_character_id_fkey', 'character_interest_topics_pkey', 'uq_character_topic')
    AND conrelid = to_regclass('character_interest_topics');

SELECT num_nulls(
    to_regclass('idx_character_interest_topics_character_id'),
    to_regclass('idx_character_interest_topics_keyword')) = 0;
