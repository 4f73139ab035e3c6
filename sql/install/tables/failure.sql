CREATE TABLE whisper.failure (
    history bigint PRIMARY KEY,
    failed_by oid NOT NULL,
    message text NOT NULL
);
COMMENT ON TABLE whisper.failure IS
    'what the server said when a step of a deploy failed, by whisper.history.id: such a message may hold values of rows, so that whisper_log() shows it to the role failed_by alone, to whoever has its rights, and to pg_read_all_stats; not in dumps';
