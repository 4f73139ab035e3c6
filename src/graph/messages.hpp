#pragma once
// Wording shared by the room's errors.

#include "error.hpp"
#include "graph/graph.hpp"

namespace whisper::graph {

std::string quoted(std::string_view name);

// multiple_heads, with the hint that fits: merging makes sense within a tier only.
failure several_heads(const revision_graph &graph, std::span<const index> heads);
// multiple_heads for a step of `offset` that could start from any of them.
failure several_starts(const revision_graph &graph, std::span<const index> heads, std::int64_t offset);

// "similar: ..." with the known names that `name` may be a misspelling of; empty when there is none.
std::string similar_names(std::string_view name, std::span<const std::string_view> known);

}   // namespace whisper::graph
