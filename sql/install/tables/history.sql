CREATE TABLE whisper.history (
    id bigint PRIMARY KEY,
    run bigint NOT NULL,
    step integer NOT NULL,
    direction text NOT NULL,
    tier text,
    revision text NOT NULL,
    executed_by name NOT NULL,
    executed_at timestamptz NOT NULL,
    elapsed interval NOT NULL,
    statements integer NOT NULL,
    checksum bytea,
    message text NOT NULL,
    sqlstate text
);
CREATE INDEX history_revision ON whisper.history (revision);
COMMENT ON TABLE whisper.history IS
    'append-only: every step ever, up, down, stamp, forget, repair, claim, capture and rebuild, and the failures of deploys, which alone have an sqlstate';
SELECT pg_catalog.pg_extension_config_dump('whisper.history', '');
