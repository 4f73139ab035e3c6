-- revision: 27e207ded5a0
-- down_revision: a71d62f22c10
-- message: the knowledge graph belongs to the enrichment tier

-- migrate:up
-- The enrichment tier has fact_entities, user_fact_relationships and entity_relationships.

-- migrate:down

-- migrate:verify
