// Targets that need no applied set, and the check that the applied set is complete.

#include "graph/messages.hpp"
#include "graph/plan.hpp"
#include "graph/steps.hpp"
#include "graph/target.hpp"
#include "graph/traverse.hpp"

#include <algorithm>

namespace whisper::graph {

namespace {

indexes resolve_single(const revision_graph &graph, std::string_view text) {
    target const t = parse_target(graph, text);
    if (!t.is_relative()) return named(graph, t);
    std::optional<index> from;
    if (t.names == target::kind::here) {
        if (t.offset > 0)
            throw failure(sqlstate::invalid_target, "relative step " + quoted(text) + " has nowhere to start", {},
                          "put the revision to start from before it, as in \"base" +
                              std::string(text.substr(text.find_last_of('+'))) + "\"");
        indexes const heads = graph.heads(t.branch);
        if (heads.size() > 1) throw several_heads(graph, view(heads));
        if (!heads.empty()) from = heads.front();
    } else {
        from = named_one(graph, t);
    }
    indexes result(graph.resource());
    if (t.offset > 0) {
        result.push_back(walk_up(graph, from, t.offset, t.branch));
    } else {
        if (!from) throw failure(sqlstate::relative_off_end, "there is nothing below base", "target: " + quoted(text));
        if (auto const one = below(graph, *from, -t.offset)) result.push_back(*one);
    }
    return result;
}

indexes resolve_range(const revision_graph &graph, const range &r) {
    indexes lower(graph.resource()), upper(graph.resource());
    upper = r.to.empty() ? top_nodes(graph) : resolve_single(graph, r.to);
    if (!r.from.empty()) lower = resolve_single(graph, r.from);
    node_set within = graph.closure(view(upper));
    for (index i : lower)
        if (!within.contains(i))
            throw failure(sqlstate::not_an_ancestor, "revision " + quoted(graph.id(i)) + " is not an ancestor of " +
                                                         quoted_list(graph, view(upper)));
    if (!lower.empty()) {
        node_set above(graph.size(), graph.resource());
        spread(graph, above, view(lower), upward);
        for (index i = 0; i < graph.size(); ++i)
            if (within.contains(i) && !above.contains(i)) within.erase(i);
    }
    return upgrade_order(graph, within);
}

}   // namespace

indexes resolve_target(const revision_graph &graph, std::string_view text) {
    auto const r = parse_range(graph, text);
    return r ? resolve_range(graph, *r) : resolve_single(graph, text);
}

void check_heads(const revision_graph &graph, const node_set &applied) {
    indexes missing(graph.resource());
    for (index i : top_nodes(graph))
        if (!applied.contains(i)) missing.push_back(i);
    if (missing.empty()) return;
    indexes const current = graph.current_heads(applied);
    throw failure(sqlstate::not_applied, "the database is not at the heads",
                  "not applied: " + quoted_list(graph, view(missing)) +
                      "; current: " + (current.empty() ? std::string("base") : quoted_list(graph, view(current))),
                  "SELECT * FROM whisper_upgrade('heads')");
}

}   // namespace whisper::graph
