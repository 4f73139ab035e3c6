-- message: caches of the strategic intelligence worker, each row good until expires_at
-- depends_on: core_complete

-- migrate:up

CREATE TABLE strategic_memory_health (
    id                        uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    user_id                   text NOT NULL,
    bot_name                  text NOT NULL,
    memory_snapshot           jsonb NOT NULL,
    avg_memory_age_hours      double precision,
    retrieval_frequency_trend text,
    forgetting_risk_memories  jsonb,
    computed_at               timestamptz NOT NULL DEFAULT now(),
    expires_at                timestamptz NOT NULL,
    CONSTRAINT uq_memory_health_user_bot UNIQUE (user_id, bot_name)
);
CREATE INDEX idx_memory_health_expires ON strategic_memory_health (expires_at);
COMMENT ON TABLE strategic_memory_health IS
    'How well a bot''s memory of a user is kept, and what it is about to forget';

CREATE TABLE strategic_character_performance (
    id                            uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    bot_name                      text NOT NULL,
    time_window_hours             integer NOT NULL DEFAULT 168,
    engagement_score_avg          double precision,
    satisfaction_score_avg        double precision,
    coherence_score_avg           double precision,
    personality_consistency_index double precision,
    quality_trend                 text,
    recent_anomalies              jsonb,
    computed_at                   timestamptz NOT NULL DEFAULT now(),
    expires_at                    timestamptz NOT NULL,
    CONSTRAINT uq_character_perf_bot_window UNIQUE (bot_name, time_window_hours)
);
CREATE INDEX idx_character_perf_expires ON strategic_character_performance (expires_at);
COMMENT ON TABLE strategic_character_performance IS 'How well a bot has done over a window of hours';

CREATE TABLE strategic_personality_profiles (
    id                      uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    user_id                 text NOT NULL,
    bot_name                text NOT NULL,
    dominant_traits         jsonb,
    user_response_patterns  jsonb,
    adaptation_suggestions  jsonb,
    trait_evolution_history jsonb,
    computed_at             timestamptz NOT NULL DEFAULT now(),
    expires_at              timestamptz NOT NULL,
    CONSTRAINT uq_personality_user_bot UNIQUE (user_id, bot_name)
);
CREATE INDEX idx_personality_expires ON strategic_personality_profiles (expires_at);
COMMENT ON TABLE strategic_personality_profiles IS 'Which of a bot''s traits work with a user, and what to adapt';

CREATE TABLE strategic_conversation_patterns (
    id                          uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    user_id                     text NOT NULL,
    bot_name                    text NOT NULL,
    recent_topics               jsonb,
    avg_topic_duration_minutes  double precision,
    context_switch_frequency    double precision,
    predicted_switch_likelihood double precision,
    topic_transition_graph      jsonb,
    computed_at                 timestamptz NOT NULL DEFAULT now(),
    expires_at                  timestamptz NOT NULL,
    CONSTRAINT uq_conv_patterns_user_bot UNIQUE (user_id, bot_name)
);
CREATE INDEX idx_conv_patterns_expires ON strategic_conversation_patterns (expires_at);
COMMENT ON TABLE strategic_conversation_patterns IS
    'How a user moves between topics with a bot, and the next switch foreseen';

CREATE TABLE strategic_memory_behavior (
    id                      uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    user_id                 text NOT NULL,
    bot_name                text NOT NULL,
    forgetting_curve_params jsonb,
    high_retention_memories jsonb,
    low_retention_memories  jsonb,
    recall_simulation_score double precision,
    computed_at             timestamptz NOT NULL DEFAULT now(),
    expires_at              timestamptz NOT NULL,
    CONSTRAINT uq_memory_behavior_user_bot UNIQUE (user_id, bot_name)
);
CREATE INDEX idx_memory_behavior_expires ON strategic_memory_behavior (expires_at);
COMMENT ON TABLE strategic_memory_behavior IS 'How memories of a user fade and which stay';

CREATE TABLE strategic_engagement_opportunities (
    id                        uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    user_id                   text NOT NULL,
    bot_name                  text NOT NULL,
    optimal_timing_hours      double precision,
    receptivity_score         double precision,
    suggested_topics          jsonb,
    last_engagement_gap_hours double precision,
    proactive_success_rate    double precision,
    computed_at               timestamptz NOT NULL DEFAULT now(),
    expires_at                timestamptz NOT NULL,
    CONSTRAINT uq_engagement_user_bot UNIQUE (user_id, bot_name)
);
CREATE INDEX idx_engagement_expires ON strategic_engagement_opportunities (expires_at);
COMMENT ON TABLE strategic_engagement_opportunities IS 'When and about what a bot may best approach a user';

-- migrate:verify

SELECT num_nulls(
    to_regclass('strategic_memory_health'), to_regclass('strategic_character_performance'),
    to_regclass('strategic_personality_profiles'), to_regclass('strategic_conversation_patterns'),
    to_regclass('strategic_memory_behavior'), to_regclass('strategic_engagement_opportunities')
) = 0;
