-- message: the semantic knowledge graph: entities, what users have to do with them, how they relate
-- depends_on: core_complete

-- migrate:up

-- Trigram search over entity names.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE OR REPLACE FUNCTION update_updated_at_column() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION update_updated_at_column() IS 'BEFORE UPDATE trigger: sets updated_at to now';

CREATE TABLE fact_entities (
    id            uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    entity_type   text NOT NULL,
    entity_name   text NOT NULL,
    category      text,
    subcategory   text,
    attributes    jsonb DEFAULT '{}',
    search_vector tsvector GENERATED ALWAYS AS (
        to_tsvector('english'::regconfig,
            COALESCE(entity_name, '') || ' ' || COALESCE(category, '') || ' ' || COALESCE(subcategory, '')
            || ' ' || COALESCE(attributes ->> 'tags', ''))
    ) STORED,
    created_at    timestamp DEFAULT now(),
    updated_at    timestamp DEFAULT now(),
    UNIQUE (entity_type, entity_name)
);
CREATE INDEX idx_fact_entities_attributes ON fact_entities USING gin (attributes);
CREATE INDEX idx_fact_entities_category ON fact_entities (entity_type, category);
CREATE INDEX idx_fact_entities_name_lookup ON fact_entities (entity_name);
CREATE INDEX idx_fact_entities_name_trgm ON fact_entities USING gin (entity_name gin_trgm_ops);
CREATE INDEX idx_fact_entities_search ON fact_entities USING gin (search_vector);
CREATE INDEX idx_fact_entities_type ON fact_entities (entity_type);
CREATE INDEX idx_fact_entities_type_lookup ON fact_entities (entity_type, entity_name);
CREATE OR REPLACE TRIGGER update_fact_entities_updated_at
    BEFORE UPDATE ON fact_entities
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
COMMENT ON TABLE fact_entities IS
    'Things that facts are about: one row per type and name, searchable by trigram and full text';
COMMENT ON COLUMN fact_entities.search_vector IS 'English full text of name, category, subcategory and attributes.tags';

CREATE TABLE entity_relationships (
    id                uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    from_entity_id    uuid NOT NULL REFERENCES fact_entities (id) ON DELETE CASCADE,
    to_entity_id      uuid NOT NULL REFERENCES fact_entities (id) ON DELETE CASCADE,
    relationship_type text NOT NULL
        CHECK (relationship_type IN ('similar_to', 'part_of', 'category_of', 'related_to', 'opposite_of', 'requires')),
    weight            double precision DEFAULT 0.5 CHECK (weight >= 0 AND weight <= 1),
    bidirectional     boolean DEFAULT false,
    metadata          jsonb DEFAULT '{}',
    created_at        timestamp DEFAULT now(),
    UNIQUE (from_entity_id, to_entity_id, relationship_type),
    CHECK (from_entity_id <> to_entity_id)
);
CREATE INDEX idx_entity_rel_bidirectional ON entity_relationships (bidirectional, from_entity_id, to_entity_id);
CREATE INDEX idx_entity_rel_forward ON entity_relationships (from_entity_id, weight DESC);
CREATE INDEX idx_entity_rel_reverse ON entity_relationships (to_entity_id, weight DESC);
CREATE INDEX idx_entity_rel_type ON entity_relationships (relationship_type, weight DESC);
COMMENT ON TABLE entity_relationships IS 'How one entity relates to another, with a weight from 0 to 1';
COMMENT ON COLUMN entity_relationships.bidirectional IS 'true: the relationship holds from either end';

CREATE TABLE user_fact_relationships (
    id                     uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    user_id                varchar(255) NOT NULL,
    entity_id              uuid NOT NULL REFERENCES fact_entities (id) ON DELETE CASCADE,
    relationship_type      text NOT NULL CHECK (length(relationship_type) > 0 AND length(relationship_type) <= 50),
    confidence             double precision DEFAULT 0.5 CHECK (confidence >= 0 AND confidence <= 1),
    strength               double precision DEFAULT 0.5 CHECK (strength >= 0 AND strength <= 1),
    emotional_context      text,
    context_metadata       jsonb DEFAULT '{}',
    source_conversation_id text,
    mentioned_by_character text,
    source_platform        text DEFAULT 'discord',
    related_entities       jsonb DEFAULT '[]',
    created_at             timestamp DEFAULT now(),
    updated_at             timestamp DEFAULT now(),
    UNIQUE (user_id, entity_id, relationship_type)
);
CREATE INDEX idx_user_facts_character ON user_fact_relationships (user_id, mentioned_by_character, confidence DESC);
CREATE INDEX idx_user_facts_created ON user_fact_relationships (user_id, created_at DESC);
CREATE INDEX idx_user_facts_emotional ON user_fact_relationships (user_id, emotional_context, confidence DESC);
CREATE INDEX idx_user_facts_entity ON user_fact_relationships (entity_id, confidence DESC);
CREATE INDEX idx_user_facts_lookup ON user_fact_relationships (user_id, confidence DESC, updated_at DESC);
CREATE INDEX idx_user_facts_related ON user_fact_relationships USING gin (related_entities);
CREATE INDEX idx_user_facts_type ON user_fact_relationships (user_id, relationship_type, confidence DESC);
CREATE OR REPLACE TRIGGER update_user_fact_relationships_updated_at
    BEFORE UPDATE ON user_fact_relationships
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
COMMENT ON TABLE user_fact_relationships IS
    'What a user has to do with an entity (likes, owns, fears), how sure we are and who heard it';
COMMENT ON COLUMN user_fact_relationships.user_id IS
    'universal_users.universal_id; the foreign key comes with the advanced tier, which owns that table';

-- migrate:verify

SELECT num_nulls(
    to_regclass('fact_entities'), to_regclass('entity_relationships'), to_regclass('user_fact_relationships')
) = 0;
SELECT count(*) = 2 FROM pg_catalog.pg_trigger
WHERE tgrelid IN (to_regclass('fact_entities'), to_regclass('user_fact_relationships'))
    AND tgfoid = to_regproc('update_updated_at_column') AND tgenabled IN ('O', 'A');
