-- message: how a character's container is deployed
-- depends_on: core_complete

-- migrate:up

CREATE TABLE character_deployment_config (
    id                    serial PRIMARY KEY,
    character_id          integer NOT NULL REFERENCES characters (id) ON DELETE CASCADE,
    container_port        integer,
    health_check_port     integer,
    memory_limit          varchar(20) DEFAULT '512m',
    cpu_limit             varchar(20) DEFAULT '0.5',
    restart_policy        varchar(50) DEFAULT 'unless-stopped',
    environment_variables json,
    volume_mounts         json,
    network_mode          varchar(50) DEFAULT 'whisperengine-multi_default',
    deployment_status     varchar(50) DEFAULT 'stopped',
    auto_deploy           boolean DEFAULT false,
    last_deployed_at      timestamptz,
    is_active             boolean DEFAULT true,
    created_at            timestamptz DEFAULT CURRENT_TIMESTAMP,
    updated_at            timestamptz DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT uq_character_deployment_config_active UNIQUE (character_id, is_active)
);
CREATE INDEX idx_character_deployment_config_active ON character_deployment_config (is_active);
CREATE INDEX idx_character_deployment_config_character_id ON character_deployment_config (character_id);
CREATE INDEX idx_character_deployment_config_status ON character_deployment_config (deployment_status);
COMMENT ON TABLE character_deployment_config IS
    'Ports, limits and environment of a character''s container, one active and one inactive set';

-- migrate:verify

SELECT num_nulls(to_regclass('character_deployment_config')) = 0;
