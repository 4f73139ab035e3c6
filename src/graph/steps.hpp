#pragma once
// Relative targets: counting steps up and down.

#include "graph/graph.hpp"
#include "graph/target.hpp"

namespace whisper::graph {

// The node `count` steps above `from` (nothing: base), staying on `branch` where it forks.
// Throws ambiguous_revision, relative_off_end.
index walk_up(const revision_graph &graph, std::optional<index> from, std::int64_t count, std::string_view branch);

// Where undoing `count` revisions one by one leads.
struct descent {
    explicit descent(memory *resource) : reached(resource) {}
    index last = 0;    // the last one undone
    indexes reached;   // what is then left on top: one, none at base, several below a merge
};
// Only revisions that come up one at a time are undone; a merge is an end unless it is the last step.
// Throws ambiguous_revision, relative_off_end.
descent walk_down(const revision_graph &graph, index from, std::int64_t count);
// The node `count` steps below, nothing for base. Throws ambiguous_revision, relative_off_end.
std::optional<index> below(const revision_graph &graph, index from, std::int64_t count);

// Where the applied set stands on a branch: the current heads on it, or, when they all are elsewhere, its uppermost
// applied revisions. Without a branch, the current heads.
indexes standing_on(const revision_graph &graph, const node_set &applied, std::string_view branch);

}   // namespace whisper::graph
