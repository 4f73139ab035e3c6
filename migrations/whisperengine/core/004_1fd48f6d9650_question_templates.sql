-- revision: 1fd48f6d9650
-- down_revision: 11f9e26c6345
-- message: question templates of each character

-- migrate:up
CREATE TABLE character_question_templates (
    id                serial PRIMARY KEY,
    character_id      integer NOT NULL REFERENCES characters (id) ON DELETE CASCADE,
    gap_type          varchar(50) NOT NULL,
    template_text     text NOT NULL,
    personality_style varchar(50),
    priority_order    integer NOT NULL DEFAULT 1,
    keywords          varchar(100)[],
    created_at        timestamp DEFAULT CURRENT_TIMESTAMP,
    updated_at        timestamp DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT uq_character_gap_template UNIQUE (character_id, gap_type, template_text)
);
CREATE INDEX idx_character_question_templates_character_id ON character_question_templates (character_id);
CREATE INDEX idx_character_question_templates_gap_type ON character_question_templates (gap_type);
CREATE INDEX idx_character_question_templates_priority ON character_question_templates (priority_order);
CREATE INDEX idx_character_question_templates_style ON character_question_templates (personality_style);

-- migrate:down
DROP TABLE character_question_templates;

-- migrate:verify
SELECT bool_and(expected_columns <@ ARRAY(
    SELECT attname || ' ' || format_type(atttypid, atttypmod)
    FROM pg_catalog.pg_attribute WHERE attrelid = to_regclass(table_name) AND attnum > 0))
FROM (VALUES
    ('character_question_templates', ARRAY[
        'id integer', 'character_id integer', 'gap_type character varying(50)', 'template_text text',
        'personality_style character varying(50)', 'priority_order integer',
        'keywords character varying(100)[]', 'created_at timestamp without time zone',
        'updated_at timestamp without time zone'])
) AS expected (table_name, expected_columns);

SELECT count(*) = 3 FROM pg_catalog.pg_constraint
WHERE convalidated
    AND conname IN (
        'character_question_templates_character_id_fkey', 'character_question_templates_pkey',
        'uq_character_gap_template')
    AND conrelid = to_regclass('character_question_templates');

SELECT num_nulls(
    to_regclass('idx_character_question_templates_character_id'),
    to_regclass('idx_character_question_templates_gap_type'),
    to_regclass('idx_character_question_templates_priority'),
    to_regclass('idx_character_question_templates_style')) = 0;
