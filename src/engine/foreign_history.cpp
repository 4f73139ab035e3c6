#include "engine/foreign_history.hpp"

#include "pg/settings.hpp"
#include "pg/subtransaction.hpp"

#include <algorithm>

namespace whisper::engine {
namespace {

struct tool {
    const char *table;
    const char *columns;    // the columns that make it this tool's, as an array literal
    const char *versions;   // the query over it, which ends where its name belongs
    const char *which;      // what follows the name
    bool heads_only;        // the table has heads, not everything applied
    bool numbers;           // versions are numbers, and file names have them with leading zeros
};

constexpr tool tools[] = {
    {"alembic_version", "{version_num}", "SELECT version_num::text FROM ONLY ", "", true, false},
    // dbmate and Rails keep every version; golang-migrate one row, with all versions up to it applied.
    // Dirty: that version did not get through.
    {"schema_migrations", "{dirty,version}",
     "SELECT CASE WHEN dirty THEN 'below ' ELSE '' END || version::text FROM ONLY ", "", true, true},
    {"schema_migrations", "{version}", "SELECT version::text FROM ONLY ", "", false, false},
    {"schema_migrations", "{migration_name}", "SELECT migration_name::text FROM ONLY ", "", false, false},
    // A row for each run: the last one tells. Repeatable files have no version. A baseline has all that is before it.
    {"flyway_schema_history", "{description,installed_rank,success,type,version}",
     "SELECT CASE WHEN h.type = 'BASELINE' THEN 'through ' ELSE '' END || coalesce('V' || h.version, 'R__' || "
     "replace(h.description, ' ', '_')) FROM (SELECT DISTINCT ON"
     " (version, CASE WHEN version IS NULL THEN description END) * FROM ONLY ",
     " ORDER BY version, CASE WHEN version IS NULL THEN description END, installed_rank DESC) h"
     " WHERE h.success AND h.type NOT IN ('SCHEMA', 'DELETE') AND NOT starts_with(h.type, 'UNDO')",
     false, false},
    {"changes", "{change,change_id,project}", "SELECT change::text FROM ONLY ", "", false, false},
};

// Tables of this name that have the columns, in any schema. Anybody may have made them, and they are read with the
// rights of the engine: only plain tables, and types of the server's own, as a cast from another one is a function.
pg::strings find_tables(pg::spi_session &session, const tool &t) {
    pg::strings names;
    pg::rows const rows = session.query(
        "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE c.relname = $1::name AND c.relkind = 'r' AND (SELECT count(*) FROM pg_attribute a"
        "  WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attname::text = ANY ($2::text[])"
        "  AND a.atttypid < 16384)"
        "  = cardinality($2::text[]) ORDER BY 1",
        {pg::to_value(t.table), pg::to_value(t.columns)});
    for (std::size_t i = 0; i < rows.size(); ++i) names.push_back(rows.text(i, 0));
    return names;
}

// "000012" -> "12"; nothing for what is no number.
std::optional<std::string_view> number_in(std::string_view id) {
    if (id.empty() || id.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
    return id.substr(std::min(id.find_first_not_of('0'), id.size() - 1));
}

// Revision ids as the tool writes them.
std::unordered_map<std::string_view, graph::index> ids_for(const registry::registry &r, const tool &t) {
    std::unordered_map<std::string_view, graph::index> ids;
    for (graph::index i = 0; i < r.revisions.size(); ++i) {
        std::string_view const id = r.revisions[i].revision;
        if (!t.numbers)
            ids.emplace(id, i);
        else if (auto const number = number_in(id))
            ids.emplace(*number, i);
    }
    return ids;
}

void apply_versions(const registry::registry &r, const pg::strings &versions, const tool &t, foreign_evidence &e) {
    std::unordered_map<std::string_view, graph::index> const ids = ids_for(r, t);
    boost::container::vector<graph::index> known;
    graph::node_set unfinished(r.revisions.size(), r.revision_graph->resource());
    graph::indexes baselines(r.revision_graph->resource());
    constexpr std::string_view below = "below ", through = "through ";
    for (std::string_view version : versions) {
        bool const finished = !version.starts_with(below);
        bool const baseline = version.starts_with(through);
        if (!finished) version.remove_prefix(below.size());
        if (baseline) version.remove_prefix(through.size());
        auto const at = ids.find(version);
        if (at == ids.end()) {
            e.unknown.emplace_back(version);
            continue;
        }
        known.push_back(at->second);
        if (!finished) unfinished.insert(at->second);
        if (baseline) baselines.push_back(at->second);
        std::string const &tier = r.revisions[at->second].tier;
        if (std::find(e.tiers.begin(), e.tiers.end(), tier) == e.tiers.end()) e.tiers.push_back(tier);
    }
    if (!t.heads_only) {
        graph::node_set const before = r.revision_graph->closure({baselines.data(), baselines.size()});
        for (graph::index i = 0; i < r.revisions.size(); ++i) e.says[i] = before.contains(i);
        for (graph::index const i : known) e.says[i] = true;
        return;
    }
    graph::node_set const reached = r.revision_graph->closure({known.data(), known.size()});
    for (graph::index i = 0; i < r.revisions.size(); ++i) e.says[i] = reached.contains(i) && !unfinished.contains(i);
}

}   // namespace

boost::container::vector<foreign_evidence> read_foreign_histories(pg::spi_session &session,
                                                                  const registry::registry &r) {
    boost::container::vector<foreign_evidence> found;
    // As the caller, who may not read everything: what he may not is no evidence.
    pg::settings_scope settings;
    settings.set("search_path", "pg_catalog, pg_temp");
    pg::strings seen;
    for (const tool &t : tools)
        for (const std::string &table : find_tables(session, t)) {
            bool known = false;
            for (const std::string &before : seen) known |= before == table;
            if (known) continue;
            pg::strings versions;
            // Somebody else's table: a strange one is no evidence, and no reason to fail.
            if (pg::attempt([&] {
                    pg::rows const rows = session.query((t.versions + table + t.which).c_str(), {}, true);
                    for (std::size_t i = 0; i < rows.size(); ++i)
                        if (!rows.is_null(i, 0)) versions.push_back(rows.text(i, 0));
                }))
                continue;
            seen.push_back(table);
            foreign_evidence e{table, boost::container::vector<bool>(r.revisions.size(), false), {}, {}};
            apply_versions(r, versions, t, e);
            found.push_back(std::move(e));
        }
    return found;
}

}   // namespace whisper::engine
