CREATE FUNCTION whisper_log(
    OUT run bigint, OUT step integer, OUT direction text, OUT tier text, OUT revision text, OUT executed_by name,
    OUT executed_at timestamptz, OUT elapsed interval, OUT statements integer, OUT checksum bytea, OUT message text,
    OUT sqlstate text)
RETURNS SETOF record LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'whisper_log';
COMMENT ON FUNCTION whisper_log() IS
'The audit trail: every step ever taken in this database, upgrades, downgrades, stamps and repairs, newest first; also the failures of deploys (direction "failed"), while those of whisper_upgrade leave nothing behind.

Result: a row per step; who, when, how long, how many statements, and the checksum of the text; of a failure its SQLSTATE and, as message, the server''s, for who ran the deploy and members of pg_read_all_stats.';
