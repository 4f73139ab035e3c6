#include "state/unfinished.hpp"

#include "error.hpp"

namespace whisper::state {
namespace {

boost::container::vector<graph::index> half_done(session::workspace &work) {
    pg::engine_scope const scope;
    pg::rows const rows =
        work.session().query_catalog("SELECT DISTINCT revision FROM whisper.unfinished_statement ORDER BY 1");
    boost::container::vector<graph::index> found;
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (auto const at = work.registry().revision_graph->find(rows.text(i, 0)))
            if (!work.registry().applied_set->contains(*at)) found.push_back(*at);
    return found;
}

[[noreturn]] void refuse(const registry::registry &r, graph::index which, const std::string &detail) {
    std::string const &revision = r.revisions[which].revision;
    throw failure("55000", "an interrupted deploy has done a part of revision \"" + revision + "\"", detail,
                  "finish it with CALL whisper_deploy('" + revision +
                      "'), or forget what has run of it with SELECT * FROM whisper_repair('" + revision + "')");
}

}   // namespace

void require_none_unfinished(session::workspace &work) {
    for (graph::index const which : half_done(work))
        refuse(work.registry(), which, "What has run of it is known to the deploy alone.");
}

void require_none_unfinished_above(session::workspace &work, const graph::node_set &taken) {
    const registry::registry &r = work.registry();
    for (graph::index const which : half_done(work)) {
        graph::node_set const below = r.revision_graph->closure({&which, 1});
        for (graph::index i = 0; i < r.revisions.size(); ++i)
            if (below.contains(i) && taken.contains(i))
                refuse(r, which, "It stands on revision \"" + r.revisions[i].revision + "\".");
    }
}

void require_none_unfinished_above(session::workspace &work, const plan::run_plan &plan) {
    graph::node_set taken(work.registry().revisions.size(), work.registry().revision_graph->resource());
    bool any = false;
    for (const plan::planned_step &step : plan.steps)
        if (!step.up) {
            taken.insert(step.revision);
            any = true;
        }
    if (any) require_none_unfinished_above(work, taken);
}

}   // namespace whisper::state
