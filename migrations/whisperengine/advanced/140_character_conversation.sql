-- message: how a character leads a conversation
-- depends_on: core_complete

-- migrate:up

CREATE TABLE character_conversation_contexts (
    id                 serial PRIMARY KEY,
    character_id       integer NOT NULL REFERENCES characters (id) ON DELETE CASCADE,
    context_name       varchar(500) NOT NULL,
    energy_description text,
    approach_strategy  text,
    transition_style   text,
    created_at         timestamp DEFAULT CURRENT_TIMESTAMP,
    UNIQUE (character_id, context_name)
);
CREATE INDEX idx_conv_contexts_char ON character_conversation_contexts (character_id);
COMMENT ON TABLE character_conversation_contexts IS 'Settings in which a character talks differently';

CREATE TABLE character_context_guidance (
    id            serial PRIMARY KEY,
    context_id    integer NOT NULL REFERENCES character_conversation_contexts (id) ON DELETE CASCADE,
    guidance_type varchar(200) NOT NULL,
    guidance_text text NOT NULL,
    display_order integer,
    created_at    timestamp DEFAULT CURRENT_TIMESTAMP,
    UNIQUE (context_id, guidance_type, display_order)
);
CREATE INDEX idx_context_guidance_type ON character_context_guidance (context_id, guidance_type);
COMMENT ON TABLE character_context_guidance IS 'Advice for one conversation context, in order';

CREATE TABLE character_conversation_flows (
    id                   serial PRIMARY KEY,
    character_id         integer REFERENCES characters (id) ON DELETE CASCADE,
    flow_type            varchar(200) NOT NULL,
    flow_name            varchar(200),
    energy_level         varchar(200),
    approach_description text,
    transition_style     text,
    priority             integer DEFAULT 50,
    context              text
);
CREATE INDEX idx_conversation_flows_character ON character_conversation_flows (character_id, flow_type);
COMMENT ON TABLE character_conversation_flows IS
    'Courses that a character''s conversations take: energy, approach, transitions';

CREATE TABLE character_conversation_directives (
    id                   serial PRIMARY KEY,
    conversation_flow_id integer REFERENCES character_conversation_flows (id) ON DELETE CASCADE,
    directive_type       varchar(50) NOT NULL,
    directive_content    text NOT NULL,
    order_sequence       integer
);
COMMENT ON TABLE character_conversation_directives IS 'Directives for one conversation flow, in order';

CREATE TABLE character_mode_guidance (
    id            serial PRIMARY KEY,
    mode_id       integer NOT NULL REFERENCES character_conversation_modes (id) ON DELETE CASCADE,
    guidance_type varchar(20) NOT NULL,
    guidance_text text NOT NULL,
    sort_order    integer NOT NULL,
    created_at    timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT ck_guidance_type CHECK (guidance_type IN ('avoid', 'encourage'))
);
CREATE INDEX idx_mode_guidance_mode ON character_mode_guidance (mode_id);
COMMENT ON TABLE character_mode_guidance IS 'What a conversation mode of a character encourages and avoids';

CREATE TABLE character_mode_examples (
    id           serial PRIMARY KEY,
    mode_id      integer NOT NULL REFERENCES character_conversation_modes (id) ON DELETE CASCADE,
    example_text text NOT NULL,
    example_type varchar(50),
    sort_order   integer NOT NULL,
    created_at   timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX idx_mode_examples_mode ON character_mode_examples (mode_id);
COMMENT ON TABLE character_mode_examples IS 'Examples of a conversation mode of a character';

CREATE TABLE character_general_conversation (
    id                  serial PRIMARY KEY,
    character_id        integer NOT NULL UNIQUE REFERENCES characters (id) ON DELETE CASCADE,
    default_energy      varchar(50),
    conversation_style  text,
    transition_approach text,
    created_at          timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at          timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP
);
COMMENT ON TABLE character_general_conversation IS 'How a character talks when no mode applies';

CREATE TABLE character_response_patterns (
    id                      serial PRIMARY KEY,
    general_conversation_id integer NOT NULL REFERENCES character_general_conversation (id) ON DELETE CASCADE,
    pattern_name            varchar(100),
    pattern_description     text,
    sort_order              integer NOT NULL,
    created_at              timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX idx_response_patterns_general ON character_response_patterns (general_conversation_id);
COMMENT ON TABLE character_response_patterns IS 'Patterns of a character''s answers when no mode applies';

CREATE TABLE character_communication_patterns (
    id            serial PRIMARY KEY,
    character_id  integer REFERENCES characters (id) ON DELETE CASCADE,
    pattern_type  varchar(50) NOT NULL,
    pattern_name  varchar(100) NOT NULL,
    pattern_value text NOT NULL,
    context       varchar(100),
    frequency     varchar(20) DEFAULT 'regular',
    description   text,
    UNIQUE (character_id, pattern_type, pattern_name)
);
CREATE INDEX idx_character_patterns_type ON character_communication_patterns (character_id, pattern_type);
CREATE OR REPLACE TRIGGER trigger_update_character_timestamp_patterns
    AFTER INSERT OR UPDATE OR DELETE ON character_communication_patterns
    FOR EACH ROW EXECUTE FUNCTION update_character_timestamp();
COMMENT ON TABLE character_communication_patterns IS 'Patterns in how a character communicates, by type and context';

CREATE TABLE communication_styles (
    id                         serial PRIMARY KEY,
    character_id               integer REFERENCES characters (id) ON DELETE CASCADE,
    engagement_level           numeric(3, 2),
    formality                  varchar(500),
    emotional_expression       numeric(3, 2),
    response_length            text,
    response_length_preference varchar(200)
);
CREATE INDEX idx_communication_styles_character ON communication_styles (character_id);
COMMENT ON TABLE communication_styles IS 'A character''s style in numbers: engagement, expression, length of answers';

-- As its traits and values in the core tier: the style of the assistant, where there is one.
INSERT INTO communication_styles
    (character_id, engagement_level, formality, emotional_expression, response_length, response_length_preference)
SELECT characters.id, 0.80, 'friendly and clear', 0.60, 'As long as the question needs', 'medium'
FROM characters
WHERE normalized_name = 'assistant'
    AND NOT EXISTS (SELECT FROM communication_styles AS style WHERE style.character_id = characters.id);

-- migrate:verify

SELECT num_nulls(
    to_regclass('character_conversation_contexts'), to_regclass('character_context_guidance'),
    to_regclass('character_conversation_flows'), to_regclass('character_conversation_directives'),
    to_regclass('character_mode_guidance'), to_regclass('character_mode_examples'),
    to_regclass('character_general_conversation'), to_regclass('character_response_patterns'),
    to_regclass('character_communication_patterns'), to_regclass('communication_styles')
) = 0;
SELECT count(*) = 1 FROM pg_catalog.pg_trigger
WHERE tgrelid IN (to_regclass('character_communication_patterns'))
    AND tgfoid = to_regproc('update_character_timestamp') AND tgenabled IN ('O', 'A');
