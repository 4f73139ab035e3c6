#include "engine/foreign_history.hpp"

#include "pg/settings.hpp"
#include "pg/subtransaction.hpp"

namespace whisper::engine {
namespace {

struct tool {
    const char *table;
    const char *columns;      // the columns that make it this tool's, as an array literal
    const char *versions;     // the query over it, %s being its name
    bool heads_only;          // the table has heads, not everything applied
};

constexpr tool tools[] = {
    {"alembic_version", "{version_num}", "SELECT version_num::text FROM ", true},
    // dbmate and Rails keep every version; golang-migrate one row, with all versions up to it applied.
    {"schema_migrations", "{dirty,version}", "SELECT version::text FROM ", true},
    {"schema_migrations", "{version}", "SELECT version::text FROM ", false},
    {"schema_migrations", "{migration_name}", "SELECT migration_name::text FROM ", false},
    {"flyway_schema_history", "{success,version}", "SELECT version::text FROM ", false},
    {"changes", "{change,change_id,project}", "SELECT change::text FROM ", false},
};

// Tables of this name that have the columns, in any schema.
pg::strings find_tables(pg::spi_session &session, const tool &t) {
    pg::strings names;
    pg::rows const rows = session.query(
        "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE c.relname = $1::name AND c.relkind IN ('r', 'p') AND (SELECT count(*) FROM pg_attribute a"
        "  WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attname::text = ANY ($2::text[]))"
        "  = cardinality($2::text[]) ORDER BY 1",
        {pg::to_value(t.table), pg::to_value(t.columns)});
    for (std::size_t i = 0; i < rows.size(); ++i) names.push_back(rows.text(i, 0));
    return names;
}

void apply_versions(const registry::registry &r, const pg::strings &versions, bool heads_only, foreign_evidence &e) {
    boost::container::vector<graph::index> known;
    for (const std::string &version : versions) {
        if (auto const at = r.revision_graph->find(version))
            known.push_back(*at);
        else
            e.unknown.push_back(version);
    }
    if (!heads_only) {
        for (graph::index const i : known) e.says[i] = true;
        return;
    }
    graph::node_set const below = r.revision_graph->closure({known.data(), known.size()});
    for (graph::index i = 0; i < r.revisions.size(); ++i) e.says[i] = below.contains(i);
}

}  // namespace

boost::container::vector<foreign_evidence> read_foreign_histories(pg::spi_session &session, const registry::registry &r) {
    boost::container::vector<foreign_evidence> found;
    pg::engine_scope const scope;
    pg::strings seen;
    for (const tool &t : tools)
        for (const std::string &table : find_tables(session, t)) {
            bool known = false;
            for (const std::string &before : seen) known |= before == table;
            if (known) continue;
            pg::strings versions;
            // Somebody else's table: a strange one is no evidence, and no reason to fail.
            if (pg::attempt([&] {
                    pg::rows const rows = session.query((t.versions + table).c_str(), {}, true);
                    for (std::size_t i = 0; i < rows.size(); ++i)
                        if (!rows.is_null(i, 0)) versions.push_back(rows.text(i, 0));
                }))
                continue;
            seen.push_back(table);
            foreign_evidence e{table, boost::container::vector<bool>(r.revisions.size(), false), {}};
            apply_versions(r, versions, t.heads_only, e);
            found.push_back(std::move(e));
        }
    return found;
}

}  // namespace whisper::engine
