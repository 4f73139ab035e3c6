CREATE TABLE whisper.unfinished_statement (
    revision text NOT NULL,
    section text NOT NULL CHECK (section IN ('up', 'down', 'batch')),
    number integer NOT NULL,
    checksum bytea NOT NULL,
    state text NOT NULL CHECK (state IN ('started', 'done')),
    run bigint NOT NULL,
    started_at timestamptz NOT NULL,
    finished_at timestamptz,
    last_key text,
    end_key text,
    rows_done bigint,
    rows_total bigint,
    invalid_before oid[],
    PRIMARY KEY (revision, section, number)
);
COMMENT ON TABLE whisper.unfinished_statement IS
    'what has run of revisions that a deploy commits piece by piece and that are not applied yet; number 0 is a whole section; last_key, end_key and rows are those of a batch';
SELECT pg_catalog.pg_extension_config_dump('whisper.unfinished_statement', '');
