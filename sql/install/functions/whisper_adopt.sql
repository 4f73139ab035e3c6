CREATE FUNCTION whisper_adopt(
    profile text DEFAULT NULL, apply boolean DEFAULT false, accept_differences boolean DEFAULT false,
    OUT tier text, OUT revision text, OUT verdict text, OUT evidence text, OUT differences text)
RETURNS SETOF record LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'whisper_adopt';
COMMENT ON FUNCTION whisper_adopt(text, boolean, boolean) IS
'Look at an existing database, say which revisions it has, and take it over. What each revision would create is learned by running the profile where it leaves no trace; other tools'' records (alembic_version, schema_migrations, flyway_schema_history, Sqitch) are evidence, the catalogs decide.

Parameters:
  profile: the tiers to look for; NULL takes whisper_migrate.profile, else the pack''s default profile.
  apply: record what is present as applied and owned (origin adopted), and of what is partial the statements that are done. No downgrade drops an adopted table. whisper_upgrade then creates exactly what is missing.
  accept_differences: with apply, record as applied what is there in another shape, too.
Result: a row per revision; verdict is present, different (there, but with the differences listed), partial, absent, or applied (recorded before); a row with verdict unknown for each version that another tool names and nobody registered. A revision that only writes rows is present when a later one is or another tool says so, else absent. A function with another body is listed in differences and makes no verdict.
Errors: WM018 for an unknown profile; WM022 when the pack does not run in empty schemas, or the caller may not rename the schemas; WM023 listing the differences when apply meets some and accept_differences is false; 55000 with apply when an interrupted deploy has done a part of a revision.';
REVOKE EXECUTE ON FUNCTION whisper_adopt(text, boolean, boolean) FROM PUBLIC;
