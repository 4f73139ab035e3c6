CREATE FUNCTION whisper_tables(
    OUT schema_name text, OUT table_name text, OUT tier text, OUT revision text, OUT origin text, OUT critical boolean,
    OUT present boolean, OUT rows_estimate bigint)
RETURNS SETOF record LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'whisper_tables';
COMMENT ON FUNCTION whisper_tables() IS
'Whose table is it: every owned table with its tier and the revision that created it.

Result: a row per table, in tier order; origin is created, adopted or claimed; critical as the pack has it; rows_estimate is the planner''s or the statistics collector''s, null when neither knows.';
