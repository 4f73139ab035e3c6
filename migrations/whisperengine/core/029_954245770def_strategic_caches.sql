-- revision: 954245770def
-- down_revision: 604332ba3c03
-- message: caches of the strategic components

-- migrate:up
-- The advanced tier has the six strategic tables.

-- migrate:down

-- migrate:verify
