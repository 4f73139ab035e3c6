-- message: every customer has a name
SELECT 'customers' AS subject, count(*) = 0 AS ok FROM customers WHERE name = '';
