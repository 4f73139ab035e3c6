-- message: how close a user and a bot are, and how lost trust comes back
-- depends_on: core_complete

-- migrate:up

CREATE TABLE relationship_scores (
    user_id           varchar(255),
    bot_name          varchar(100),
    trust             numeric(5, 4) NOT NULL DEFAULT 0.5000 CHECK (trust >= 0.0 AND trust <= 1.0),
    affection         numeric(5, 4) NOT NULL DEFAULT 0.4000 CHECK (affection >= 0.0 AND affection <= 1.0),
    attunement        numeric(5, 4) NOT NULL DEFAULT 0.3000 CHECK (attunement >= 0.0 AND attunement <= 1.0),
    interaction_count integer NOT NULL DEFAULT 0 CHECK (interaction_count >= 0),
    last_updated      timestamp NOT NULL DEFAULT now(),
    created_at        timestamp NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, bot_name)
);
CREATE INDEX idx_relationship_scores_bot ON relationship_scores (bot_name);
CREATE INDEX idx_relationship_scores_trust ON relationship_scores (trust) WHERE trust < 0.4;
CREATE INDEX idx_relationship_scores_user ON relationship_scores (user_id);
COMMENT ON TABLE relationship_scores IS 'Trust, affection and attunement between a user and a bot, each from 0 to 1';

CREATE TABLE relationship_events (
    id                   serial PRIMARY KEY,
    user_id              varchar(255) NOT NULL,
    bot_name             varchar(100) NOT NULL,
    event_type           varchar(50) NOT NULL,
    trust_delta          numeric(5, 4),
    affection_delta      numeric(5, 4),
    attunement_delta     numeric(5, 4),
    trust_value          numeric(5, 4),
    affection_value      numeric(5, 4),
    attunement_value     numeric(5, 4),
    conversation_quality varchar(20),
    emotion_variance     numeric(5, 4),
    update_reason        text,
    created_at           timestamp NOT NULL DEFAULT now(),
    FOREIGN KEY (user_id, bot_name) REFERENCES relationship_scores (user_id, bot_name) ON DELETE CASCADE
);
CREATE INDEX idx_relationship_events_timestamp ON relationship_events (created_at DESC);
CREATE INDEX idx_relationship_events_type ON relationship_events (event_type);
CREATE INDEX idx_relationship_events_user_bot ON relationship_events (user_id, bot_name);
COMMENT ON TABLE relationship_events IS 'Every change of a relationship score: by how much, to what, why';

CREATE TABLE trust_recovery_state (
    user_id                varchar(255),
    bot_name               varchar(100),
    recovery_stage         varchar(20) NOT NULL,
    initial_trust          numeric(5, 4) NOT NULL CHECK (initial_trust >= 0.0 AND initial_trust <= 1.0),
    current_trust          numeric(5, 4) NOT NULL CHECK (current_trust >= 0.0 AND current_trust <= 1.0),
    target_trust           numeric(5, 4) NOT NULL CHECK (target_trust >= 0.0 AND target_trust <= 1.0),
    progress_percentage    numeric(5, 2) NOT NULL DEFAULT 0.00
        CHECK (progress_percentage >= 0.0 AND progress_percentage <= 100.0),
    recovery_actions_taken text[],
    started_at             timestamp,
    last_updated           timestamp NOT NULL DEFAULT now(),
    estimated_completion   timestamp,
    PRIMARY KEY (user_id, bot_name, started_at),
    FOREIGN KEY (user_id, bot_name) REFERENCES relationship_scores (user_id, bot_name) ON DELETE CASCADE
);
CREATE INDEX idx_trust_recovery_stage ON trust_recovery_state (recovery_stage)
    WHERE recovery_stage::text = ANY (ARRAY['active'::varchar::text, 'recovering'::varchar::text]);
CREATE INDEX idx_trust_recovery_user_bot ON trust_recovery_state (user_id, bot_name);
COMMENT ON TABLE trust_recovery_state IS 'Recoveries of lost trust under way: where from, where to, how far';

CREATE TABLE relationships (
    id                serial PRIMARY KEY,
    user_id           text NOT NULL REFERENCES users (user_id),
    relationship_type text NOT NULL,
    strength          real DEFAULT 0.5,
    last_interaction  timestamp DEFAULT CURRENT_TIMESTAMP,
    interaction_count integer DEFAULT 0,
    notes             text
);
COMMENT ON TABLE relationships IS 'Relationships of a user, by type and strength';

-- migrate:verify

SELECT num_nulls(
    to_regclass('relationship_scores'), to_regclass('relationship_events'),
    to_regclass('trust_recovery_state'), to_regclass('relationships')
) = 0;
SELECT count(*) = 2 FROM pg_catalog.pg_constraint
WHERE conrelid IN (to_regclass('relationship_events'), to_regclass('trust_recovery_state'))
    AND confrelid = to_regclass('relationship_scores') AND contype = 'f' AND convalidated;
