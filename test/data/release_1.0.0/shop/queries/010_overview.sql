-- depends_on: orders
CREATE OR REPLACE VIEW overview AS
    SELECT customers.name, order_count(customers.id) AS orders FROM customers CROSS JOIN (VALUES (1)) AS one (n);
CREATE TABLE IF NOT EXISTS notes (id serial PRIMARY KEY, body text);
