#pragma once
// What going down to a target would undo; stamping to a base forgets the same revisions.

#include "graph/graph.hpp"

namespace whisper::graph {

// Throws what plan_downgrade does.
node_set revisions_above(const revision_graph &graph, const node_set &applied, std::string_view text);

}   // namespace whisper::graph
