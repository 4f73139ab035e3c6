-- revision: shipments
-- down_revision: orders
-- message: what was sent

-- migrate:up
CREATE TABLE shipments (order_id integer REFERENCES orders, sent_at timestamptz NOT NULL);
-- migrate:down
DROP TABLE shipments;
