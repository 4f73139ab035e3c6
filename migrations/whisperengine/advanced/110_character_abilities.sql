-- message: what a character can do and knows
-- depends_on: core_complete

-- migrate:up

CREATE TABLE character_abilities (
    id                 serial PRIMARY KEY,
    character_id       integer REFERENCES characters (id) ON DELETE CASCADE,
    category           varchar(50) NOT NULL,
    ability_name       varchar(100) NOT NULL,
    proficiency_level  integer DEFAULT 5,
    description        text,
    development_method text,
    usage_frequency    varchar(20) DEFAULT 'regular',
    UNIQUE (character_id, category, ability_name)
);
CREATE INDEX idx_character_abilities_category ON character_abilities (character_id, category);
CREATE INDEX idx_character_abilities_proficiency ON character_abilities (character_id, proficiency_level DESC);
CREATE OR REPLACE TRIGGER trigger_update_character_timestamp_abilities
    AFTER INSERT OR UPDATE OR DELETE ON character_abilities
    FOR EACH ROW EXECUTE FUNCTION update_character_timestamp();
COMMENT ON TABLE character_abilities IS 'Abilities of a character, how good it is at them and how it came by them';

CREATE TABLE character_expertise_domains (
    id                 serial PRIMARY KEY,
    character_id       integer REFERENCES characters (id) ON DELETE CASCADE,
    domain_name        varchar(200) NOT NULL,
    expertise_level    varchar(50),
    domain_description text,
    key_concepts       text,
    teaching_approach  text,
    passion_level      integer,
    examples           text
);
CREATE INDEX idx_expertise_domains_character ON character_expertise_domains (character_id, domain_name);
COMMENT ON TABLE character_expertise_domains IS 'Fields that a character knows well, and how it teaches them';

-- migrate:verify

SELECT num_nulls(to_regclass('character_abilities'), to_regclass('character_expertise_domains')) = 0;
SELECT count(*) = 1 FROM pg_catalog.pg_trigger
WHERE tgrelid IN (to_regclass('character_abilities'))
    AND tgfoid = to_regproc('update_character_timestamp') AND tgenabled IN ('O', 'A');
