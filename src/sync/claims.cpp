#include "sync/claims.hpp"

#include "script/quote.hpp"

#include <algorithm>
#include <unordered_set>

namespace whisper::sync {
namespace {

struct tool_claim {
    std::string revision, tool, source;
};
using claims = boost::container::vector<tool_claim>;

claims claims_of(const registry::registry &r, const boost::container::vector<foreign_evidence> &tools,
                 const std::function<bool(graph::index)> &except) {
    claims all;
    for (const foreign_evidence &e : tools) {
        for (graph::index i = 0; i < r.revisions.size(); ++i)
            if (e.says[i] && (e.implied.empty() || !e.implied[i] || !except(i)))
                all.push_back({r.revisions[i].revision, e.tool, e.source});
        for (const std::string &version : e.unknown) all.push_back({version, e.tool, e.source});
    }
    return all;
}

claims read_claims(pg::spi_session &session) {
    claims all;
    pg::rows const rows = session.query_catalog("SELECT revision, tool, source FROM whisper.tool_claim");
    for (std::size_t i = 0; i < rows.size(); ++i) all.push_back({rows.text(i, 0), rows.text(i, 1), rows.text(i, 2)});
    return all;
}

// Revisions that this engine has moved itself.
std::unordered_set<std::string> read_moved(pg::spi_session &session) {
    std::unordered_set<std::string> moved;
    pg::rows const rows = session.query_catalog(
        R"sql(
            SELECT DISTINCT revision FROM whisper.history WHERE direction IN ('up', 'down', 'stamp', 'forget', 'rebuild')
            AND sqlstate IS NULL)sql");
    for (std::size_t i = 0; i < rows.size(); ++i) moved.insert(rows.text(i, 0));
    return moved;
}

// By its id, or by what the tool calls it.
std::optional<graph::index> revision_of(const registry::registry &r, const tool_claim &c) {
    if (auto const known = r.revision_graph->find(c.revision)) return *known;
    const script::tool_history *const history = script::find_tool_history(c.tool);
    return history ? revision_names(r, history->form).find(c.revision) : std::nullopt;
}

// What the tables that were evidence then say now: the tool may have gone on. What was implied then the adoption has
// judged.
void add_current(session::workspace &work, claims &known) {
    const registry::registry &r = work.registry();
    std::unordered_set<std::string> sources;
    graph::indexes named(r.revision_graph->resource());
    for (const tool_claim &c : known) {
        sources.insert(c.source);
        if (auto const revision = revision_of(r, c)) named.push_back(*revision);
    }
    graph::node_set const judged = r.revision_graph->closure({named.data(), named.size()});
    auto const tools = read_foreign_histories(work.session(), r, false);
    for (const tool_claim &c : claims_of(r, tools, [&](graph::index i) { return judged.contains(i); }))
        if (sources.contains(c.source)) known.push_back(c);
}

// What marks the claimed revisions as applied and no others: the highest of them; empty when there is no such stamp.
std::string stamp_for(const registry::registry &r, const graph::node_set &claimed) {
    const graph::revision_graph &graph = *r.revision_graph;
    graph::node_set wanted(graph.size(), graph.resource());
    for (graph::index i = 0; i < graph.size(); ++i)
        if (claimed.contains(i) || r.applied_set->contains(i)) wanted.insert(i);
    std::string targets;
    for (graph::index const head : graph.current_heads(wanted)) {
        graph::node_set const below = graph.closure({&head, 1});
        bool concerned = false;
        for (graph::index i = 0; i < graph.size(); ++i) {
            if (below.contains(i) && !wanted.contains(i)) return {};
            concerned |= below.contains(i) && claimed.contains(i);
        }
        if (concerned) targets += (targets.empty() ? "" : ", ") + std::string(graph.id(head));
    }
    return targets;
}

[[noreturn]] void refuse(const registry::registry &r, const tool_claim &c, graph::index revision,
                         const graph::node_set &claimed) {
    std::string const stamp = stamp_for(r, claimed);
    throw failure(sqlstate::different,
                  "revision \"" + r.revisions[revision].revision + "\" is applied by the records of " + c.tool,
                  "Table " + c.source +
                      " has it, and the catalogs do not show all of it: running it could do its work a second time.",
                  (stamp.empty() ? std::string()
                                 : "if it has run, SELECT * FROM whisper_stamp(" + script::quote_literal(stamp) +
                                       "); if it has not, ") +
                      "delete its row from " + c.source + " and run SELECT * FROM whisper_adopt(apply => true) again");
}

}   // namespace

void remember_claims(session::workspace &work, const boost::container::vector<foreign_evidence> &tools,
                     const std::function<bool(graph::index)> &is_gap) {
    pg::engine_scope const scope;
    work.session().query_catalog("DELETE FROM whisper.tool_claim");
    for (const tool_claim &c : claims_of(work.registry(), tools, is_gap))
        work.session().query_often(
            "INSERT INTO whisper.tool_claim (revision, tool, source) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            {pg::to_value(c.revision), pg::to_value(c.tool), pg::to_value(c.source)});
}

void require_unclaimed(session::workspace &work, const plan::run_plan &plan) {
    const registry::registry &r = work.registry();
    if (std::ranges::none_of(plan.steps, [](const plan::planned_step &s) { return s.up && !s.again; })) return;
    claims known;
    std::unordered_set<std::string> moved;
    {
        pg::engine_scope const scope;
        known = read_claims(work.session());
        if (known.empty()) return;
        moved = read_moved(work.session());
    }
    add_current(work, known);
    graph::node_set claimed(r.revisions.size(), r.revision_graph->resource());
    boost::container::vector<const tool_claim *> by(r.revisions.size(), nullptr);
    for (const tool_claim &c : known) {
        auto const revision = revision_of(r, c);
        if (!revision || r.applied_set->contains(*revision)) continue;
        if (moved.contains(r.revisions[*revision].revision)) continue;
        claimed.insert(*revision);
        by[*revision] = &c;
    }
    for (const plan::planned_step &step : plan.steps)
        if (step.up && !step.again && claimed.contains(step.revision))
            refuse(r, *by[step.revision], step.revision, claimed);
}

}   // namespace whisper::sync
