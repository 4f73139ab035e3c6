#include "sync/foreign_history.hpp"

#include "pg/settings.hpp"
#include "pg/subtransaction.hpp"
#include "sync/sqitch_projects.hpp"

#include <algorithm>
#include <map>

namespace whisper::sync {
namespace {

struct candidate {
    std::string schema, table, quoted, owner;
    Oid owner_role, oid;
    bool in_path;
    pg::strings columns;
    bool taken = false;
};

// The names that the tools give their tables, and columns that tell one under another name.
constexpr const char *candidates =
    R"sql(
        SELECT n.nspname::text, c.relname::text, format('%I.%I', n.nspname, c.relname), c.oid,
        n.nspname::text = ANY ($1), pg_get_userbyid(c.relowner)::text, c.relowner
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname !~ '^pg_'
        AND n.nspname NOT IN ('information_schema', 'whisper') AND (c.relname::text = ANY ($2) OR EXISTS
         (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
          AND a.attname::text = ANY ('{version_num,dirty,is_applied,installed_rank,checksum,run_on,applied_at,migration,applied_on,orderexecuted}'))) ORDER BY array_position($1, n.nspname::text), 1, 2)sql";

pg::strings table_names() {
    pg::strings names;
    for (const script::tool_history &history : script::tool_histories())
        for (const std::string &name : script::words_of(history.tables)) names.push_back(name);
    return names;
}

// Nobody is to wait for a lock that anybody can take while the runners' lock is held.
void tell_locked(const std::string &table, bool required) {
    constexpr const char *detail = "It may be another tool's record of what is applied.";
    constexpr const char *hint =
        "look for the session in pg_locks, and repeat the call when it has ended; "
        "if the table is no tool's record, its owner can rename it";
    if (required) throw failure("55P03", "table " + table + " is locked by another session", detail, hint);
    pg::warning("table " + table + " is not read, as another session has it locked", detail, hint);
}

boost::container::vector<candidate> read_candidates(pg::spi_session &session, bool required) {
    pg::value path = pg::to_value(pg::strings());
    pg::rows const schemas = session.query_as_caller("SELECT pg_catalog.current_schemas(false)::pg_catalog.text[]");
    path = pg::to_value(schemas.texts(0, 0));
    boost::container::vector<candidate> found;
    pg::settings_scope settings;
    settings.set("search_path", pg::engine_search_path);
    pg::strings const names = table_names();
    pg::rows const rows = session.query_catalog(candidates, {path, pg::to_value(names)});
    for (std::size_t i = 0; i < rows.size(); ++i) {
        Oid const oid = rows.oid(i, 3);
        if (!pg::may_read_plainly(oid)) continue;
        if (!pg::lock_for_reading(oid)) {
            if (std::ranges::find(names, rows.text(i, 1)) != names.end()) tell_locked(rows.text(i, 2), required);
            continue;
        }
        found.push_back({rows.text(i, 0), rows.text(i, 1), rows.text(i, 2), rows.text(i, 5), rows.oid(i, 6), oid,
                         rows.boolean(i, 4), pg::plain_columns(oid)});
    }
    return found;
}

bool has_all(const pg::strings &columns, const script::strings &wanted) {
    return std::ranges::all_of(
        wanted, [&](const std::string &column) { return std::ranges::find(columns, column) != columns.end(); });
}

bool has_no_other(const pg::strings &columns, const script::strings &known) {
    return std::ranges::all_of(
        columns, [&](const std::string &column) { return std::ranges::find(known, column) != known.end(); });
}

void take(const script::tool_history &history, bool renamed, boost::container::vector<candidate> &all,
          boost::container::vector<history_table> &found) {
    script::strings const names = script::words_of(history.tables), required = script::words_of(history.required);
    script::strings const columns = script::history_columns(history);
    auto const is_one = [&](const candidate &c) {
        if (c.taken || !has_all(c.columns, required)) return false;
        if (!renamed) return std::ranges::find(names, c.table) != names.end();
        return c.in_path && has_no_other(c.columns, columns);
    };
    auto const is_near = [&](const candidate &c) {
        return c.schema == history.schema || (history.schema.empty() && c.in_path);
    };
    bool const near = std::ranges::any_of(all, [&](const candidate &c) { return is_one(c) && is_near(c); });
    for (candidate &c : all) {
        if (!is_one(c) || (near && !is_near(c)) || (!near && history.schema == "hdb_catalog")) continue;
        if (!near && history.tool == "Supabase") continue;   // in any other schema it is another tool's
        c.taken = true;
        found.push_back({&history, c.quoted, c.owner, c.owner_role, c.oid, renamed, is_near(c), columns});
    }
}

void apply_versions(const registry::registry &r, const history_table &table,
                    std::span<const script::recorded_version> versions, foreign_evidence &e) {
    revision_names const names(r, table.history->form);
    graph::node_set unfinished(r.revisions.size(), r.revision_graph->resource());
    graph::indexes reaching(r.revision_graph->resource());
    boost::container::vector<graph::index> applied;
    for (const script::recorded_version &v : versions) {
        auto const at = names.find(v.version);
        if (!at) {
            if (v.is != script::standing::pending) e.unknown.push_back(v.version);
            continue;
        }
        std::string const &tier = r.revisions[*at].tier;
        if (std::find(e.tiers.begin(), e.tiers.end(), tier) == e.tiers.end()) e.tiers.push_back(tier);
        if (v.is == script::standing::pending) continue;
        bool const below = v.is == script::standing::below;
        if (below) unfinished.insert(*at);
        bool const reaches = table.history->reach == script::version_reach::before;
        if (reaches || below || v.is == script::standing::through)
            reaching.push_back(*at);
        else
            applied.push_back(*at);
    }
    graph::node_set const reached = r.revision_graph->closure({reaching.data(), reaching.size()});
    for (graph::index i = 0; i < r.revisions.size(); ++i) e.says[i] = reached.contains(i) && !unfinished.contains(i);
    if (table.history->form == script::version_form::id) e.implied = e.says;
    for (graph::index const i : reaching)
        if (!e.implied.empty()) e.implied[i] = false;
    for (graph::index const i : applied) e.says[i] = true;
}

// "2026-01-31 12:00:00.5+00" without its zone, which all rows of a reading have: it sorts by its bytes.
std::string_view moment_of(const script::history_row *row) {
    std::string_view const time = row->get("committed_at");
    return time.substr(0, time.find_first_of("+-", std::min<std::size_t>(19, time.size())));
}

// Several changes of Sqitch's may have one name, and several projects one table. The plan tells which is which; where
// there is none, the name and the order do.
boost::container::vector<script::recorded_version> read_sqitch(
    const registry::registry &r, const boost::container::vector<script::history_row> &rows) {
    auto const projects = read_sqitch_projects(r);
    boost::container::vector<const script::history_row *> ordered;
    for (const script::history_row &row : rows) ordered.push_back(&row);
    std::ranges::stable_sort(ordered, {}, moment_of);
    std::map<std::string, int> instances;
    boost::container::vector<script::recorded_version> versions;
    for (const script::history_row *const row : ordered) {
        bool foreign = false;
        std::string const project(row->get("project"));
        script::formats::sqitch_change named;
        named.name = row->get("change");
        named.instance = ++instances[project + ':' + named.name];
        auto const planned = find_sqitch_revision(projects, project, row->get("change_id"), foreign);
        if (!planned && foreign && !projects.empty()) continue;
        versions.push_back({planned.value_or(script::formats::sqitch_id(named)), script::standing::applied});
    }
    return versions;
}

boost::container::vector<script::history_row> read_rows(const history_table &table, pg::plain_rows &rows) {
    pg::strings columns;
    for (const std::string &column : table.columns) columns.push_back(column);
    rows = pg::read_plainly(table.oid, columns);
    boost::container::vector<script::history_row> views;
    for (const pg::plain_row &row : rows)
        views.emplace_back(*table.history, std::span(row.values.data(), row.values.size()));
    return views;
}

}   // namespace

boost::container::vector<history_table> find_history_tables(pg::spi_session &session, bool required) {
    boost::container::vector<candidate> all = read_candidates(session, required);
    boost::container::vector<history_table> found;
    for (bool const renamed : {false, true})
        for (const script::tool_history &history : script::tool_histories())
            if (!renamed || history.renamed) take(history, renamed, all, found);
    return found;
}

revision_names::revision_names(const registry::registry &r, script::version_form form) : form_(form) {
    for (graph::index i = 0; i < r.revisions.size(); ++i)
        for (std::string &name : script::names_of_revision(form, r.revisions[i].revision, r.revisions[i].file))
            by_name_.emplace(std::move(name), i);
}

std::optional<graph::index> revision_names::find(std::string_view version) const {
    for (const std::string &name : script::names_of_version(form_, version))
        if (auto const known = by_name_.find(name); known != by_name_.end()) return known->second;
    return std::nullopt;
}

boost::container::vector<script::recorded_version> read_history(const registry::registry &r,
                                                                const history_table &table) {
    pg::plain_rows rows;
    auto const views = read_rows(table, rows);
    if (table.history->tool == "Sqitch") return read_sqitch(r, views);
    return script::read_versions(*table.history, {views.data(), views.size()});
}

boost::container::vector<foreign_evidence> read_foreign_histories(pg::spi_session &session, const registry::registry &r,
                                                                  bool required) {
    boost::container::vector<foreign_evidence> found;
    for (const history_table &table : find_history_tables(session, required)) {
        boost::container::vector<script::recorded_version> versions;
        // Somebody else's table: a broken one is no evidence, and no reason to fail.
        if (pg::attempt([&] { versions = read_history(r, table); })) continue;
        foreign_evidence e{std::string(table.history->tool),
                           table.name,
                           boost::container::vector<bool>(r.revisions.size(), false),
                           {},
                           {},
                           {}};
        apply_versions(r, table, {versions.data(), versions.size()}, e);
        if (e.tiers.empty() && table.renamed) continue;   // it only looks like one
        found.push_back(std::move(e));
    }
    return found;
}

}   // namespace whisper::sync
