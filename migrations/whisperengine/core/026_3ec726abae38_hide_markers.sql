-- revision: 3ec726abae38
-- down_revision: 20251026_emoji_log
-- message: internal markers are hidden from a user's facts

-- migrate:up
-- The enrichment tier has get_user_facts_with_relations().

-- migrate:down

-- migrate:verify
