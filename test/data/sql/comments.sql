-- What is and what is not a comment.
CREATE TABLE c (a int /* one; /* two; */ ; */, b text -- three; 'open
	, "--;" int, "/*;" int);
/**/ INSERT INTO c VALUES (1, '-- no; comment', 2, 3) /***/ ; /* ; */
INSERT INTO c VALUES (4 -- ;
  - -5, '/* no; comment */', 6 /* /*/ deep; */ */, 7);
--
----;
-- \echo in a comment;
/*
\echo in a comment;
*/
INSERT INTO c SELECT 1*/* ; */2, 'a'/* ; */||'b', 8--;
  , 9;
SELECT 1 -- a comment without a line end;
  /* and */ -- ; one after
  + 1;;;
;
INSERT INTO c (a) VALUES (10) --
