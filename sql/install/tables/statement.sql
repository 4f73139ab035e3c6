CREATE TABLE whisper.statement (
    revision text NOT NULL,
    number integer NOT NULL,
    line integer NOT NULL,
    checksum bytea NOT NULL,
    verb text NOT NULL,
    object_type text NOT NULL,
    object_name text NOT NULL,
    rerunnable boolean NOT NULL,
    run bigint NOT NULL,
    PRIMARY KEY (revision, number)
);
COMMENT ON TABLE whisper.statement IS 'what of an applied repeatable file has run, by token checksum';
SELECT pg_catalog.pg_extension_config_dump('whisper.statement', '');
