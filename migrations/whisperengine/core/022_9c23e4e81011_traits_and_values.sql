-- revision: 9c23e4e81011
-- down_revision: ab68d77b5088
-- message: personality traits and values of each character

-- migrate:up
-- The communication styles that came with them are in the advanced tier.
CREATE TABLE personality_traits (
    id           serial PRIMARY KEY,
    character_id integer REFERENCES characters (id) ON DELETE CASCADE,
    trait_name   varchar(200) NOT NULL,
    trait_value  numeric(3,2),
    intensity    varchar(100),
    description  text,
    UNIQUE (character_id, trait_name)
);
CREATE INDEX idx_personality_traits_character ON personality_traits (character_id);

CREATE TABLE character_values (
    id                serial PRIMARY KEY,
    character_id      integer REFERENCES characters (id) ON DELETE CASCADE,
    value_key         varchar(300) NOT NULL,
    value_description text NOT NULL,
    importance_level  varchar(100) DEFAULT 'medium',
    category          varchar(200),
    UNIQUE (character_id, value_key)
);
CREATE INDEX idx_character_values_character ON character_values (character_id);

COMMENT ON TABLE personality_traits IS
    'Personality of a character in the Big Five model';
COMMENT ON COLUMN personality_traits.trait_name IS
    'openness, conscientiousness, extraversion, agreeableness or neuroticism';
COMMENT ON COLUMN personality_traits.trait_value IS 'Strength of the trait, from 0 to 1';
COMMENT ON COLUMN personality_traits.intensity IS 'The same strength in words';

COMMENT ON TABLE character_values IS
    'What a character holds dear';
COMMENT ON COLUMN character_values.value_key IS 'Short name of the value, unique for the character';
COMMENT ON COLUMN character_values.importance_level IS 'Weight of the value in words';

-- migrate:down
DROP TABLE character_values;
DROP TABLE personality_traits;

-- migrate:verify
SELECT bool_and(expected_columns <@ ARRAY(
    SELECT attname || ' ' || format_type(atttypid, atttypmod)
    FROM pg_catalog.pg_attribute WHERE attrelid = to_regclass(table_name) AND attnum > 0))
FROM (VALUES
    ('personality_traits', ARRAY[
        'id integer', 'character_id integer', 'trait_name character varying(200)', 'trait_value numeric(3,2)',
        'intensity character varying(100)', 'description text']),
    ('character_values', ARRAY[
        'id integer', 'character_id integer', 'value_key character varying(300)', 'value_description text',
        'importance_level character varying(100)', 'category character varying(200)'])
) AS expected (table_name, expected_columns);

SELECT count(*) = 6 FROM pg_catalog.pg_constraint
WHERE convalidated
    AND conname IN (
        'personality_traits_character_id_fkey', 'personality_traits_pkey',
        'personality_traits_character_id_trait_name_key', 'character_values_character_id_fkey',
        'character_values_pkey', 'character_values_character_id_value_key_key')
    AND conrelid IN (to_regclass('personality_traits'), to_regclass('character_values'));

SELECT num_nulls(to_regclass('idx_personality_traits_character'), to_regclass('idx_character_values_character')) = 0;
