-- revision: ab68d77b5088
-- down_revision: 336ce8830dfe, 27e207ded5a0
-- message: the learning timeline meets the documented enrichment

-- migrate:up
-- A merge changes nothing; its first parent is an ancestor of its second, as in the old history.

-- migrate:down

-- migrate:verify
