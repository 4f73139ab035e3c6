-- message: what the prompt builder asks the knowledge graph
-- depends_on: 010_semantic_knowledge_graph

-- migrate:up

-- Bodies in BEGIN ATOMIC are bound to their tables here, so that no caller's search_path can redirect them.

CREATE OR REPLACE FUNCTION get_user_facts_with_relations(
    p_user_id varchar,
    p_entity_type text DEFAULT NULL,
    p_min_confidence double precision DEFAULT 0.5,
    p_limit integer DEFAULT 50)
RETURNS TABLE (
    entity_name text,
    entity_category text,
    relationship_type text,
    confidence double precision,
    emotional_context text,
    mentioned_by_character text,
    related_entities_count bigint,
    last_updated timestamp)
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT entity.entity_name,
        entity.category,
        fact.relationship_type,
        fact.confidence,
        fact.emotional_context,
        fact.mentioned_by_character,
        (SELECT count(DISTINCT CASE WHEN link.from_entity_id = entity.id THEN link.to_entity_id
            ELSE link.from_entity_id END)
         FROM entity_relationships AS link
         WHERE link.from_entity_id = entity.id OR (link.to_entity_id = entity.id AND link.bidirectional)),
        fact.updated_at
    FROM user_fact_relationships AS fact
        JOIN fact_entities AS entity ON entity.id = fact.entity_id
    WHERE fact.user_id = p_user_id
        AND fact.confidence >= p_min_confidence
        AND (p_entity_type IS NULL OR entity.entity_type = p_entity_type)
        -- The enrichment worker keeps its bookkeeping in the same tables; users must never see it.
        AND entity.entity_type <> '_processing_marker'
        AND NOT starts_with(fact.relationship_type, '_enrichment')
    ORDER BY fact.confidence DESC, fact.updated_at DESC NULLS LAST, entity.entity_name
    LIMIT p_limit;
END;
COMMENT ON FUNCTION get_user_facts_with_relations(varchar, text, double precision, integer) IS
    'A user''s facts, most confident and newest first, without the enrichment worker''s own markers';

CREATE OR REPLACE FUNCTION discover_similar_entities(
    p_entity_id uuid,
    p_similarity_threshold double precision DEFAULT 0.3,
    p_limit integer DEFAULT 5)
RETURNS TABLE (
    similar_entity_id uuid,
    similar_entity_name text,
    similarity_score double precision)
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT other.id, other.entity_name, trigram.score::double precision
    FROM fact_entities AS entity
        JOIN fact_entities AS other ON other.entity_type = entity.entity_type AND other.id <> entity.id
        CROSS JOIN LATERAL similarity(other.entity_name, entity.entity_name) AS trigram (score)
    -- similarity() is real: widened, a score of exactly 0.3 would count as above 0.3.
    WHERE entity.id = p_entity_id AND trigram.score > p_similarity_threshold::real
    ORDER BY trigram.score DESC, other.entity_name
    LIMIT p_limit;
END;
COMMENT ON FUNCTION discover_similar_entities(uuid, double precision, integer) IS
    'Other entities of the same type whose names resemble that of the given one, best match first';

-- migrate:verify

SELECT to_regprocedure('get_user_facts_with_relations(varchar, text, double precision, integer)') IS NOT NULL
    AND to_regprocedure('discover_similar_entities(uuid, double precision, integer)') IS NOT NULL;
