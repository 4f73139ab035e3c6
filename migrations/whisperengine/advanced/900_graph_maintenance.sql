-- message: watch and maintain the indexes of the character and fact tables
-- depends_on: core_complete

-- migrate:up

-- Tables are found by name in the schema of "characters", so that these work with and without the enrichment tier.
CREATE OR REPLACE FUNCTION analyze_cdl_graph_index_performance()
RETURNS TABLE (
    table_name regclass,
    index_name text,
    index_size bigint,
    index_size_pretty text,
    index_scans bigint,
    tuples_read bigint,
    tuples_fetched bigint)
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT indexed.oid::regclass,
        index.relname::text,
        pg_relation_size(index.oid),
        pg_size_pretty(pg_relation_size(index.oid)),
        pg_stat_get_numscans(index.oid),
        pg_stat_get_tuples_returned(index.oid),
        pg_stat_get_tuples_fetched(index.oid)
    FROM pg_class AS anchor
        JOIN pg_class AS indexed ON indexed.relnamespace = anchor.relnamespace AND indexed.relkind IN ('r', 'p')
        JOIN pg_index ON pg_index.indrelid = indexed.oid
        JOIN pg_class AS index ON index.oid = pg_index.indexrelid
    WHERE anchor.oid = 'characters'::regclass
        AND (starts_with(indexed.relname::text, 'character_')
            OR indexed.relname IN ('characters', 'personality_traits', 'communication_styles',
                'fact_entities', 'user_fact_relationships', 'entity_relationships'))
    ORDER BY pg_stat_get_numscans(index.oid) DESC, pg_relation_size(index.oid) DESC, index.relname;
END;
COMMENT ON FUNCTION analyze_cdl_graph_index_performance() IS
    'Size and use of every index of the character and fact tables, the most used first';

CREATE OR REPLACE FUNCTION maintain_cdl_graph_indexes()
RETURNS TABLE (table_name regclass, rows_estimate bigint)
LANGUAGE plpgsql
AS $$
BEGIN
    -- Every one of these tables has a primary key, so the list of indexes names them all.
    FOR table_name IN
        SELECT graph.table_name FROM analyze_cdl_graph_index_performance() AS graph
        GROUP BY graph.table_name ORDER BY graph.table_name::text
    LOOP
        EXECUTE format('ANALYZE %s', table_name);
        rows_estimate := (SELECT class.reltuples FROM pg_class AS class WHERE class.oid = table_name);
        RETURN NEXT;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION maintain_cdl_graph_indexes() IS
    'Runs ANALYZE on the character and fact tables and returns how many rows each is now thought to hold';

-- migrate:verify

SELECT to_regproc('analyze_cdl_graph_index_performance') IS NOT NULL
    AND to_regproc('maintain_cdl_graph_indexes') IS NOT NULL;
