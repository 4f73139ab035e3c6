-- revision: meet
-- down_revision: payments, shipments
-- message: billing and shipping meet

-- migrate:up
-- migrate:down
