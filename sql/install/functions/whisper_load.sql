CREATE FUNCTION whisper_load(
    location text DEFAULT NULL,
    OUT tier text, OUT revision text, OUT file text, OUT state text)
RETURNS SETOF record LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'whisper_load';
COMMENT ON FUNCTION whisper_load(text) IS
'Bring the registry up to date with a directory of migrations.

Parameters:
  location: a directory on the server, which needs superuser or pg_read_server_files; NULL takes whisper_migrate.script_location.
Result: a row per revision; state is added, changed, unchanged, missing (its file is gone, and its text kept, for it has run) or removed (its file is gone, and it is forgotten, for it has not).
Errors: 42501 without the right to read server files; 58P01 when the directory does not exist; 22023 when its path is relative; WM014, 42601, 2D000, WM019, 0A000 naming file and line for a file that cannot be understood or run; WM003 to WM006 for a graph that does not hold together.';
REVOKE EXECUTE ON FUNCTION whisper_load(text) FROM PUBLIC;
