// whisper_current, whisper_heads, whisper_history, whisper_branches, whisper_show, whisper_log.

#include "graph/plan.hpp"
#include "pg/authority.hpp"
#include "pg/entry.hpp"
#include "pg/table_result.hpp"
#include "registry/store.hpp"
#include "session/workspace.hpp"

namespace {

using namespace whisper;

pg::value array(const script::strings &names) {
    return pg::to_value(std::span<const std::string>(names.data(), names.size()));
}

// Tier by tier, in the pack's order.
template <class Visit>
void by_tier(const registry::registry &r, const graph::indexes &nodes, Visit visit) {
    for (const registry::tier_record &tier : r.tiers) {
        pg::check_interrupts();
        for (graph::index const i : nodes)
            if (r.revisions[i].tier == tier.name) visit(i, r.revisions[i]);
    }
}

bool is_head(const registry::registry &r, graph::index i) {
    for (graph::index const child : r.revision_graph->children(i))
        if (r.revisions[child].tier == r.revisions[i].tier) return false;
    return true;
}

}   // namespace

WHISPER_FUNCTION(whisper_current) {
    pg::table_result result(fcinfo);
    session::workspace work(session::access::read);
    const registry::registry &r = work.registry();
    // Per tier: a revision of another tier above one does not hide it.
    graph::indexes current(work.memory());
    for (graph::index i = 0; i < r.revisions.size(); ++i) {
        if (!r.applied_set->contains(i)) continue;
        bool covered = false;
        for (graph::index const child : r.revision_graph->children(i))
            covered |= r.applied_set->contains(child) && r.revisions[child].tier == r.revisions[i].tier;
        if (!covered) current.push_back(i);
    }
    by_tier(r, current, [&](graph::index i, const registry::revision_record &revision) {
        result.put(revision.tier, revision.revision, is_head(r, i), revision.message,
                   r.find_applied(revision.revision)->applied_at);
    });
    for (const registry::applied_record &a : r.applied)
        if (!r.revision_graph->find(a.revision)) result.put(a.tier, a.revision, false, "not registered", a.applied_at);
    return 0;
}

WHISPER_FUNCTION(whisper_heads) {
    pg::table_result result(fcinfo);
    session::workspace work(session::access::read);
    const registry::registry &r = work.registry();
    graph::indexes heads(work.memory());
    for (graph::index i = 0; i < r.revisions.size(); ++i)
        if (is_head(r, i)) heads.push_back(i);
    by_tier(r, heads, [&](graph::index i, const registry::revision_record &revision) {
        result.put(revision.tier, revision.revision, array(revision.branch_labels), r.applied_set->contains(i),
                   revision.message);
    });
    return 0;
}

WHISPER_FUNCTION(whisper_history) {
    pg::table_result result(fcinfo);
    session::workspace work(session::access::read);
    const registry::registry &r = work.registry();
    graph::indexes newest_first(work.memory());
    for (auto i = static_cast<graph::index>(r.revisions.size()); i-- > 0;) newest_first.push_back(i);
    by_tier(r, newest_first, [&](graph::index i, const registry::revision_record &revision) {
        result.put(revision.tier, revision.revision, array(revision.down_revisions), array(revision.depends_on),
                   array(revision.branch_labels), is_head(r, i), r.revision_graph->is_branch_point(i),
                   r.revision_graph->is_merge_point(i), r.applied_set->contains(i), revision.message);
    });
    return 0;
}

WHISPER_FUNCTION(whisper_branches) {
    pg::table_result result(fcinfo);
    session::workspace work(session::access::read);
    const registry::registry &r = work.registry();
    graph::indexes points(work.memory());
    for (graph::index i = 0; i < r.revisions.size(); ++i)
        if (r.revision_graph->is_branch_point(i)) points.push_back(i);
    by_tier(r, points, [&](graph::index i, const registry::revision_record &revision) {
        script::strings children;
        for (graph::index const child : r.revision_graph->children(i)) children.push_back(r.revisions[child].revision);
        result.put(revision.tier, revision.revision, array(children), revision.message);
    });
    return 0;
}

WHISPER_FUNCTION(whisper_show) {
    pg::table_result result(fcinfo);
    std::string const target = pg::text_argument(fcinfo, 0, "revision");
    session::workspace work(session::access::read);
    const registry::registry &r = work.registry();
    for (graph::index const i : graph::resolve_target(*r.revision_graph, target)) {
        const registry::revision_record &revision = r.revisions[i];
        registry::revision_text const text = registry::read_text(work.session(), revision);
        const registry::applied_record *const applied = r.find_applied(revision.revision);
        pg::value who = pg::null_value(NAMEOID);
        if (applied) {
            who = pg::name_value(applied->applied_by);
        }
        result.put(revision.revision, revision.tier, array(revision.down_revisions), array(revision.depends_on),
                   array(revision.branch_labels), revision.message, pg::text_or_null(revision.file),
                   pg::bytes{revision.checksum}, applied != nullptr,
                   applied ? pg::to_value(applied->applied_at) : pg::null_value(TIMESTAMPTZOID), who, text.up,
                   text.down, revision.has_verify ? pg::to_value(text.verify) : pg::null_value(TEXTOID));
    }
    return 0;
}

WHISPER_FUNCTION(whisper_log) {
    pg::table_result result(fcinfo);
    pg::spi_session session;
    Oid const caller = pg::current_author().role;
    pg::engine_scope const scope;
    // What the server said of a failure is for whoever ran it; pg_read_all_stats sees others' statements, too.
    pg::rows const log = session.query_catalog(
        R"sql(
            SELECT h.run, h.step, h.direction, h.tier, h.revision, h.executed_by, h.executed_at, h.elapsed, h.statements,
            h.checksum, coalesce(f.message, h.message), h.sqlstate FROM whisper.history h
            LEFT JOIN whisper.failure f ON f.history = h.id
            AND (pg_has_role($1, f.failed_by, 'USAGE')
             OR pg_has_role($1, 'pg_read_all_stats', 'USAGE')) ORDER BY h.id DESC)sql",
        {pg::oid_value(caller)});
    for (std::size_t i = 0; i < log.size(); ++i)
        result.put(log.cell(i, 0), log.cell(i, 1), log.cell(i, 2), log.cell(i, 3), log.cell(i, 4), log.cell(i, 5),
                   log.cell(i, 6), log.cell(i, 7), log.cell(i, 8), log.cell(i, 9), log.cell(i, 10), log.cell(i, 11));
    return 0;
}
