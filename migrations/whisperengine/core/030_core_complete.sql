-- revision: core_complete
-- down_revision: 954245770def
-- message: the core tables that the history never made
-- valid_checksum: 31580c94a5967645ca6325ad061b47073ca5458e70fc0bf488dd358c7992f0c3

-- migrate:up
-- For the GIN indexes: similarity search in descriptions, and an integer column next to an array.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gin;

CREATE TABLE banned_users (
    id              serial PRIMARY KEY,
    discord_user_id text NOT NULL UNIQUE,
    banned_by       text NOT NULL,
    ban_reason      text,
    banned_at       timestamp DEFAULT CURRENT_TIMESTAMP,
    expires_at      timestamp,
    is_active       boolean DEFAULT true,
    notes           text,
    unbanned_at     timestamp,
    unbanned_by     text,
    unban_reason    text
);
CREATE INDEX idx_banned_users_unbanned_at ON banned_users (unbanned_at);

CREATE TABLE character_background (
    id               serial PRIMARY KEY,
    character_id     integer REFERENCES characters (id) ON DELETE CASCADE,
    category         varchar(50) NOT NULL,
    period           varchar(100),
    title            text,
    description      text NOT NULL,
    date_range       text,
    importance_level integer DEFAULT 5,
    created_date     timestamp DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX idx_character_background_category ON character_background (character_id, category);
CREATE INDEX idx_character_background_category_importance ON character_background
    (character_id, category, importance_level DESC);
CREATE INDEX idx_character_background_description_trgm ON character_background USING gin (description gin_trgm_ops);
CREATE INDEX idx_character_background_importance ON character_background (character_id, importance_level DESC);

CREATE TABLE character_interests (
    id                serial PRIMARY KEY,
    character_id      integer NOT NULL REFERENCES characters (id) ON DELETE CASCADE,
    category          varchar(200) NOT NULL,
    interest_text     text NOT NULL,
    proficiency_level integer CHECK (proficiency_level >= 1 AND proficiency_level <= 10),
    importance        varchar(100),
    frequency         varchar(100),
    display_order     integer,
    created_at        timestamp DEFAULT CURRENT_TIMESTAMP,
    UNIQUE (character_id, category, display_order)
);
CREATE INDEX idx_interests_char_cat ON character_interests (character_id, category);

CREATE TABLE character_memories (
    id               serial PRIMARY KEY,
    character_id     integer REFERENCES characters (id) ON DELETE CASCADE,
    memory_type      varchar(50) NOT NULL,
    title            varchar(200) NOT NULL,
    description      text NOT NULL,
    emotional_impact integer DEFAULT 5,
    time_period      text,
    importance_level integer DEFAULT 5,
    triggers         text[],
    created_date     timestamp DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX idx_character_memories_emotional_impact ON character_memories (character_id, emotional_impact DESC);
CREATE INDEX idx_character_memories_importance ON character_memories (character_id, importance_level DESC);
CREATE INDEX idx_character_memories_trigger_importance ON character_memories
    USING gin (character_id, triggers, importance_level);
CREATE INDEX idx_character_memories_triggers_gin ON character_memories USING gin (triggers);
CREATE INDEX idx_character_memories_type ON character_memories (character_id, memory_type);

CREATE TABLE character_relationships (
    id                    serial PRIMARY KEY,
    character_id          integer REFERENCES characters (id) ON DELETE CASCADE,
    related_entity        varchar(200) NOT NULL,
    relationship_type     varchar(50) NOT NULL,
    relationship_strength integer DEFAULT 5,
    description           text,
    status                varchar(20) DEFAULT 'active',
    created_date          timestamp DEFAULT CURRENT_TIMESTAMP,
    communication_style   text,
    memory_sharing        text,
    name_usage            text,
    connection_nature     text,
    recognition_pattern   text
);
CREATE INDEX idx_character_relationships_strength ON character_relationships (character_id, relationship_strength DESC);
CREATE INDEX idx_character_relationships_type ON character_relationships (character_id, relationship_type);
CREATE INDEX idx_character_relationships_type_strength ON character_relationships
    (character_id, relationship_type, relationship_strength DESC);

CREATE TABLE character_response_modes (
    id                           serial PRIMARY KEY,
    character_id                 integer REFERENCES characters (id) ON DELETE CASCADE,
    mode_name                    varchar(100) NOT NULL,
    mode_description             text,
    response_style               text,
    length_guideline             text,
    tone_adjustment              text,
    conflict_resolution_priority integer,
    examples                     text
);
CREATE INDEX idx_response_modes_character ON character_response_modes (character_id, mode_name);

-- The character is in the schema of the detail table, whatever the search_path of the session is: a data-only restore
-- and a logical replication worker run with an empty one.
CREATE FUNCTION update_character_timestamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- OLD is null for an insert and NEW for a delete; an update that moves a row touches both characters.
    EXECUTE format('UPDATE %I.characters SET updated_date = CURRENT_TIMESTAMP WHERE id IN ($1, $2)', TG_TABLE_SCHEMA)
        USING OLD.character_id, NEW.character_id;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION update_character_timestamp() IS
    'Trigger on detail tables: sets characters.updated_date of the character whose row changed';

CREATE TRIGGER trigger_update_character_timestamp_background
    AFTER INSERT OR UPDATE OR DELETE ON character_background
    FOR EACH ROW EXECUTE FUNCTION update_character_timestamp();

CREATE TRIGGER trigger_update_character_timestamp_memories
    AFTER INSERT OR UPDATE OR DELETE ON character_memories
    FOR EACH ROW EXECUTE FUNCTION update_character_timestamp();

CREATE TRIGGER trigger_update_character_timestamp_relationships
    AFTER INSERT OR UPDATE OR DELETE ON character_relationships
    FOR EACH ROW EXECUTE FUNCTION update_character_timestamp();

COMMENT ON TABLE banned_users IS
    'Discord users whom the bots ignore, with who banned and unbanned them';
COMMENT ON COLUMN banned_users.discord_user_id IS
    'Identifier of the account, unique: a new ban of the same user reuses the row';
COMMENT ON COLUMN banned_users.banned_by IS 'Discord identifier of the moderator';
COMMENT ON COLUMN banned_users.expires_at IS 'End of the ban; null means until it is lifted';
COMMENT ON COLUMN banned_users.is_active IS 'Whether the ban is in force';
COMMENT ON COLUMN banned_users.unbanned_by IS 'Discord identifier of the moderator who lifted the ban';
COMMENT ON COLUMN banned_users.unban_reason IS 'Why the ban was lifted';

COMMENT ON TABLE character_background IS
    'History of a character: education, career, family, turning points';
COMMENT ON COLUMN character_background.period IS 'Stage of life, such as childhood';
COMMENT ON COLUMN character_background.date_range IS 'Dates of the period in free text';
COMMENT ON COLUMN character_background.importance_level IS 'Weight from 1 to 10; the heaviest are told first';

COMMENT ON TABLE character_interests IS
    'Pastimes and fields in which a character is at home';
COMMENT ON COLUMN character_interests.proficiency_level IS 'Skill from 1 to 10';
COMMENT ON COLUMN character_interests.frequency IS 'How often the character pursues the interest';
COMMENT ON COLUMN character_interests.display_order IS 'Position within the category; smaller comes first';

COMMENT ON TABLE character_memories IS
    'Memories a character can recall in conversation';
COMMENT ON COLUMN character_memories.emotional_impact IS 'Strength of feeling from 1 to 10';
COMMENT ON COLUMN character_memories.importance_level IS 'Weight from 1 to 10; the heaviest are recalled first';
COMMENT ON COLUMN character_memories.triggers IS 'Words that bring the memory back';

COMMENT ON TABLE character_relationships IS
    'People, places and things a character is tied to';
COMMENT ON COLUMN character_relationships.related_entity IS 'Name of whom or what the character is tied to';
COMMENT ON COLUMN character_relationships.relationship_strength IS 'Closeness from 1 to 10';
COMMENT ON COLUMN character_relationships.communication_style IS 'How the character talks to or about the entity';
COMMENT ON COLUMN character_relationships.memory_sharing IS 'What of its memories the character shares with the entity';
COMMENT ON COLUMN character_relationships.name_usage IS 'How the character addresses the entity';
COMMENT ON COLUMN character_relationships.connection_nature IS 'What the tie rests on';
COMMENT ON COLUMN character_relationships.recognition_pattern IS 'How the character recognises the entity';

COMMENT ON TABLE character_response_modes IS
    'Ways of answering, such as brief or technical, among which a character chooses';
COMMENT ON COLUMN character_response_modes.length_guideline IS 'How long answers in the mode are';
COMMENT ON COLUMN character_response_modes.tone_adjustment IS 'How the tone departs from the usual one';
COMMENT ON COLUMN character_response_modes.conflict_resolution_priority IS 'Which mode wins when several fit';

-- migrate:down
-- What was there before and was taken over stays, and keeps the function that its triggers call.
DO $$
DECLARE
    kind text;
    identity text;
BEGIN
    IF to_regclass('whisper.owned_object') IS NULL THEN
        DROP TABLE
            character_response_modes, character_relationships, character_memories, character_interests,
            character_background, banned_users;
        DROP FUNCTION update_character_timestamp();
        RETURN;
    END IF;
    FOR kind, identity IN EXECUTE $query$
        SELECT object_type, object_identity FROM whisper.owned_object
        WHERE object_type IN ('table', 'index', 'trigger', 'function')
            AND tier = 'core' AND revision = 'core_complete' AND origin = 'created'
        ORDER BY object_type = 'function', object_type = 'table', run DESC, ordinal DESC
    $query$ LOOP
        BEGIN
            EXECUTE format('DROP %s %s', kind, identity);
        EXCEPTION WHEN dependent_objects_still_exist THEN
            IF kind <> 'function' THEN
                RAISE;
            END IF;
            RAISE NOTICE 'function % is kept: triggers of other tables call it', identity;
        END;
    END LOOP;
END
$$;

-- An extension goes only if this revision created it and nothing else uses it by now.
DO $$
DECLARE
    extension_name text;
    is_ours boolean;
BEGIN
    IF to_regclass('whisper.owned_object') IS NULL THEN
        RETURN;
    END IF;
    FOREACH extension_name IN ARRAY ARRAY['btree_gin', 'pg_trgm'] LOOP
        EXECUTE $query$
            SELECT EXISTS (
                SELECT FROM whisper.owned_object
                WHERE object_type = 'extension' AND object_identity = $1
                    AND tier = 'core' AND revision = 'core_complete' AND origin = 'created')
        $query$ INTO is_ours USING extension_name;
        IF is_ours THEN
            BEGIN
                EXECUTE format('DROP EXTENSION %I', extension_name);
            EXCEPTION WHEN dependent_objects_still_exist THEN
                RAISE NOTICE 'extension "%" is kept: other objects use it', extension_name;
            END;
        END IF;
    END LOOP;
END
$$;

-- migrate:verify
SELECT bool_and(expected_columns <@ ARRAY(
    SELECT attname || ' ' || format_type(atttypid, atttypmod)
    FROM pg_catalog.pg_attribute WHERE attrelid = to_regclass(table_name) AND attnum > 0))
FROM (VALUES
    ('banned_users', ARRAY[
        'id integer', 'discord_user_id text', 'banned_by text', 'ban_reason text',
        'banned_at timestamp without time zone', 'expires_at timestamp without time zone', 'is_active boolean',
        'notes text', 'unbanned_at timestamp without time zone', 'unbanned_by text', 'unban_reason text']),
    ('character_background', ARRAY[
        'id integer', 'character_id integer', 'category character varying(50)', 'period character varying(100)',
        'title text', 'description text', 'date_range text', 'importance_level integer',
        'created_date timestamp without time zone']),
    ('character_interests', ARRAY[
        'id integer', 'character_id integer', 'category character varying(200)', 'interest_text text',
        'proficiency_level integer', 'importance character varying(100)', 'frequency character varying(100)',
        'display_order integer', 'created_at timestamp without time zone']),
    ('character_memories', ARRAY[
        'id integer', 'character_id integer', 'memory_type character varying(50)',
        'title character varying(200)', 'description text', 'emotional_impact integer', 'time_period text',
        'importance_level integer', 'triggers text[]', 'created_date timestamp without time zone']),
    ('character_relationships', ARRAY[
        'id integer', 'character_id integer', 'related_entity character varying(200)',
        'relationship_type character varying(50)', 'relationship_strength integer', 'description text',
        'status character varying(20)', 'created_date timestamp without time zone', 'communication_style text',
        'memory_sharing text', 'name_usage text', 'connection_nature text', 'recognition_pattern text']),
    ('character_response_modes', ARRAY[
        'id integer', 'character_id integer', 'mode_name character varying(100)', 'mode_description text',
        'response_style text', 'length_guideline text', 'tone_adjustment text',
        'conflict_resolution_priority integer', 'examples text'])
) AS expected (table_name, expected_columns);

SELECT count(*) = 14 FROM pg_catalog.pg_constraint
WHERE convalidated
    AND conname IN (
        'banned_users_pkey', 'banned_users_discord_user_id_key', 'character_background_character_id_fkey',
        'character_background_pkey', 'character_interests_proficiency_level_check',
        'character_interests_character_id_fkey', 'character_interests_pkey',
        'character_interests_character_id_category_display_order_key', 'character_memories_character_id_fkey',
        'character_memories_pkey', 'character_relationships_character_id_fkey', 'character_relationships_pkey',
        'character_response_modes_character_id_fkey', 'character_response_modes_pkey')
    AND conrelid IN (
        to_regclass('banned_users'), to_regclass('character_background'), to_regclass('character_interests'),
        to_regclass('character_memories'), to_regclass('character_relationships'),
        to_regclass('character_response_modes'));

SELECT num_nulls(
    to_regclass('idx_banned_users_unbanned_at'), to_regclass('idx_character_background_category'),
    to_regclass('idx_character_background_category_importance'),
    to_regclass('idx_character_background_description_trgm'),
    to_regclass('idx_character_background_importance'), to_regclass('idx_interests_char_cat'),
    to_regclass('idx_character_memories_emotional_impact'), to_regclass('idx_character_memories_importance'),
    to_regclass('idx_character_memories_trigger_importance'),
    to_regclass('idx_character_memories_triggers_gin'), to_regclass('idx_character_memories_type'),
    to_regclass('idx_character_relationships_strength'), to_regclass('idx_character_relationships_type'),
    to_regclass('idx_character_relationships_type_strength'), to_regclass('idx_response_modes_character')) = 0;

SELECT count(*) = 3
FROM (VALUES
    ('character_background', 'trigger_update_character_timestamp_background'),
    ('character_memories', 'trigger_update_character_timestamp_memories'),
    ('character_relationships', 'trigger_update_character_timestamp_relationships')
) AS expected (table_name, trigger_name)
JOIN pg_catalog.pg_trigger ON tgrelid = to_regclass(table_name) AND tgname = trigger_name
WHERE tgfoid = to_regprocedure('update_character_timestamp()');
