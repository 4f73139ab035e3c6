-- message: settings, measurements and bookkeeping of the whole system
-- depends_on: core_complete

-- migrate:up

CREATE TABLE system_settings (
    key         text PRIMARY KEY,
    value       text NOT NULL,
    description text,
    updated_at  timestamp DEFAULT CURRENT_TIMESTAMP
);
COMMENT ON TABLE system_settings IS 'Settings of the whole system, by key';

CREATE TABLE performance_metrics (
    id           serial PRIMARY KEY,
    metric_name  text NOT NULL,
    metric_value real NOT NULL,
    timestamp    timestamp DEFAULT CURRENT_TIMESTAMP,
    tags         text DEFAULT '{}'
);
COMMENT ON TABLE performance_metrics IS 'Measurements of the system over time';

CREATE TABLE schema_versions (
    id          serial PRIMARY KEY,
    version     varchar(50) NOT NULL,
    description text,
    applied_at  timestamp DEFAULT CURRENT_TIMESTAMP
);
COMMENT ON TABLE schema_versions IS
    'Versions that earlier deployments noted by hand; the migration history proper is kept elsewhere';

CREATE TABLE enrichment_processing_log (
    user_id         varchar(255),
    bot_name        varchar(100),
    point_id        varchar(255),
    processing_type varchar(50),
    processed_at    timestamp NOT NULL DEFAULT now(),
    feedback_type   varchar(50),
    confidence      double precision,
    CONSTRAINT pk_enrichment_processing_log PRIMARY KEY (user_id, bot_name, point_id, processing_type)
);
CREATE INDEX idx_enrichment_log_lookup ON enrichment_processing_log (user_id, bot_name, processing_type);
CREATE INDEX idx_enrichment_log_processed_at ON enrichment_processing_log (processed_at);
COMMENT ON TABLE enrichment_processing_log IS
    'Records that the enrichment worker has been through, so that it takes none twice';

CREATE TABLE generic_keyword_templates (
    id             serial PRIMARY KEY,
    category       varchar(50) NOT NULL,
    template_name  varchar(100) NOT NULL,
    keywords       varchar[] NOT NULL,
    description    text,
    priority_order integer NOT NULL,
    is_active      boolean NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX idx_generic_keyword_templates_active ON generic_keyword_templates (is_active);
CREATE INDEX idx_generic_keyword_templates_category ON generic_keyword_templates (category);
COMMENT ON TABLE generic_keyword_templates IS 'Keyword lists that hold for every character';

-- migrate:verify

SELECT num_nulls(
    to_regclass('system_settings'), to_regclass('performance_metrics'), to_regclass('schema_versions'),
    to_regclass('enrichment_processing_log'), to_regclass('generic_keyword_templates')
) = 0;
SELECT EXISTS (
    SELECT FROM pg_catalog.pg_constraint
    WHERE conrelid = to_regclass('enrichment_processing_log') AND contype = 'p' AND cardinality(conkey) = 4);
