#include "graph/downgrade.hpp"
#include "graph/messages.hpp"
#include "graph/plan.hpp"
#include "graph/target.hpp"
#include "graph/traverse.hpp"
#include "interrupts.hpp"

namespace whisper::graph {

namespace {

void forget(node_set &applied, const node_set &gone) {
    for (index i = 0; i < applied.capacity(); ++i)
        if (gone.contains(i) && applied.contains(i)) applied.erase(i);
}

bool is_base(const revision_graph &graph, std::string_view text) {
    target const t = parse_target(graph, text);
    return t.names == target::kind::base && !t.is_relative();
}

// The heads that stay are those on no branch of the new ones: neither above nor below any of them.
indexes unrelated_heads(const revision_graph &graph, const node_set &applied, std::span<const index> stamped) {
    node_set above(graph.size(), graph.resource());
    spread(graph, above, stamped, upward);
    node_set const below = graph.closure(stamped);
    indexes result(graph.resource());
    for (index i : graph.current_heads(applied))
        if (!above.contains(i) && !below.contains(i)) result.push_back(i);
    return result;
}

}   // namespace

stamp_plan plan_stamp(const revision_graph &graph, const node_set &applied, std::span<const std::string_view> targets,
                      bool purge) {
    if (targets.empty())
        throw failure(sqlstate::invalid_target, "no target is given", {}, "use \"heads\" to record everything");
    node_set now = purge ? node_set(graph.size(), graph.resource()) : applied;
    node_set seen(graph.size(), graph.resource());
    indexes stamped(graph.resource());
    for (std::string_view text : targets) {
        check_interrupts();   // each may look at the whole graph
        if (parse_range(graph, text))
            throw failure(sqlstate::invalid_target, "cannot stamp range " + quoted(text), {},
                          "stamp the upper end of the range");
        if (is_base(graph, text)) {
            forget(now, revisions_above(graph, now, text));
            continue;
        }
        for (index i : resolve_target(graph, text))
            if (seen.insert(i)) stamped.push_back(i);
    }

    node_set there(graph.size(), graph.resource());
    for (index i : graph.current_heads(now)) there.insert(i);
    indexes const kept = unrelated_heads(graph, now, view(stamped));
    // What was applied under the heads that stay remains as it was, gaps included.
    node_set const below_kept = graph.closure(view(kept));
    stamp_plan result(graph.resource(), graph.closure(view(stamped)));
    for (index i = 0; i < graph.size(); ++i)
        if (now.contains(i) && below_kept.contains(i)) result.applied_after.insert(i);

    for (index i : stamped)
        if (!there.contains(i)) result.steps.push_back({direction::stamp, i});
    for (index i : kept) seen.insert(i);
    result.heads_after = in_order(graph, seen);
    return result;
}

}   // namespace whisper::graph
