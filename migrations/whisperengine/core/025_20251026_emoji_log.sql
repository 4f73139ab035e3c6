-- revision: 20251026_emoji_log
-- down_revision: 4628baf741ee
-- message: log of enrichment records that were processed

-- migrate:up
-- The advanced tier has enrichment_processing_log.

-- migrate:down

-- migrate:verify
