CREATE TABLE whisper.revision (
    revision text PRIMARY KEY,
    registration bigint NOT NULL UNIQUE,
    tier text NOT NULL,
    down_revisions text[] NOT NULL,
    down_implicit boolean NOT NULL,
    depends_on text[] NOT NULL,
    branch_labels text[] NOT NULL,
    message text NOT NULL,
    rerun text NOT NULL CHECK (rerun IN ('changed', 'whole', 'always', 'never')),
    up_sql text NOT NULL,
    up_line integer NOT NULL,
    up_transactional boolean NOT NULL,
    down_sql text,
    down_line integer NOT NULL,
    down_transactional boolean NOT NULL,
    verify_sql text,
    verify_line integer NOT NULL,
    creates text[] NOT NULL,
    checksum bytea NOT NULL,
    file text,
    file_size bigint,
    file_mtime bigint,
    includes text[] NOT NULL,
    missing boolean NOT NULL,
    batch_options text,
    batch_sql text,
    batch_line integer NOT NULL DEFAULT 1,
    lock_count integer NOT NULL DEFAULT 0,
    registered_by name
);
COMMENT ON TABLE whisper.revision IS
    'every registered revision; registration order breaks ties; file is null for one registered by a client, file_mtime counts microseconds since 1970; creates are the tables its text names, includes the files it includes; lock_count is about how many locks its way up keeps; registered_by is the role that answers for the text, null for a file''s';
SELECT pg_catalog.pg_extension_config_dump('whisper.revision', '');
