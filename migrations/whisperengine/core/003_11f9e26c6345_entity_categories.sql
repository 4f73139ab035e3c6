-- revision: 11f9e26c6345
-- down_revision: c5bc995c619f
-- message: entity keywords sorted into categories for each character

-- migrate:up
CREATE TABLE character_entity_categories (
    id                  serial PRIMARY KEY,
    character_id        integer NOT NULL REFERENCES characters (id) ON DELETE CASCADE,
    entity_keyword      varchar(100) NOT NULL,
    category_type       varchar(50) NOT NULL,
    question_preference varchar(50),
    priority_level      integer NOT NULL DEFAULT 3,
    created_at          timestamp DEFAULT CURRENT_TIMESTAMP,
    updated_at          timestamp DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT uq_character_entity_keyword UNIQUE (character_id, entity_keyword)
);
CREATE INDEX idx_character_entity_categories_character_id ON character_entity_categories (character_id);
CREATE INDEX idx_character_entity_categories_keyword ON character_entity_categories (entity_keyword);
CREATE INDEX idx_character_entity_categories_priority ON character_entity_categories (priority_level);
CREATE INDEX idx_character_entity_categories_type ON character_entity_categories (category_type);

-- migrate:down
DROP TABLE character_entity_categories;

-- migrate:verify
SELECT bool_and(expected_columns <@ ARRAY(
    SELECT attname || ' ' || format_type(atttypid, atttypmod)
    FROM pg_catalog.pg_attribute WHERE attrelid = to_regclass(table_name) AND attnum > 0))
FROM (VALUES
    ('character_entity_categories', ARRAY[
        'id integer', 'character_id integer', 'entity_keyword character varying(100)',
        'category_type character varying(50)', 'question_preference character varying(50)',
        'priority_level integer', 'created_at timestamp without time zone',
        'updated_at timestamp without time zone'])
) AS expected (table_name, expected_columns);

SELECT count(*) = 3 FROM pg_catalog.pg_constraint
WHERE convalidated
    AND conname IN (
        'character_entity_categories_character_id_fkey', 'character_entity_categories_pkey',
        'uq_character_entity_keyword')
    AND conrelid = to_regclass('character_entity_categories');

SELECT num_nulls(
    to_regclass('idx_character_entity_categories_character_id'),
    to_regclass('idx_character_entity_categories_keyword'),
    to_regclass('idx_character_entity_categories_priority'), to_regclass('idx_character_entity_categories_type')) = 0;
