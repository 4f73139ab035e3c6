-- message: extensions that the advanced tier and its applications rely on
-- depends_on: core_complete

-- migrate:up

CREATE EXTENSION IF NOT EXISTS btree_gin;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
-- Our tables use gen_random_uuid(); WhisperEngine's own tools call uuid_generate_v4().
CREATE EXTENSION IF NOT EXISTS "uuid-ossp";

-- migrate:verify

SELECT count(*) = 3 FROM pg_catalog.pg_extension WHERE extname IN ('btree_gin', 'pg_trgm', 'uuid-ossp');
