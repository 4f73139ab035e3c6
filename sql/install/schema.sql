-- The catalog. Plain CREATE SCHEMA: a schema that somebody else made beforehand is an error, not a trap.
CREATE SCHEMA whisper;
COMMENT ON SCHEMA whisper IS 'catalog of whisper_migrate: everyone may read, only the engine writes';
