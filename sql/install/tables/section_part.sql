CREATE TABLE whisper.section_part (
    revision text NOT NULL,
    section text NOT NULL CHECK (section IN ('up', 'down')),
    part integer NOT NULL,
    content text NOT NULL,
    PRIMARY KEY (revision, section, part)
);
COMMENT ON TABLE whisper.section_part IS
'what follows the first megabyte of a long section, in order';
SELECT pg_catalog.pg_extension_config_dump('whisper.section_part', '');
