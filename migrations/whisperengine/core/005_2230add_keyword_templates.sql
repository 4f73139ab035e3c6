-- revision: 2230add_keyword_templates
-- down_revision: 1fd48f6d9650
-- message: keyword templates that are independent of a character

-- migrate:up
-- The advanced tier has generic_keyword_templates.

-- migrate:down

-- migrate:verify
