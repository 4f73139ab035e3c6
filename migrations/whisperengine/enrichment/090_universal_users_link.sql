-- message: facts belong to universal users (waits for the advanced tier)
-- depends_on: 010_semantic_knowledge_graph, 010_identity

-- migrate:up

-- Facts gathered before the advanced tier came name users that it does not know yet.
INSERT INTO universal_users (universal_id, primary_username, display_name)
SELECT DISTINCT ON (fact.user_id)
    fact.user_id, left(COALESCE(account.username, fact.user_id), 255), left(account.display_name, 255)
FROM user_fact_relationships AS fact
    LEFT JOIN users AS account ON account.user_id = fact.user_id
ON CONFLICT (universal_id) DO NOTHING;

ALTER TABLE user_fact_relationships
    ADD CONSTRAINT user_fact_relationships_user_id_fkey
    FOREIGN KEY (user_id) REFERENCES universal_users (universal_id) ON DELETE CASCADE;

-- migrate:down

-- The file creates no object of its own to be derived from; users found above stay with their table.
ALTER TABLE user_fact_relationships DROP CONSTRAINT IF EXISTS user_fact_relationships_user_id_fkey;

-- migrate:verify

SELECT EXISTS (
    SELECT FROM pg_catalog.pg_constraint
    WHERE conrelid = to_regclass('user_fact_relationships') AND confrelid = to_regclass('universal_users')
        AND contype = 'f' AND convalidated);
