\set ON_ERROR_STOP off
\echo starting; 'now'
SELECT 1 \g
SELECT 'SELECT 2' \gexec
SELECT 3; \echo in the line
SELECT 4\; SELECT 5;
   \echo indented
SELECT '\echo in a string';
\unset nothing
SELECT 6
