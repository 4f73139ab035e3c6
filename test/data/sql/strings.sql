SELECT 'plain', 'it''s; doubled', 'back\', ';';
SELECT E'escaped \'; quote', E'\\', e'doubled ''; quote', E'\\\';';
SELECT U&'d\0061t;\+000061', U&"d\0061t;a" FROM (SELECT 1 AS "data;a") AS one, (SELECT 2 AS "dat;a") AS two;
SELECT 'a' -- comment; with 'quote
  'b;', E'\'x;'
'y;';
SELECT B'1;0'::text = '' WHERE false;
SELECT b'01', X'1F', x'ab', N'na;me';
SELECT 1 /* one /* nested; */ ' still; /*/ deep */ */ + 2;
SELECT 1 --; not the end
  + 1;
SELECT $$a;b$$, $t$ $$ ; $ $t $t$, $ü$;$ü$;
SELECT 1 AS a$b$, 2 AS c$b$;
SELECT 5*-1, 5 - -1, 3 OPERATOR(pg_catalog.-) -1, @-1, (ARRAY[1, 2, 3])[1:2], 1.5e-3, .5, 1., 10 AS x;
PREPARE odd AS SELECT $1::int+$2::int;
EXECUTE odd(1, 2);;
SELECT (1 + (2; 3)) AS unbalanced_inside;
SELECT "quo""ted;" FROM (SELECT 1 AS "quo""ted;") AS q
