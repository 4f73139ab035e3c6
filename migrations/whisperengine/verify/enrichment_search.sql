-- message: the knowledge graph can be searched, where the enrichment tier is installed
--
-- Rows as in cdl_integration.sql: (subject text, ok boolean, detail text, hint text).

-- The functions that applications call, with the arguments and results that they count on.
SELECT signature AS subject,
    result IS NOT DISTINCT FROM expected_result AS ok,
    CASE WHEN result IS NULL THEN 'the function is missing'
        WHEN result <> expected_result THEN 'returns ' || result || ', not ' || expected_result END AS detail,
    -- A return type cannot be replaced: CREATE OR REPLACE needs the old function out of the way.
    CASE WHEN result IS NULL THEN mend
        WHEN result <> expected_result THEN format('DROP FUNCTION %s; %s', signature, mend) END AS hint
FROM (VALUES
        ('get_user_facts_with_relations(varchar, text, double precision, integer)',
            'TABLE(entity_name text, entity_category text, relationship_type text, confidence double precision, '
            'emotional_context text, mentioned_by_character text, related_entities_count bigint, '
            'last_updated timestamp without time zone)'),
        ('discover_similar_entities(uuid, double precision, integer)',
            'TABLE(similar_entity_id uuid, similar_entity_name text, similarity_score double precision)')
    ) AS expected (signature, expected_result)
    CROSS JOIN LATERAL (SELECT pg_get_function_result(to_regprocedure(signature))) AS live (result)
    CROSS JOIN (SELECT CASE WHEN EXISTS (SELECT FROM whisper.applied WHERE revision = '020_fact_queries')
        THEN 'SELECT * FROM whisper_repair(''020_fact_queries'');'
        ELSE 'SELECT * FROM whisper_upgrade(''enrichment@head'');' END) AS advice (mend)
WHERE to_regclass('fact_entities') IS NOT NULL;

-- Similarity needs pg_trgm.
SELECT 'pg_trgm' AS subject,
    present AS ok,
    CASE WHEN NOT present THEN 'the extension is missing' END AS detail,
    CASE WHEN NOT present THEN 'CREATE EXTENSION pg_trgm;' END AS hint
FROM (SELECT EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = 'pg_trgm')) AS extension (present)
WHERE to_regclass('fact_entities') IS NOT NULL;

-- Full text search reads search_vector, which the server keeps up to date.
SELECT 'fact_entities.search_vector' AS subject,
    generated AS ok,
    CASE WHEN NOT generated THEN 'not a generated tsvector column' END AS detail,
    CASE WHEN NOT generated THEN
        'ALTER TABLE fact_entities DROP COLUMN IF EXISTS search_vector, ADD COLUMN search_vector tsvector '
        'GENERATED ALWAYS AS (to_tsvector(''english''::regconfig, COALESCE(entity_name, '''') || '' '' || '
        'COALESCE(category, '''') || '' '' || COALESCE(subcategory, '''') || '' '' || '
        'COALESCE(attributes ->> ''tags'', ''''))) STORED;' END AS hint
FROM (SELECT EXISTS (
        SELECT FROM pg_catalog.pg_attribute
        WHERE attrelid = to_regclass('fact_entities') AND attname = 'search_vector' AND attgenerated = 's'
            AND atttypid = 'pg_catalog.tsvector'::regtype)) AS vector (generated)
WHERE to_regclass('fact_entities') IS NOT NULL;

-- Either search needs its index to be usable.
SELECT index_name AS subject,
    COALESCE(indisvalid, false) AS ok,
    CASE WHEN indisvalid IS NULL THEN 'the index is missing'
        WHEN NOT indisvalid THEN 'the index is invalid' END AS detail,
    CASE WHEN indisvalid IS NULL THEN format('CREATE INDEX %s ON fact_entities USING gin (%s);', index_name, columns)
        WHEN NOT indisvalid THEN format('REINDEX INDEX %s;', index_name) END AS hint
FROM (VALUES
        ('idx_fact_entities_name_trgm', 'entity_name gin_trgm_ops'),
        ('idx_fact_entities_search', 'search_vector')
    ) AS expected (index_name, columns)
    LEFT JOIN pg_catalog.pg_index ON indexrelid = to_regclass(index_name)
WHERE to_regclass('fact_entities') IS NOT NULL;

-- Facts belong to universal users as soon as the advanced tier has brought these.
SELECT 'user_fact_relationships.user_id' AS subject,
    linked AS ok,
    CASE WHEN NOT linked THEN 'no foreign key to universal_users (universal_id)' END AS detail,
    CASE WHEN NOT linked THEN
        'ALTER TABLE user_fact_relationships DROP CONSTRAINT IF EXISTS user_fact_relationships_user_id_fkey, '
        'ADD CONSTRAINT user_fact_relationships_user_id_fkey '
        'FOREIGN KEY (user_id) REFERENCES universal_users (universal_id) ON DELETE CASCADE;' END AS hint
FROM (SELECT EXISTS (
        SELECT FROM pg_catalog.pg_constraint
        WHERE conrelid = to_regclass('user_fact_relationships') AND confrelid = to_regclass('universal_users')
            AND contype = 'f')) AS link (linked)
WHERE to_regclass('user_fact_relationships') IS NOT NULL AND to_regclass('universal_users') IS NOT NULL;
