#pragma once
// Reachability along chosen edges, and what the sets it yields are used for.

#include "graph/graph.hpp"

namespace whisper::graph {

enum edges : unsigned { to_parents = 1, to_dependencies = 2, to_children = 4, to_dependents = 8 };
inline constexpr unsigned downward = to_parents | to_dependencies;
inline constexpr unsigned upward = to_children | to_dependents;

// Adds `from` and everything reachable from it along `along` to `seen`; what is in `seen` already is not entered
// again. With `within`, only its members are entered.
void spread(const revision_graph &graph, node_set &seen, std::span<const index> from, unsigned along,
            const node_set *within = nullptr);

// The members in registration order.
indexes in_order(const revision_graph &graph, const node_set &set);

// Heads in the strict sense: nobody's parent and nobody's dependency.
indexes top_nodes(const revision_graph &graph);

}   // namespace whisper::graph
