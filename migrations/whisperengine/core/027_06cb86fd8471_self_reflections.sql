-- revision: 06cb86fd8471
-- down_revision: 3ec726abae38
-- message: reflections of a bot on itself

-- migrate:up
-- The advanced tier has bot_self_reflections.

-- migrate:down

-- migrate:verify
