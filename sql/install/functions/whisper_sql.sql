CREATE FUNCTION whisper_sql(
    target text DEFAULT 'head', profile text DEFAULT NULL, direction text DEFAULT 'upgrade')
RETURNS text LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'whisper_sql';
COMMENT ON FUNCTION whisper_sql(text, text, text) IS
'The plan as one script that psql runs by itself, in one transaction but for the steps that cannot run inside one, and that leaves the same schema.

Parameters: as for whisper_plan.
Result: the script. It changes the schema only: whisper_stamp records the revisions afterwards. On the way down it drops tables whether they hold rows or not.
Errors: as for whisper_plan; WM015 when a revision on the way has no way down; WM020 when a statement of a repeatable file was edited that cannot simply run again.';
