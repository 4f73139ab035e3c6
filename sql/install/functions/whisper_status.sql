CREATE FUNCTION whisper_status(
    OUT tier text, OUT kind text, OUT current text, OUT head text, OUT applied integer, OUT pending integer,
    OUT deferred integer, OUT changed integer, OUT tables_expected integer, OUT tables_present integer, OUT state text)
RETURNS SETOF record LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'whisper_status';
COMMENT ON FUNCTION whisper_status() IS
'Where every tier stands, measured by the profile in force.

Result: a row per tier: its kind, current and head revisions (of a repeatable tier the last file), how many revisions are applied, pending, deferred (they wait for a tier outside the profile) and changed since they were applied, how many tables it owns and how many of those exist; state is "at head" (of what the profile lets in), "pending", "changed", "damaged" (tables are gone) or "not in profile".
Errors: WM018 when whisper_migrate.profile names no profile.';
