CREATE TABLE q (id serial, note text, "a;b" text, "c""d;" text, "é;" text);
INSERT INTO q (note) VALUES ('a;'), ('it''s;'), (''''), (''';'''), ('back\'), ('\;'), (E'\';'), (E'\\'), (e'a\\\';''b'),
  (E'\x3b\073\u003b;'), (N'n;'), (U&'\003b;'), (U&'!003b;' UESCAPE '!'), (B'01'::text), (X'3B'::text), ('$$;'), ('"'), ('--;');
INSERT INTO q (note) VALUES ('one;'
	'two;'   
    'three;'), (E'one\';'
'two;');
INSERT INTO q (note) VALUES ($$;$$), ($$ ' " -- /* $$), ($a$ $$;$$ $b$;$b$ $a $A$ $a$), ($é_1$;$é_1$), ($_$ $;_$ $_$),
  ($$
;
$$), ($x$$x;$x$), ($$\$$);
INSERT INTO q ("a;b", "c""d;", U&"\00e9;") VALUES ('a', 'b', 'c'), ($$$$, $q$$$q$, '');
SELECT 1 AS "--;", 2 AS "/*;", 3 AS "$$;", 4 AS "';", 5 AS "\;", 6 AS a$1, 7 AS a$$, 8 AS ä$ö$;
COMMENT ON COLUMN q."a;b" IS 'it; "is"';
CREATE FUNCTION tag$in$name(int) RETURNS text LANGUAGE sql AS 'SELECT $1::text || '';''';
CREATE FUNCTION nested_tags() RETURNS text LANGUAGE plpgsql AS $f$ BEGIN RETURN $g$;$h$;$h$$g$; END $f$
