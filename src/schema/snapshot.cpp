#include "schema/snapshot.hpp"

#include "schema/normalize.hpp"

namespace whisper::schema {
namespace {

// Columns: classid, objid, objsubid, relation, key, definition; of objects the body, too. What is temporary leaves
// nothing in the database.
constexpr const char *relation_items =
    "WITH r AS MATERIALIZED (SELECT c.oid, c.relkind, c.relpersistence, c.relrowsecurity, c.relforcerowsecurity,"
    "  CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) END AS bound, i.identity"
    "  FROM pg_catalog.pg_class c,"
    "  LATERAL pg_catalog.pg_identify_object('pg_catalog.pg_class'::pg_catalog.regclass, c.oid, 0) i"
    "  WHERE c.oid = ANY ($1) AND c.relpersistence <> 't'),"
    " t AS MATERIALIZED (SELECT * FROM r WHERE relkind IN ('r', 'p', 'f'))"
    " SELECT 1259::oid, oid, 0, oid, 'table ' || identity,"
    "  CASE relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table by ' || pg_get_partkeydef(oid)"
    "   ELSE 'foreign table' END || CASE relpersistence WHEN 'u' THEN ', unlogged' ELSE '' END ||"
    "  coalesce((SELECT CASE WHEN bound IS NULL THEN ', inherits ' ELSE ', partition of ' END ||"
    "    string_agg(p.identity, ', ' ORDER BY h.inhseqno) FROM pg_inherits h,"
    "    pg_identify_object('pg_class'::regclass, h.inhparent, 0) p WHERE h.inhrelid = t.oid), '') ||"
    "  coalesce(' ' || bound, '') || CASE WHEN relrowsecurity THEN ', row level security' ELSE '' END ||"
    "  CASE WHEN relforcerowsecurity THEN ', forced' ELSE '' END FROM t"
    " UNION ALL SELECT 1259::oid, t.oid, a.attnum::int4, t.oid,"
    "  'column ' || t.identity || '.' || quote_ident(a.attname),"
    "  format_type(a.atttypid, a.atttypmod) || coalesce((SELECT ' collate ' || i.identity FROM pg_type y,"
    "    pg_identify_object('pg_collation'::regclass, a.attcollation, 0) i WHERE y.oid = a.atttypid"
    "    AND a.attcollation NOT IN (0, y.typcollation)), '') ||"
    "  CASE WHEN a.attnotnull THEN ' not null' ELSE '' END ||"
    "  CASE WHEN a.attidentity <> '' THEN ' identity ' || a.attidentity::text ELSE '' END ||"
    "  coalesce(CASE a.attgenerated WHEN '' THEN ' default ' || pg_get_expr(d.adbin, d.adrelid)"
    "   ELSE ' generated always as (' || pg_get_expr(d.adbin, d.adrelid) ||"
    "    CASE a.attgenerated WHEN 's' THEN ') stored' ELSE ') virtual' END END, '')"
    "  FROM t JOIN pg_attribute a ON a.attrelid = t.oid LEFT JOIN pg_attrdef d"
    "   ON d.adrelid = a.attrelid AND d.adnum = a.attnum WHERE a.attnum > 0 AND NOT a.attisdropped"
    " UNION ALL SELECT 2606::oid, c.oid, 0, t.oid, 'constraint ' || quote_ident(c.conname) || ' on ' || t.identity,"
    "  pg_get_constraintdef(c.oid) FROM t JOIN pg_constraint c ON c.conrelid = t.oid"
    "  WHERE c.contype IN ('p', 'u', 'f', 'c', 'x') AND c.conparentid = 0"
    " UNION ALL SELECT 1259::oid, x.indexrelid, 0, t.oid, 'index ' || i.identity,"
    "  pg_get_indexdef(x.indexrelid) || CASE WHEN x.indisvalid THEN '' ELSE ' (invalid)' END"
    "  FROM t JOIN pg_index x ON x.indrelid = t.oid,"
    "  LATERAL pg_identify_object('pg_class'::regclass, x.indexrelid, 0) i"
    "  WHERE NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = x.indexrelid AND c.contype IN ('p', 'u', 'x'))"
    " UNION ALL SELECT 2620::oid, g.oid, 0, t.oid, 'trigger ' || quote_ident(g.tgname) || ' on ' || t.identity,"
    "  pg_get_triggerdef(g.oid) || CASE WHEN g.tgenabled = 'D' THEN ' (disabled)' ELSE '' END"
    "  FROM t JOIN pg_trigger g ON g.tgrelid = t.oid WHERE NOT g.tgisinternal"
    " UNION ALL SELECT 3256::oid, p.oid, 0, t.oid, 'policy ' || quote_ident(p.polname) || ' on ' || t.identity,"
    "  p.polcmd::text || ' ' || p.polpermissive::text || ' ' || coalesce(pg_get_expr(p.polqual, p.polrelid), '') ||"
    "  ' ' || coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '') FROM t JOIN pg_policy p ON p.polrelid = t.oid"
    " UNION ALL SELECT 1259::oid, oid, 0, oid, CASE relkind WHEN 'v' THEN 'view ' ELSE 'materialized view ' END ||"
    "  identity, pg_get_viewdef(oid) FROM r WHERE relkind IN ('v', 'm')"
    " UNION ALL SELECT 1259::oid, r.oid, 0, r.oid, 'sequence ' || r.identity,"
    "  format_type(s.seqtypid, NULL) || ' increment ' || s.seqincrement ||"
    "  CASE WHEN s.seqcycle THEN ' cycle' ELSE '' END"
    "  FROM r JOIN pg_sequence s ON s.seqrelid = r.oid";

constexpr const char *object_items =
    "SELECT o.classid, o.objid, 0, 0::oid, i.type || ' ' || i.identity,"
    " CASE WHEN o.classid = 'pg_proc'::regclass THEN (SELECT coalesce(pg_get_function_result(p.oid), 'procedure') ||"
    "   CASE WHEN p.prosecdef THEN ' security definer' ELSE '' END FROM pg_proc p WHERE p.oid = o.objid)"
    "  WHEN o.classid = 'pg_type'::regclass THEN coalesce("
    "   (SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid "
    "= o.objid),"
    "   (SELECT string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod), ', ' ORDER BY "
    "a.attnum)"
    "    FROM pg_type y JOIN pg_attribute a ON a.attrelid = y.typrelid AND a.attnum > 0 AND NOT a.attisdropped"
    "    WHERE y.oid = o.objid),"
    "   (SELECT format_type(y.typbasetype, y.typtypmod) || coalesce((SELECT string_agg(pg_get_constraintdef(c.oid), ' '"
    "    ORDER BY c.conname) FROM pg_constraint c WHERE c.contypid = y.oid), '') FROM pg_type y"
    "    WHERE y.oid = o.objid AND y.typtype = 'd'), '')"
    "  ELSE '' END,"
    " CASE WHEN o.classid = 'pg_proc'::regclass THEN (SELECT "
    "regexp_replace(btrim(coalesce(pg_get_function_sqlbody(p.oid),"
    "   p.prosrc), E' \\t\\r\\n'), '\\s+', ' ', 'g') FROM pg_proc p WHERE p.oid = o.objid) END"
    " FROM ROWS FROM (unnest($1), unnest($2)) AS o (classid, objid),"
    " LATERAL pg_identify_object(o.classid, o.objid, 0) i WHERE i.identity IS NOT NULL"
    " AND i.identity !~ '^pg_(toast_)?temp(_[0-9]+)?([.]|$)'";

constexpr const char *relation_comments =
    "SELECT d.tableoid, d.objoid, d.objsubid, c.oid, 'comment on ' || CASE WHEN d.objsubid = 0 THEN"
    "  CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table'"
    "   WHEN 'S' THEN 'sequence' ELSE 'table' END || ' ' || i.identity"
    "  ELSE 'column ' || i.identity || '.' || quote_ident(a.attname) END, quote_literal(d.description)"
    " FROM pg_class c JOIN pg_description d ON d.classoid = 'pg_class'::regclass AND d.objoid = c.oid"
    " LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid AND d.objsubid <> 0,"
    " LATERAL pg_identify_object('pg_class'::regclass, c.oid, 0) i"
    " WHERE c.oid = ANY ($1) AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S') AND c.relpersistence <> 't'"
    " ORDER BY d.objoid, d.objsubid";

catalog_items take(const pg::rows &rows) {
    catalog_items items;
    items.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        std::string shown = rows.text(i, 5);
        std::string value = normalized(shown);
        items.push_back({rows.oid(i, 0), rows.oid(i, 1), rows.int4(i, 2), rows.oid(i, 3), rows.text(i, 4),
                         std::move(value), std::move(shown), rows.columns() > 6 ? rows.text(i, 6) : std::string()});
    }
    return items;
}

}   // namespace

catalog_items items_of_relations(pg::spi_session &session, std::span<const Oid> relations) {
    if (relations.empty()) return {};
    return take(session.query(relation_items, {pg::to_value(relations)}));
}

catalog_items items_of_objects(pg::spi_session &session, std::span<const Oid> classes, std::span<const Oid> objects) {
    if (objects.empty()) return {};
    return take(session.query(object_items, {pg::to_value(classes), pg::to_value(objects)}));
}

catalog_items comments_of_relations(pg::spi_session &session, std::span<const Oid> relations) {
    if (relations.empty()) return {};
    catalog_items items = take(session.query(relation_comments, {pg::to_value(relations)}));
    for (catalog_item &i : items) i.value.clear();
    return items;
}

}   // namespace whisper::schema
