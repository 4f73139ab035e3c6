-- revision: b06ced8ecd14
-- down_revision: 336ce8830dfe, 20251019_conv_summaries
-- message: the character branch and the summary branch meet

-- migrate:up
-- A merge changes nothing.

-- migrate:down

-- migrate:verify
