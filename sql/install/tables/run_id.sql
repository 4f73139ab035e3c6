CREATE SEQUENCE whisper.run_id;
SELECT pg_catalog.pg_extension_config_dump('whisper.run_id', '');
