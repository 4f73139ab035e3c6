#pragma once
// The one order of steps that both directions use.

#include "graph/graph.hpp"

namespace whisper::graph {

// The members of `nodes` from the heads down, every node after all of its descendants in the set, those that are
// reached only through nodes outside of it included. O(V+E).
indexes downward_order(const revision_graph &graph, const node_set &nodes);

}   // namespace whisper::graph
