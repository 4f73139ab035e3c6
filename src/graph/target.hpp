#pragma once
// The grammar of targets and what their absolute parts name.

#include "graph/graph.hpp"

namespace whisper::graph {

// [BRANCH@][SYMBOL][+N|-N]; views into the text it was parsed from.
struct target {
    enum class kind : std::uint8_t { here, head, heads, base, revision };   // here: a bare +N or -N

    std::string_view text, branch, symbol;
    kind names = kind::revision;
    std::int64_t offset = 0;   // 0 when absolute

    bool is_relative() const noexcept { return offset != 0; }
};

// A and B of "A:B".
struct range {
    std::string_view from, to;
};

// Throws invalid_target, which says what may be written.
target parse_target(const revision_graph &graph, std::string_view text);
// Nothing when `text` is no range. Throws invalid_target when neither side is given.
std::optional<range> parse_range(const revision_graph &graph, std::string_view text);

// The revisions that BRANCH@SYMBOL names, the offset left aside; none for base and here. Throws unknown_revision,
// ambiguous_revision, multiple_heads.
indexes named(const revision_graph &graph, const target &t);
// The only one of them, or nothing for base. Throws multiple_heads, too, when "heads" are several.
std::optional<index> named_one(const revision_graph &graph, const target &t);

}   // namespace whisper::graph
