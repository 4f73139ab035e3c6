SELECT 1;
-- comment
SELECT 'a
b;';
CREATE TABLE crlf (a int);
COPY crlf FROM stdin;
1
2
\.
SELECT 3 -- last
