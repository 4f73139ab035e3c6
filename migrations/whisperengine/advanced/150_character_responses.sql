-- message: how a character answers, and what it is told to do
-- depends_on: core_complete

-- migrate:up

CREATE TABLE character_response_style (
    id           serial PRIMARY KEY,
    character_id integer NOT NULL UNIQUE REFERENCES characters (id) ON DELETE CASCADE,
    created_at   timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at   timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP
);
COMMENT ON TABLE character_response_style IS 'The one response style of a character';

CREATE TABLE character_response_style_items (
    id                serial PRIMARY KEY,
    response_style_id integer NOT NULL REFERENCES character_response_style (id) ON DELETE CASCADE,
    item_type         varchar(50) NOT NULL,
    item_text         text NOT NULL,
    sort_order        integer NOT NULL,
    created_at        timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX idx_response_style_items_style ON character_response_style_items (response_style_id);
COMMENT ON TABLE character_response_style_items IS 'Items of a response style, in order';

CREATE TABLE character_response_guidelines (
    id                serial PRIMARY KEY,
    character_id      integer REFERENCES characters (id) ON DELETE CASCADE,
    guideline_type    varchar(100) NOT NULL,
    guideline_name    varchar(200),
    guideline_content text NOT NULL,
    priority          integer DEFAULT 50,
    context           varchar(100),
    is_critical       boolean DEFAULT false,
    created_date      timestamp DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX idx_response_guidelines_character ON character_response_guidelines (character_id, guideline_type);
COMMENT ON TABLE character_response_guidelines IS 'Guidelines for a character''s answers; critical ones always apply';

CREATE TABLE character_instructions (
    id               serial PRIMARY KEY,
    character_id     integer REFERENCES characters (id) ON DELETE CASCADE,
    instruction_type varchar(50) NOT NULL,
    priority         integer DEFAULT 5,
    instruction_text text NOT NULL,
    context          text,
    active           boolean DEFAULT true,
    created_date     timestamp DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX idx_character_instructions_type ON character_instructions (character_id, instruction_type);
CREATE OR REPLACE TRIGGER trigger_update_character_timestamp_instructions
    AFTER INSERT OR UPDATE OR DELETE ON character_instructions
    FOR EACH ROW EXECUTE FUNCTION update_character_timestamp();
COMMENT ON TABLE character_instructions IS 'Instructions to a character, by type and priority';

CREATE TABLE character_directives (
    id             serial PRIMARY KEY,
    character_id   integer NOT NULL REFERENCES characters (id) ON DELETE CASCADE,
    directive_type varchar(200) NOT NULL,
    directive_text text NOT NULL,
    priority       integer CHECK (priority >= 1 AND priority <= 10),
    display_order  integer,
    context        varchar(500),
    active         boolean DEFAULT true,
    created_at     timestamp DEFAULT CURRENT_TIMESTAMP,
    UNIQUE (character_id, directive_type, display_order)
);
CREATE INDEX idx_directives_char_type ON character_directives (character_id, directive_type);
CREATE INDEX idx_directives_priority ON character_directives (character_id, priority DESC) WHERE active = true;
COMMENT ON TABLE character_directives IS 'Directives to a character, with a priority from 1 to 10';

CREATE TABLE character_message_triggers (
    id               serial PRIMARY KEY,
    character_id     integer REFERENCES characters (id) ON DELETE CASCADE,
    trigger_category varchar(100) NOT NULL,
    trigger_type     varchar(50) NOT NULL,
    trigger_value    text NOT NULL,
    response_mode    varchar(100),
    priority         integer DEFAULT 50,
    is_active        boolean DEFAULT true
);
CREATE INDEX idx_message_triggers_character ON character_message_triggers (character_id, trigger_category);
COMMENT ON TABLE character_message_triggers IS 'Messages that switch a character''s response mode';

-- migrate:verify

SELECT num_nulls(
    to_regclass('character_response_style'), to_regclass('character_response_style_items'),
    to_regclass('character_response_guidelines'), to_regclass('character_instructions'),
    to_regclass('character_directives'), to_regclass('character_message_triggers')
) = 0;
SELECT count(*) = 1 FROM pg_catalog.pg_trigger
WHERE tgrelid IN (to_regclass('character_instructions'))
    AND tgfoid = to_regproc('update_character_timestamp') AND tgenabled IN ('O', 'A');
