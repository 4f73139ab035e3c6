\echo Use "ALTER EXTENSION whisper_migrate UPDATE" to load this file. \quit

-- Who answers for the text of a revision. What was registered before stays trusted, as files are.
ALTER TABLE whisper.revision ADD COLUMN registered_by name;
COMMENT ON TABLE whisper.revision IS
    'every registered revision; registration order breaks ties; file is null for one registered by a client, file_mtime counts microseconds since 1970; creates are the tables its text names, includes the files it includes; registered_by is the role that answers for the text, null for a file''s';
