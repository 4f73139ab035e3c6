-- revision: customers
-- message: who buys

-- migrate:up
CREATE TYPE standing AS ENUM ('new', 'known');
CREATE TABLE customers (id serial PRIMARY KEY, name text NOT NULL UNIQUE, standing standing NOT NULL DEFAULT 'new');
-- migrate:down
DROP TABLE customers;
DROP TYPE standing;
-- migrate:verify
SELECT to_regclass('customers') IS NOT NULL;
