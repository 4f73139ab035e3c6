-- revision: payments
-- down_revision: orders
-- branch_labels: billing
-- message: what they paid

-- migrate:up
CREATE TABLE payments (order_id integer REFERENCES orders, cents integer NOT NULL CHECK (cents > 0));
-- migrate:down
DROP TABLE payments;
