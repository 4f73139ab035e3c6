CREATE SEQUENCE whisper.history_id;
SELECT pg_catalog.pg_extension_config_dump('whisper.history_id', '');
