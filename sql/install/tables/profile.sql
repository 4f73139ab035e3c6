CREATE TABLE whisper.profile (
    name text PRIMARY KEY,
    position integer NOT NULL,
    tiers text[] NOT NULL
);
COMMENT ON TABLE whisper.profile IS 'named sets of tiers';
SELECT pg_catalog.pg_extension_config_dump('whisper.profile', '');
