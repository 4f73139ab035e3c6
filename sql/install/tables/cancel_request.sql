CREATE TABLE whisper.cancel_request (
    run bigint NOT NULL,
    requested_by name NOT NULL,
    requested_at timestamptz NOT NULL
);
COMMENT ON TABLE whisper.cancel_request IS 'deploys that whisper_cancel() asked to stop';
