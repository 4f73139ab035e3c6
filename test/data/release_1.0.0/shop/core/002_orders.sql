-- revision: orders
-- down_revision: customers
-- message: what they buy

-- migrate:up
CREATE TABLE orders (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_id integer NOT NULL REFERENCES customers);
CREATE FUNCTION order_count(integer) RETURNS bigint LANGUAGE sql STABLE AS
    'SELECT count(*) FROM orders WHERE customer_id = $1';
-- migrate:down
DROP FUNCTION order_count(integer);
DROP TABLE orders;
