#include "check/owned_tables.hpp"

#include "pg/settings.hpp"

namespace whisper::check {

owned_tables::owned_tables(pg::spi_session &session) {
    pg::engine_scope const scope;
    pg::rows const rows = session.query_catalog(
        R"sql(
            SELECT o.schema_name, o.object_name, o.object_identity, o.tier, o.revision, o.origin, coalesce(c.oid, 0),
            CASE WHEN c.reltuples >= 0 THEN c.reltuples::int8
             WHEN c.oid IS NOT NULL THEN pg_stat_get_live_tuples(c.oid) END
            FROM whisper.owned_object o
            LEFT JOIN (pg_class c JOIN pg_namespace n
             ON n.oid = c.relnamespace)
            ON n.nspname = o.schema_name::name
            AND c.relname = o.object_name::name AND c.relkind IN ('r', 'p', 'f')
            -- What a revision made that was taken back since is not asked for.
            WHERE o.object_type IN ('table', 'foreign table')
            AND (c.oid IS NOT NULL OR o.origin = 'claimed'
             OR EXISTS (SELECT FROM whisper.applied a WHERE a.revision = o.revision))
            ORDER BY o.object_identity)sql");
    tables_.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        owned_table t{rows.text(i, 0), rows.text(i, 1), rows.text(i, 2), rows.text(i, 3),
                      rows.text(i, 4), rows.text(i, 5), rows.oid(i, 6),  std::nullopt};
        if (!rows.is_null(i, 7)) t.rows = rows.int8(i, 7);
        tables_.push_back(std::move(t));
    }
}

boost::container::vector<Oid> owned_tables::relations() const {
    boost::container::vector<Oid> present;
    for (const owned_table &t : tables_)
        if (t.relation != InvalidOid) present.push_back(t.relation);
    return present;
}

std::string owned_tables::revision_of(Oid relation) const {
    for (const owned_table &t : tables_)
        if (t.relation == relation) return t.revision;
    return {};
}

}   // namespace whisper::check
