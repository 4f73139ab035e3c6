-- revision: returns
-- down_revision: meet
-- message: what came back

-- migrate:up
CREATE TABLE returns (order_id integer REFERENCES orders);
-- migrate:down
DROP TABLE returns;
