-- message: what create_character_aware_prompt reads is there and has the right types
--
-- Every statement of a file in this folder is one read-only SELECT that returns rows of
--     (subject text, ok boolean, detail text, hint text)
-- where detail says what is wrong and hint is the command that mends it (both null when ok, but for what a larger
-- profile would add); hints work in the order of their rows. No rows: nothing to check, because the tier in question is not installed. Tables and functions are looked
-- up by name, never read directly, so that a missing one is a finding and not an error.

-- The columns that the prompt is made of, as declared. Lengths do not matter to it: varchar counts as text, and bigint
-- as integer.
WITH expected (table_name, columns) AS (VALUES
    ('characters', ARRAY[
        'id integer', 'name varchar(500)', 'normalized_name varchar(200)', 'occupation varchar(500)',
        'description text', 'archetype varchar(100)', 'allow_full_roleplay boolean', 'is_active boolean',
        'emoji_frequency varchar(50)', 'emoji_style varchar(50)', 'emoji_combination varchar(50)',
        'emoji_placement varchar(50)']),
    ('personality_traits', ARRAY[
        'character_id integer', 'trait_name varchar(200)', 'trait_value numeric(3,2)', 'intensity varchar(100)',
        'description text']),
    ('character_values', ARRAY[
        'character_id integer', 'value_key varchar(300)', 'value_description text',
        'importance_level varchar(100)', 'category varchar(200)']),
    ('character_identity', ARRAY[
        'character_id integer', 'full_name varchar(500)', 'nicknames text', 'age integer',
        'occupation varchar(500)', 'description text']),
    ('character_attributes', ARRAY[
        'character_id integer', 'category varchar(200)', 'description text', 'importance varchar(100)',
        'display_order integer', 'active boolean']),
    ('character_communication', ARRAY[
        'character_id integer', 'tone varchar(500)', 'humor_style varchar(500)',
        'conversation_pacing varchar(500)']),
    ('character_background', ARRAY[
        'character_id integer', 'category varchar(50)', 'period varchar(100)', 'title text', 'description text',
        'importance_level integer']),
    ('character_memories', ARRAY[
        'character_id integer', 'memory_type varchar(50)', 'title varchar(200)', 'description text',
        'emotional_impact integer', 'importance_level integer', 'triggers text[]']),
    ('character_relationships', ARRAY[
        'character_id integer', 'related_entity varchar(200)', 'relationship_type varchar(50)',
        'relationship_strength integer', 'description text', 'status varchar(20)']),
    ('character_interests', ARRAY[
        'character_id integer', 'category varchar(200)', 'interest_text text', 'proficiency_level integer',
        'importance varchar(100)']),
    ('character_conversation_modes', ARRAY[
        'character_id integer', 'mode_name varchar(100)', 'energy_level varchar(50)', 'approach text',
        'transition_style text']),
    ('character_response_modes', ARRAY[
        'character_id integer', 'mode_name varchar(100)', 'response_style text', 'length_guideline text',
        'tone_adjustment text', 'conflict_resolution_priority integer']),
    ('character_emotional_states', ARRAY[
        'character_name varchar(100)', 'user_id varchar(255)', 'anger double precision', 'joy double precision',
        'sadness double precision', 'trust double precision', 'last_updated timestamp with time zone']),
    ('users', ARRAY[
        'user_id text', 'username text', 'display_name text']),
    ('user_relationships', ARRAY[
        'user_id varchar(255)', 'bot_name varchar(100)', 'affection double precision', 'trust double precision',
        'attunement double precision', 'interaction_count integer']),
    ('user_facts', ARRAY[
        'user_id varchar(255)', 'bot_name varchar(100)', 'fact_type varchar(100)', 'fact_value text',
        'confidence double precision']),
    ('conversation_summaries', ARRAY[
        'user_id varchar(255)', 'bot_name varchar(100)', 'summary_text text',
        'end_timestamp timestamp without time zone'])
), wanted AS (
    SELECT table_name, position, split_part(item, ' ', 1) AS column_name,
        substr(item, strpos(item, ' ') + 1) AS declared_type
    FROM expected CROSS JOIN LATERAL unnest(columns) WITH ORDINALITY AS entry (item, position)
), live AS (
    -- One look at each table's columns, by index: this runs in every check of a deployment.
    SELECT table_name, types
    FROM expected CROSS JOIN LATERAL (
        SELECT jsonb_object_agg(attname,
            replace(replace(format_type(atttypid, NULL), 'character varying', 'text'), 'bigint', 'integer'))
        FROM pg_catalog.pg_attribute
        WHERE attrelid = to_regclass(table_name) AND attnum > 0 AND NOT attisdropped
    ) AS columns_of_table (types)
), compared AS (
    SELECT wanted.*, types ->> column_name AS live_type,
        CASE WHEN types ->> column_name IS NULL THEN format('"%s" is missing', column_name)
            WHEN types ->> column_name <> replace(split_part(declared_type, '(', 1), 'varchar', 'text')
                THEN format('"%s" is %s, not %s', column_name, types ->> column_name, declared_type) END AS fault
    FROM wanted JOIN live USING (table_name)
)
SELECT table_name AS subject,
    count(fault) = 0 AS ok,
    CASE WHEN to_regclass(table_name) IS NULL THEN 'the table is missing'
        ELSE string_agg(fault, '; ' ORDER BY position) END AS detail,
    CASE WHEN to_regclass(table_name) IS NULL THEN COALESCE(
            (SELECT format('SELECT * FROM whisper_repair(%L);', revision) FROM whisper.owned_object
                WHERE object_type = 'table' AND object_name = table_name AND revision <> '' LIMIT 1),
            'SELECT * FROM whisper_upgrade(''core@head'');')
        ELSE 'ALTER TABLE ' || table_name || string_agg(
            CASE WHEN live_type IS NULL THEN format(' ADD COLUMN %I %s', column_name, declared_type)
                ELSE format(' ALTER COLUMN %1$I TYPE %2$s USING %1$I::%2$s', column_name, declared_type) END,
            ',' ORDER BY position) FILTER (WHERE fault IS NOT NULL) || ';' END AS hint
FROM compared
GROUP BY table_name;

-- What loads a character also reads the tables of the advanced tier: one of them in any case, others where they are. A
-- profile without that tier is in order without them, and its user is told.
SELECT table_name AS subject, true AS ok,
    CASE WHEN to_regclass(table_name) IS NULL THEN
        'not there, as the profile research has it; the loader of characters fails without it: '
        'SELECT * FROM whisper_upgrade(''head'', profile => ''research'')' END AS detail,
    NULL AS hint
FROM (VALUES ('communication_styles')) AS optional (table_name)
WHERE to_regclass('characters') IS NOT NULL;

-- One row for each of these is what the prompt builder counts on.
SELECT table_name || ' (' || array_to_string(columns, ', ') || ')' AS subject,
    is_unique AS ok,
    CASE WHEN NOT is_unique THEN 'not unique' END AS detail,
    CASE WHEN NOT is_unique THEN format(remedy, table_name, array_to_string(columns, ', ')) END AS hint
FROM (VALUES
        ('characters', 'ALTER TABLE %s ADD PRIMARY KEY (%s);', ARRAY['id']),
        ('characters', 'ALTER TABLE %s ADD UNIQUE (%s);', ARRAY['normalized_name']),
        ('personality_traits', 'ALTER TABLE %s ADD UNIQUE (%s);', ARRAY['character_id', 'trait_name']),
        ('character_values', 'ALTER TABLE %s ADD UNIQUE (%s);', ARRAY['character_id', 'value_key']),
        ('character_identity', 'ALTER TABLE %s ADD UNIQUE (%s);', ARRAY['character_id']),
        ('character_communication', 'ALTER TABLE %s ADD UNIQUE (%s);', ARRAY['character_id']),
        ('character_emotional_states', 'CREATE UNIQUE INDEX idx_char_emotional_states_char_user ON %s (%s);',
            ARRAY['character_name', 'user_id']),
        ('user_relationships', 'ALTER TABLE %s ADD UNIQUE (%s);', ARRAY['user_id', 'bot_name'])
    ) AS expected (table_name, remedy, columns)
    CROSS JOIN LATERAL (
        SELECT EXISTS (
            SELECT FROM pg_catalog.pg_index
            WHERE indrelid = to_regclass(table_name) AND indisunique
                AND indpred IS NULL AND indexprs IS NULL AND indnkeyatts = cardinality(columns)
                AND columns @> ARRAY(
                    SELECT attname::text FROM pg_catalog.pg_attribute
                    WHERE attrelid = indrelid AND attnum = ANY (indkey[0:indnkeyatts - 1])))
    ) AS found (is_unique)
WHERE to_regclass(table_name) IS NOT NULL;

-- Details are found by their character, and go when it goes: each table is keyed to characters(id).
SELECT table_name || '.character_id' AS subject,
    link.oid IS NOT NULL AS ok,
    CASE WHEN link.oid IS NULL THEN 'no foreign key to characters (id) ON DELETE CASCADE' END AS detail,
    CASE WHEN link.oid IS NULL THEN
        'ALTER TABLE ' || table_name
        || ' ADD FOREIGN KEY (character_id) REFERENCES characters (id) ON DELETE CASCADE;' END AS hint
FROM unnest(ARRAY[
        'personality_traits', 'character_values', 'character_identity', 'character_attributes',
        'character_communication', 'character_background', 'character_memories', 'character_relationships',
        'character_interests', 'character_conversation_modes', 'character_response_modes'
    ]) AS detail_table (table_name)
    LEFT JOIN LATERAL (
        SELECT oid FROM pg_catalog.pg_constraint
        WHERE conrelid = to_regclass(table_name) AND confrelid = to_regclass('characters')
            AND contype = 'f' AND confdeltype = 'c'
            AND conkey = ARRAY[(SELECT attnum FROM pg_catalog.pg_attribute
                WHERE attrelid = conrelid AND attname = 'character_id')]
        LIMIT 1
    ) AS link ON true
WHERE to_regclass(table_name) IS NOT NULL AND to_regclass('characters') IS NOT NULL;
