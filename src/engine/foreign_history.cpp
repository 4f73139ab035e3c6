#include "engine/foreign_history.hpp"

#include "pg/plain_table.hpp"
#include "pg/settings.hpp"

#include <algorithm>
#include <map>
#include <unordered_set>

namespace whisper::engine {
namespace {

using text_rows = boost::container::vector<pg::text_row>;

struct tool {
    const char *table;
    std::initializer_list<std::string_view> columns;   // those that make it this tool's
    pg::strings (*versions)(const text_rows &rows);    // what its rows say is applied
    bool heads_only;                                   // the table has heads, not everything applied
    bool numbers;                                      // versions are numbers; file names have leading zeros
};

constexpr std::string_view below = "below ", through = "through ";

pg::strings first_column(const text_rows &rows) {
    pg::strings versions;
    for (const pg::text_row &row : rows)
        if (row[0]) versions.push_back(*row[0]);
    return versions;
}

// Dirty: that version did not get through.
pg::strings of_golang_migrate(const text_rows &rows) {
    pg::strings versions;
    for (const pg::text_row &row : rows)
        if (row[1]) versions.push_back(row[0] == "t" ? std::string(below) + *row[1] : *row[1]);
    return versions;
}

// A row for each run: the last one tells. Repeatable files have no version. A baseline has all that is before it.
pg::strings of_flyway(const text_rows &rows) {
    enum { description, installed_rank, success, type, version };
    std::map<std::pair<std::string, std::string>, const pg::text_row *> last;
    auto const rank = [](const pg::text_row &row) {
        return row[installed_rank] ? std::stoll(*row[installed_rank]) : -1;
    };
    for (const pg::text_row &row : rows) {
        std::string const repeatable = row[version] ? "" : row[description].value_or("");
        const pg::text_row *&known = last[{row[version].value_or(""), repeatable}];
        if (!known || rank(*known) < rank(row)) known = &row;
    }
    pg::strings versions;
    for (auto const &[key, row] : last) {
        std::string const kind = (*row)[type].value_or("");
        if ((*row)[success] != "t" || kind == "SCHEMA" || kind == "DELETE" || kind.starts_with("UNDO")) continue;
        std::string name = "V" + key.first;
        if (!(*row)[version]) {
            name = "R__" + key.second;
            std::ranges::replace(name, ' ', '_');
        }
        versions.push_back((kind == "BASELINE" ? std::string(through) : std::string()) + name);
    }
    return versions;
}

const tool tools[] = {
    {"alembic_version", {"version_num"}, first_column, true, false},
    // dbmate and Rails keep every version; golang-migrate one row, with all versions up to it applied.
    {"schema_migrations", {"dirty", "version"}, of_golang_migrate, true, true},
    {"schema_migrations", {"version"}, first_column, false, false},
    {"schema_migrations", {"migration_name"}, first_column, false, false},
    {"flyway_schema_history", {"description", "installed_rank", "success", "type", "version"}, of_flyway, false, false},
    {"changes", {"change", "change_id", "project"}, first_column, false, false},
};

struct found_table {
    Oid oid;
    std::string name;
};

// Plain tables of this name that have the columns, in any schema. Anybody may have made them.
boost::container::vector<found_table> find_tables(pg::spi_session &session, const tool &t) {
    pg::strings columns;
    for (std::string_view const column : t.columns) columns.emplace_back(column);
    boost::container::vector<found_table> tables;
    pg::rows const rows = session.query(
        "SELECT c.oid, format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = "
        "c.relnamespace"
        " WHERE c.relname = $1::name AND c.relkind = 'r' AND (SELECT count(*) FROM pg_attribute a"
        "  WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attname::text = ANY ($2::text[]))"
        "  = cardinality($2::text[]) ORDER BY 2",
        {pg::to_value(t.table), pg::to_value(columns)});
    for (std::size_t i = 0; i < rows.size(); ++i) tables.push_back({rows.oid(i, 0), rows.text(i, 1)});
    return tables;
}

// Nobody is to wait for a lock that anybody can take while the runners' lock is held.
void tell_locked(const std::string &table, bool required) {
    constexpr const char *hint =
        "look for the session in pg_locks, and repeat the call when it has ended; "
        "if the table is no tool's record, its owner can rename it";
    if (required)
        throw failure("55P03", "table " + table + " is locked by another session",
                      "It may be another tool's record of what is applied.", hint);
    pg::warning("table " + table + " is not read, as another session has it locked",
                "It may be another tool's record of what is applied.", hint);
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

boost::container::vector<foreign_evidence> read_foreign_histories(pg::spi_session &session, const registry::registry &r,
                                                                  bool required) {
    boost::container::vector<foreign_evidence> found;
    pg::settings_scope settings;
    settings.set("search_path", "pg_catalog, pg_temp");
    std::unordered_set<Oid> seen;
    for (const tool &t : tools)
        for (const found_table &table : find_tables(session, t)) {
            if (seen.contains(table.oid)) continue;
            pg::plain_rows const content = pg::read_plain_table(table.oid, {t.columns.begin(), t.columns.size()});
            if (content.outcome == pg::reading::locked) tell_locked(table.name, required);
            if (content.outcome != pg::reading::done) continue;
            seen.insert(table.oid);
            foreign_evidence e{table.name, boost::container::vector<bool>(r.revisions.size(), false), {}, {}};
            apply_versions(r, t.versions(content.rows), t, e);
            found.push_back(std::move(e));
        }
    return found;
}

}   // namespace whisper::engine
