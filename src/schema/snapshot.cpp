#include "schema/snapshot.hpp"

#include "pg/normal_tree.hpp"

namespace whisper::schema {
namespace {

// Columns: classid, objid, objsubid, relation, key; the definition as it is shown; the same without expressions, where
// it has some; their trees, and what these are. Of objects the body, too. What is temporary leaves nothing in the
// database.
constexpr const char *relation_items = R"sql(
    WITH r AS MATERIALIZED (
            SELECT c.oid, c.relkind, c.relpersistence, c.relrowsecurity, c.relforcerowsecurity,
                    CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) END AS bound, i.identity
                FROM pg_class AS c, LATERAL pg_identify_object('pg_class'::regclass, c.oid, 0) AS i
                WHERE c.oid = ANY ($1) AND c.relpersistence <> 't'),
        t AS MATERIALIZED (SELECT * FROM r WHERE relkind IN ('r', 'p', 'f')),
        a AS (
            SELECT t.oid AS relation, t.identity, a.attnum, a.attname, a.attgenerated, d.adbin, d.adrelid,
                    format_type(a.atttypid, a.atttypmod)
                        || coalesce((SELECT ' collate ' || i.identity
                            FROM pg_type AS y, pg_identify_object('pg_collation'::regclass, a.attcollation, 0) AS i
                            WHERE y.oid = a.atttypid AND a.attcollation NOT IN (0, y.typcollation)), '')
                        || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
                        || CASE WHEN a.attidentity <> '' THEN ' identity ' || a.attidentity::text ELSE '' END AS plain
                FROM t
                    JOIN pg_attribute AS a ON a.attrelid = t.oid
                    LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
                WHERE a.attnum > 0 AND NOT a.attisdropped)
    SELECT 1259::oid, oid, 0, oid, 'table ' || identity,
            CASE relkind
                WHEN 'r' THEN 'table'
                WHEN 'p' THEN 'partitioned table by ' || pg_get_partkeydef(oid)
                ELSE 'foreign table'
            END
                || CASE relpersistence WHEN 'u' THEN ', unlogged' ELSE '' END
                || coalesce((SELECT CASE WHEN bound IS NULL THEN ', inherits ' ELSE ', partition of ' END
                        || string_agg(p.identity, ', ' ORDER BY h.inhseqno)
                    FROM pg_inherits AS h, pg_identify_object('pg_class'::regclass, h.inhparent, 0) AS p
                    WHERE h.inhrelid = t.oid), '')
                || coalesce(' ' || bound, '')
                || CASE WHEN relrowsecurity THEN ', row level security' ELSE '' END
                || CASE WHEN relforcerowsecurity THEN ', forced' ELSE '' END,
            NULL, NULL::text[], ''
        FROM t
    UNION ALL
    SELECT 1259::oid, relation, attnum::int4, relation, 'column ' || identity || '.' || quote_ident(attname),
            plain || coalesce(CASE attgenerated
                WHEN '' THEN ' default ' || pg_get_expr(adbin, adrelid)
                ELSE ' generated always as (' || pg_get_expr(adbin, adrelid)
                    || CASE attgenerated WHEN 's' THEN ') stored' ELSE ') virtual' END
            END, ''),
            plain || CASE attgenerated WHEN '' THEN ' default' WHEN 's' THEN ' stored' ELSE ' virtual' END,
            ARRAY[adbin::text], 'expression'
        FROM a
    UNION ALL
    SELECT 2606::oid, c.oid, 0, t.oid, 'constraint ' || quote_ident(c.conname) || ' on ' || t.identity,
            pg_get_constraintdef(c.oid),
            CASE
                WHEN c.contype = 'c' THEN 'CHECK' || CASE WHEN c.connoinherit THEN ' NO INHERIT' ELSE '' END
                    || CASE WHEN c.convalidated THEN '' ELSE ' NOT VALID' END
                    || coalesce(' enforced ' || (to_jsonb(c)->>'conenforced'), '')
                WHEN x.indexprs IS NOT NULL OR x.indpred IS NOT NULL THEN
                    concat_ws(' ', 'EXCLUDE', c.condeferrable, c.condeferred, x.indpred IS NULL, (
                        SELECT string_agg(concat_ws(' ', quote_ident(b.attname), o.identity, l.identity), ', '
                                    ORDER BY u.place)
                            FROM unnest(x.indkey::int2[], c.conexclop, x.indclass::oid[])
                                        WITH ORDINALITY AS u (number, operator, class, place)
                                LEFT JOIN pg_attribute AS b ON b.attrelid = x.indrelid AND b.attnum = u.number,
                                LATERAL pg_identify_object('pg_operator'::regclass, u.operator, 0) AS o,
                                LATERAL pg_identify_object('pg_opclass'::regclass, u.class, 0) AS l))
            END,
            ARRAY[c.conbin::text, x.indexprs::text, x.indpred::text], 'expression'
        FROM t
            JOIN pg_constraint AS c ON c.conrelid = t.oid
            LEFT JOIN pg_index AS x ON x.indexrelid = c.conindid AND c.contype = 'x'
        WHERE c.contype IN ('p', 'u', 'f', 'c', 'x') AND c.conparentid = 0
    UNION ALL
    SELECT 1259::oid, x.indexrelid, 0, t.oid, 'index ' || i.identity,
            pg_get_indexdef(x.indexrelid) || CASE WHEN x.indisvalid THEN '' ELSE ' (invalid)' END,
            CASE WHEN x.indexprs IS NOT NULL OR x.indpred IS NOT NULL THEN
                CASE WHEN x.indisunique THEN 'unique ' ELSE '' END
                    || CASE WHEN to_jsonb(x)->>'indnullsnotdistinct' = 'true' THEN 'nulls not distinct ' ELSE '' END
                    || m.amname || ' (' || (
                        SELECT string_agg(concat_ws(' ', CASE k.number WHEN 0 THEN '()' ELSE quote_ident(b.attname) END,
                                    (SELECT (pg_identify_object('pg_opclass'::regclass, x.indclass[k.position], 0)).identity
                                        WHERE k.position < x.indnkeyatts),
                                    (SELECT (pg_identify_object('pg_collation'::regclass, x.indcollation[k.position],
                                        0)).identity WHERE x.indcollation[k.position] <> 0),
                                    x.indoption[k.position]::text, e.attoptions::text), ', ' ORDER BY k.position)
                            FROM (SELECT u.number, u.place::int4 - 1 AS position
                                    FROM unnest(x.indkey::int2[]) WITH ORDINALITY AS u (number, place)) AS k
                                LEFT JOIN pg_attribute AS b ON b.attrelid = x.indrelid AND b.attnum = k.number
                                LEFT JOIN pg_attribute AS e ON e.attrelid = x.indexrelid AND e.attnum = k.position + 1)
                    || ') key ' || x.indnkeyatts || coalesce(' with ' || n.reloptions::text, '')
                    || CASE WHEN x.indpred IS NULL THEN '' ELSE ' where' END
                    || CASE WHEN x.indisvalid THEN '' ELSE ' (invalid)' END
            END,
            ARRAY[x.indexprs::text, x.indpred::text], 'expression'
        FROM t
            JOIN pg_index AS x ON x.indrelid = t.oid
            JOIN pg_class AS n ON n.oid = x.indexrelid
            JOIN pg_am AS m ON m.oid = n.relam,
            LATERAL pg_identify_object('pg_class'::regclass, x.indexrelid, 0) AS i
        WHERE NOT EXISTS (SELECT FROM pg_constraint AS c
            WHERE c.conindid = x.indexrelid AND c.contype IN ('p', 'u', 'x'))
    UNION ALL
    SELECT 2620::oid, g.oid, 0, t.oid, 'trigger ' || quote_ident(g.tgname) || ' on ' || t.identity,
            pg_get_triggerdef(g.oid) || CASE WHEN g.tgenabled = 'D' THEN ' (disabled)' ELSE '' END,
            CASE WHEN g.tgqual IS NOT NULL THEN
                concat_ws(' ', g.tgtype, g.tgenabled, (pg_identify_object('pg_proc'::regclass, g.tgfoid, 0)).identity,
                    encode(g.tgargs, 'hex'), g.tgdeferrable, g.tginitdeferred, g.tgoldtable, g.tgnewtable,
                    (SELECT string_agg(quote_ident(b.attname), ', ' ORDER BY b.attname) FROM pg_attribute AS b
                        WHERE b.attrelid = g.tgrelid AND b.attnum = ANY (g.tgattr::int2[])))
            END,
            ARRAY[g.tgqual::text], 'condition'
        FROM t
            JOIN pg_trigger AS g ON g.tgrelid = t.oid
        WHERE NOT g.tgisinternal
    UNION ALL
    SELECT 3256::oid, p.oid, 0, t.oid, 'policy ' || quote_ident(p.polname) || ' on ' || t.identity,
            p.polcmd::text || ' ' || p.polpermissive::text || ' ' || coalesce(pg_get_expr(p.polqual, p.polrelid), '')
                || ' ' || coalesce(pg_get_expr(p.polwithcheck, p.polrelid), ''),
            p.polcmd::text || ' ' || p.polpermissive::text || CASE WHEN p.polqual IS NULL THEN '' ELSE ' using' END
                || CASE WHEN p.polwithcheck IS NULL THEN '' ELSE ' check' END,
            ARRAY[p.polqual::text, p.polwithcheck::text], 'expression'
        FROM t
            JOIN pg_policy AS p ON p.polrelid = t.oid
    UNION ALL
    SELECT 1259::oid, r.oid, 0, r.oid, CASE r.relkind WHEN 'v' THEN 'view ' ELSE 'materialized view ' END || r.identity,
            pg_get_viewdef(r.oid), '', ARRAY[w.ev_action::text], 'query'
        FROM r
            JOIN pg_rewrite AS w ON w.ev_class = r.oid AND w.rulename = '_RETURN'
        WHERE r.relkind IN ('v', 'm')
    UNION ALL
    SELECT 1259::oid, r.oid, 0, r.oid, 'sequence ' || r.identity,
            format_type(s.seqtypid, NULL) || ' increment ' || s.seqincrement
                || CASE WHEN s.seqcycle THEN ' cycle' ELSE '' END,
            NULL, NULL, ''
        FROM r
            JOIN pg_sequence AS s ON s.seqrelid = r.oid
)sql";

constexpr const char *object_items = R"sql(
    SELECT o.classid, o.objid, 0, 0::oid, i.type || ' ' || i.identity,
            CASE o.classid
                WHEN 'pg_proc'::regclass THEN (
                    SELECT coalesce(pg_get_function_result(p.oid), 'procedure')
                            || CASE WHEN p.prosecdef THEN ' security definer' ELSE '' END
                        FROM pg_proc AS p
                        WHERE p.oid = o.objid)
                WHEN 'pg_type'::regclass THEN coalesce(
                    (SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
                        FROM pg_enum AS e
                        WHERE e.enumtypid = o.objid),
                    (SELECT string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod), ', '
                                ORDER BY a.attnum)
                        FROM pg_type AS y
                            JOIN pg_attribute AS a ON a.attrelid = y.typrelid AND a.attnum > 0 AND NOT a.attisdropped
                        WHERE y.oid = o.objid),
                    d.base || coalesce((SELECT string_agg(pg_get_constraintdef(c.oid), ' ' ORDER BY c.conname)
                        FROM pg_constraint AS c
                        WHERE c.contypid = o.objid), ''),
                    '')
                ELSE ''
            END,
            d.base || coalesce((SELECT string_agg(c.contype::text || c.convalidated::text, ' ' ORDER BY c.conname)
                FROM pg_constraint AS c
                WHERE c.contypid = o.objid), ''),
            ARRAY(SELECT c.conbin::text FROM pg_constraint AS c WHERE c.contypid = o.objid ORDER BY c.conname),
            'expression',
            CASE WHEN o.classid = 'pg_proc'::regclass THEN (
                SELECT regexp_replace(btrim(coalesce(pg_get_function_sqlbody(p.oid), p.prosrc), E' \t\r\n'), '\s+', ' ',
                            'g')
                    FROM pg_proc AS p
                    WHERE p.oid = o.objid)
            END
        FROM ROWS FROM (unnest($1), unnest($2)) AS o (classid, objid)
            LEFT JOIN LATERAL (SELECT format_type(y.typbasetype, y.typtypmod) AS base
                FROM pg_type AS y
                WHERE o.classid = 'pg_type'::regclass AND y.oid = o.objid AND y.typtype = 'd') AS d ON true,
            LATERAL pg_identify_object(o.classid, o.objid, 0) AS i
        WHERE i.identity IS NOT NULL AND i.identity !~ '^pg_(toast_)?temp(_[0-9]+)?([.]|$)'
)sql";

constexpr const char *relation_comments =
    R"sql(
        SELECT d.tableoid, d.objoid, d.objsubid, c.oid, 'comment on ' || CASE WHEN d.objsubid = 0 THEN
         CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table'
          WHEN 'S' THEN 'sequence' ELSE 'table' END || ' ' || i.identity
         ELSE 'column ' || i.identity || '.' || quote_ident(a.attname) END, quote_literal(d.description), NULL::text
        FROM pg_class c JOIN pg_description d ON d.classoid = 'pg_class'::regclass AND d.objoid = c.oid
        LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid AND d.objsubid <> 0,
        LATERAL pg_identify_object('pg_class'::regclass, c.oid, 0) i
        WHERE c.oid = ANY ($1) AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S') AND c.relpersistence <> 't'
        ORDER BY d.objoid, d.objsubid)sql";

// What the definition means, whatever way it is shown.
std::string value_of(const pg::rows &rows, std::size_t row) {
    if (rows.is_null(row, 6)) return rows.text(row, 5);
    std::string value = rows.text(row, 6);
    Oid const relation = rows.oid(row, 3);
    std::string const kind = rows.text(row, 8);
    for (const std::string &tree : rows.texts(row, 7))
        value += " " + (kind == "query"       ? pg::normal_query(tree, relation)
                        : kind == "condition" ? pg::normal_condition(tree, relation)
                                              : pg::normal_expression(tree, relation));
    return value;
}

catalog_items take(const pg::rows &rows) {
    catalog_items items;
    items.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i)
        items.push_back({rows.oid(i, 0), rows.oid(i, 1), rows.int4(i, 2), rows.oid(i, 3), rows.text(i, 4),
                         value_of(rows, i), rows.text(i, 5), rows.columns() > 9 ? rows.text(i, 9) : std::string()});
    return items;
}

}   // namespace

catalog_items items_of_relations(pg::spi_session &session, std::span<const Oid> relations) {
    if (relations.empty()) return {};
    return take(session.query_catalog(relation_items, {pg::to_value(relations)}));
}

catalog_items items_of_objects(pg::spi_session &session, std::span<const Oid> classes, std::span<const Oid> objects) {
    if (objects.empty()) return {};
    return take(session.query_catalog(object_items, {pg::to_value(classes), pg::to_value(objects)}));
}

catalog_items comments_of_relations(pg::spi_session &session, std::span<const Oid> relations) {
    if (relations.empty()) return {};
    catalog_items items = take(session.query_catalog(relation_comments, {pg::to_value(relations)}));
    for (catalog_item &i : items) i.value.clear();
    return items;
}

}   // namespace whisper::schema
