CREATE TABLE k (a int, "from stdin;" text);
COPY k FROM stdin;
1	a;b
2	\\.
3	-- x
4	\N
\.
copy k ( a , "from stdin;" )
  from /* ; */ STDIN -- ;
  with (format csv, header false) where a > 0;
5,"a;
b"
6,'open
\.
COPY public.k FROM stdin (DELIMITER ';'); -- here
7;x
\.
SELECT count(*) FROM k;
COPY k FROM stdin;
\.
COPY k (a) FROM stdin;
8
