CREATE FUNCTION outer_one() RETURNS text LANGUAGE plpgsql AS $outer$
DECLARE
    made text := $inner$ a; 'b' $x$ c; $x$ -- not a comment $inner$;
BEGIN
    EXECUTE $$ SELECT 1; $$;
    RETURN made || '$outer' || "left"('$outer $', 3);
END;
$outer$;

CREATE OR REPLACE FUNCTION begin_atomic_one(a int, b int DEFAULT 2) RETURNS int
LANGUAGE sql
BEGIN ATOMIC
    SELECT 1;
    SELECT CASE WHEN a > b THEN CASE WHEN a = 1 THEN 10 ELSE 20 END ELSE b END;
END;

CREATE PROCEDURE atomic_procedure()
BEGIN ATOMIC
    SELECT (CASE WHEN true THEN 1 END) AS "end";
    SELECT 'end; ' /* END; */ ; -- END;
END;

create or replace procedure quoted_body() language sql as 'select 1; select 2';

CREATE FUNCTION "begin"() RETURNS int LANGUAGE sql RETURN 1;
CREATE FUNCTION tag$in$name() RETURNS int LANGUAGE sql AS $$select 1;$$;
DO $do$ BEGIN PERFORM 1; END $do$;
CREATE TABLE ruled (a int);
CREATE RULE several AS ON INSERT TO ruled DO ALSO (SELECT 1; SELECT 2; );
CREATE FUNCTION f$() RETURNS int LANGUAGE sql AS $é$ SELECT 2; $é$
