CREATE TABLE whisper.deployment (
    run bigint PRIMARY KEY,
    pid integer NOT NULL,
    direction text NOT NULL CHECK (direction IN ('upgrade', 'downgrade')),
    target text NOT NULL,
    profile text,
    steps integer NOT NULL,
    started_by name NOT NULL,
    started_at timestamptz NOT NULL
);
COMMENT ON TABLE whisper.deployment IS
    'the deploy that is under way; one that was broken off by a crash stays until the next one writes it into the history';
SELECT pg_catalog.pg_extension_config_dump('whisper.deployment', '');
