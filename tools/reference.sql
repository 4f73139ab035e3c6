-- The catalogs' part of the SQL reference, as Markdown; run by tools/generate-reference.
SET client_min_messages = warning;
LOAD 'whisper_migrate';
SET search_path = pg_catalog;

CREATE TEMP VIEW interface AS
SELECT p.*, obj_description(p.oid, 'pg_proc') AS comment,
       CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END AS kind
FROM pg_extension e
JOIN pg_depend d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
                AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
JOIN pg_proc p ON p.oid = d.objid AND p.pronamespace = e.extnamespace
WHERE e.extname = 'whisper_migrate';

DO $$
DECLARE missing text := (SELECT string_agg(oid::regprocedure::text, ', ' ORDER BY proname) FROM pg_temp.interface
                         WHERE comment IS NULL);
BEGIN
    IF NOT EXISTS (SELECT FROM pg_temp.interface) THEN
        RAISE EXCEPTION 'extension "whisper_migrate" is not in database "%"', current_database();
    END IF;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'functions without a comment: %', missing;
    END IF;
END $$;

CREATE FUNCTION pg_temp.cell(text) RETURNS text LANGUAGE sql
    RETURN replace(replace($1, '|', '\|'), E'\n', ' ');

-- One row per argument or result column, in order; "nth" counts the input arguments, as pg_get_function_arg_default does.
CREATE TEMP VIEW parameter AS
SELECT i.oid, a.position, a.name, format_type(a.type, NULL) AS type, a.mode IN ('i', 'b', 'v') AS is_input,
       pg_get_function_arg_default(i.oid, (count(*) FILTER (WHERE a.mode IN ('i', 'b', 'v'))
                                           OVER (PARTITION BY i.oid ORDER BY a.position))::int) AS default_value
FROM pg_temp.interface i,
     unnest(coalesce(i.proallargtypes, i.proargtypes::oid[]), i.proargnames, i.proargmodes) WITH ORDINALITY
         AS u (type, name, given_mode, position),
     LATERAL (SELECT u.type, coalesce(u.name, '$' || u.position) AS name, coalesce(u.given_mode, 'i') AS mode, u.position) a;

SELECT '- [`' || proname || '`](#' || proname || ')'
FROM (SELECT DISTINCT proname FROM pg_temp.interface) n ORDER BY proname COLLATE "C";

SELECT concat_ws(E'\n',
    CASE WHEN row_number() OVER (PARTITION BY proname ORDER BY pg_get_function_identity_arguments(oid)) = 1
         THEN E'\n## ' || proname || E'\n' ELSE '' END,
    '```sql',
    CASE kind WHEN 'procedure' THEN 'CALL ' ELSE '' END || proname || '(' || pg_get_function_arguments_only || ')'
        || CASE WHEN kind = 'procedure' THEN '' WHEN EXISTS (SELECT FROM pg_temp.parameter q WHERE q.oid = i.oid AND NOT is_input)
                THEN CASE WHEN proretset THEN ' → table' ELSE ' → record' END
                ELSE ' → ' || CASE WHEN proretset THEN 'setof ' ELSE '' END || format_type(prorettype, NULL) END,
    '```',
    '',
    comment,
    (SELECT E'\n| argument | type | default |\n|---|---|---|\n'
            || string_agg(format('| `%s` | %s | %s |', name, type, coalesce('`' || pg_temp.cell(default_value) || '`', 'required')),
                          E'\n' ORDER BY position)
     FROM pg_temp.parameter q WHERE q.oid = i.oid AND is_input),
    (SELECT E'\n| result column | type |\n|---|---|\n'
            || string_agg(format('| `%s` | %s |', name, type), E'\n' ORDER BY position)
     FROM pg_temp.parameter q WHERE q.oid = i.oid AND NOT is_input),
    CASE WHEN kind = 'aggregate' THEN NULL ELSE
        E'\n' || CASE WHEN kind = 'procedure' THEN 'Procedure'
                      WHEN provolatile = 'i' THEN 'Immutable' WHEN provolatile = 's' THEN 'Stable' ELSE 'Volatile' END
        || CASE WHEN has_function_privilege('public', oid, 'EXECUTE') THEN '; executable by everyone.'
                ELSE '; executable only by those who are granted it.' END END)
FROM pg_temp.interface i,
     LATERAL (SELECT coalesce(string_agg(name || ' ' || type || coalesce(' DEFAULT ' || default_value, ''), ', '
                                         ORDER BY position), '') AS pg_get_function_arguments_only
              FROM pg_temp.parameter q WHERE q.oid = i.oid AND is_input) s
ORDER BY proname COLLATE "C", pg_get_function_identity_arguments(oid);

SELECT concat_ws(E'\n', E'\n## Settings\n', '| setting | type | default | who may set it | |', '|---|---|---|---|---|',
    string_agg(format('| `%s` | %s | `%s` | %s | %s |', name, vartype, coalesce(nullif(boot_val, ''), ''''''),
               CASE context WHEN 'user' THEN 'everyone' WHEN 'superuser' THEN 'superusers' ELSE context END,
               pg_temp.cell(concat_ws('. ', rtrim(short_desc, '.'), extra_desc))), E'\n' ORDER BY name COLLATE "C"))
FROM pg_settings WHERE name LIKE 'whisper\_migrate.%' HAVING count(*) > 0;
