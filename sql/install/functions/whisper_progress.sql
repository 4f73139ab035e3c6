CREATE FUNCTION whisper_progress(
    OUT run bigint, OUT pid integer, OUT direction text, OUT step integer, OUT steps integer, OUT tier text,
    OUT revision text, OUT statement integer, OUT statements integer, OUT phase text, OUT done bigint, OUT total bigint,
    OUT unit text, OUT started timestamptz, OUT waiting_for integer[], OUT estimated_end timestamptz)
RETURNS SETOF record LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'whisper_progress';
COMMENT ON FUNCTION whisper_progress() IS
'How far the migration is that another session is running in this database.

Result: a row while one is under way, none otherwise. run is null for whisper_upgrade and the like, whose records nobody sees before they commit; statement is the one at work of the revision''s statements, where it is known; phase is what an index build is doing, or "batch"; done and total count blocks or rows, as unit says; started is when the statement at work began, else the step or run; waiting_for are the processes that hold the locks it waits for; estimated_end is that of the statement at work.';
