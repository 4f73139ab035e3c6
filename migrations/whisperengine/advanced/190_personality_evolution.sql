-- message: how personalities change over time
-- depends_on: core_complete, 180_personality_optimization

-- migrate:up

CREATE TABLE personality_evolution_timeline (
    id               serial PRIMARY KEY,
    character_name   varchar(50) NOT NULL,
    parameter_path   varchar(200) NOT NULL,
    old_value        text,
    new_value        text NOT NULL,
    change_magnitude numeric(5, 3),
    optimization_id  varchar(100) REFERENCES personality_optimization_attempts (optimization_id) ON DELETE SET NULL,
    change_timestamp timestamptz DEFAULT CURRENT_TIMESTAMP,
    change_reason    text
);
CREATE INDEX idx_personality_evolution_character ON personality_evolution_timeline (character_name);
CREATE INDEX idx_personality_evolution_magnitude ON personality_evolution_timeline (change_magnitude);
CREATE INDEX idx_personality_evolution_parameter ON personality_evolution_timeline (parameter_path);
CREATE INDEX idx_personality_evolution_timestamp ON personality_evolution_timeline (change_timestamp);
COMMENT ON TABLE personality_evolution_timeline IS
    'Every change of a personality parameter, by an optimization or by hand';

CREATE OR REPLACE FUNCTION track_personality_parameter_changes() RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
    new_row   jsonb := to_jsonb(NEW);
    old_row   jsonb := CASE TG_OP WHEN 'UPDATE' THEN to_jsonb(OLD) ELSE '{}' END;
    owner     text := new_row ->> 'character_name';
    parameter text := COALESCE(new_row ->> 'trait_name', new_row ->> 'value_key', new_row ->> 'id');
    change    record;
BEGIN
    -- The tables are those beside the tracked one, whatever the search_path of the session is.
    IF owner IS NULL THEN
        EXECUTE format('SELECT normalized_name FROM %I.characters WHERE id = $1', TG_TABLE_SCHEMA)
            INTO owner USING (new_row ->> 'character_id')::integer;
    END IF;

    FOR change IN
        SELECT field.name, old_row -> field.name AS old_value, field.value AS new_value
        FROM jsonb_each(new_row) AS field (name, value)
        -- A row of no character has no place in the timeline.
        WHERE owner IS NOT NULL
            AND field.value <> COALESCE(old_row -> field.name, 'null')
            AND CASE WHEN TG_NARGS > 0 THEN field.name = ANY (TG_ARGV)
                ELSE field.name NOT IN ('id', 'character_id', 'character_name', 'trait_name', 'value_key')
                    AND field.name !~ '_(at|date)$' END
    LOOP
        EXECUTE format(
            'INSERT INTO %I.personality_evolution_timeline (character_name, parameter_path, old_value, new_value,'
            ' change_magnitude, optimization_id, change_reason) VALUES ($1, $2, $3, $4, $5, $6, $7)', TG_TABLE_SCHEMA)
        USING left(owner, 50),
            left(concat_ws('.', TG_TABLE_NAME, parameter, change.name), 200),
            change.old_value #>> '{}',
            COALESCE(change.new_value #>> '{}', 'null'),
            CASE WHEN jsonb_typeof(change.old_value) = 'number' AND jsonb_typeof(change.new_value) = 'number' THEN
                -- The column holds five digits: a larger leap is recorded as the largest that fits.
                least(greatest(change.new_value::numeric - change.old_value::numeric, -99.999), 99.999)
            END,
            nullif(current_setting('whisperengine.optimization_id', true), ''),
            nullif(current_setting('whisperengine.change_reason', true), '');
    END LOOP;
    RETURN COALESCE(NEW, OLD);
END;
$$;
COMMENT ON FUNCTION track_personality_parameter_changes() IS
    'Row trigger for tables of personality values: notes each changed value in personality_evolution_timeline. '
    'Its arguments name the columns to track (none: all but keys and times); the settings '
    'whisperengine.optimization_id and whisperengine.change_reason say on whose behalf';

CREATE OR REPLACE VIEW personality_parameter_change_history AS
SELECT change.id,
    change.character_name,
    change.parameter_path,
    change.old_value,
    change.new_value,
    change.change_magnitude,
    change.change_reason,
    change.change_timestamp,
    change.optimization_id,
    attempt.optimization_approach,
    attempt.expected_improvement,
    result.success,
    result.actual_improvement,
    result.rollback_applied
FROM personality_evolution_timeline AS change
    LEFT JOIN personality_optimization_attempts AS attempt ON attempt.optimization_id = change.optimization_id
    LEFT JOIN personality_optimization_results AS result ON result.optimization_id = change.optimization_id;
COMMENT ON VIEW personality_parameter_change_history IS
    'What changed in a personality, why, by which approach and with what success';

CREATE OR REPLACE VIEW recent_personality_changes AS
SELECT history.*,
    CASE WHEN history.optimization_id IS NULL THEN 'manual' ELSE 'automated' END AS change_type
FROM personality_parameter_change_history AS history
WHERE history.change_timestamp >= now() - interval '30 days';
COMMENT ON VIEW recent_personality_changes IS
    'Personality changes of the last 30 days: automated ones (by an optimization) and manual ones';

-- migrate:verify

SELECT num_nulls(to_regclass('personality_evolution_timeline')) = 0;
SELECT to_regproc('track_personality_parameter_changes') IS NOT NULL
    AND to_regclass('personality_parameter_change_history') IS NOT NULL
    AND to_regclass('recent_personality_changes') IS NOT NULL;
