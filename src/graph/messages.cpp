#include "graph/messages.hpp"

#include "graph/plan.hpp"

#include <algorithm>

namespace whisper::graph {

namespace {

constexpr std::size_t most_listed = 20;

std::string array_literal(const revision_graph &graph, std::span<const index> nodes) {
    std::string text = "ARRAY[";
    for (index i : nodes) {
        text += text.back() == '[' ? "'" : ",'";
        for (char c : graph.id(i)) text.append(c == '\'' ? 2 : 1, c);
        text += '\'';
    }
    return text + ']';
}

}   // namespace

std::string quoted(std::string_view name) { return '"' + std::string(name) + '"'; }

std::string quoted_list(const revision_graph &graph, std::span<const index> nodes) {
    std::string text;
    for (std::size_t i = 0; i < std::min(nodes.size(), most_listed); ++i) {
        if (i > 0) text += ", ";
        text += quoted(graph.id(nodes[i]));
    }
    if (nodes.size() > most_listed) text += " and " + std::to_string(nodes.size() - most_listed) + " more";
    return text;
}

failure several_heads(const revision_graph &graph, std::span<const index> heads) {
    std::string_view const tier = graph.tier(heads.front());
    bool const one_tier = std::ranges::all_of(heads, [&](index i) { return graph.tier(i) == tier; });
    std::string hint;
    if (!one_tier)
        hint = "use \"heads\", or name one tier, as in \"" + std::string(graph.tier(heads.front())) + "@heads\"";
    else if (heads.size() > most_listed)
        hint = "name one of them or use \"heads\"";
    else
        hint = "name one of them, use \"heads\", or create a merge with whisper_merge(" + array_literal(graph, heads) +
               ")";
    return {sqlstate::multiple_heads, "several heads are present", "heads: " + quoted_list(graph, heads),
            std::move(hint)};
}

failure several_starts(const revision_graph &graph, std::span<const index> heads, std::int64_t offset) {
    std::string const step = (offset > 0 ? "+" : "") + std::to_string(offset);
    std::string const first(graph.id(heads.front()));
    return {sqlstate::multiple_heads, "several heads are present",
            "relative step " + step + " may start from any of " + quoted_list(graph, heads),
            "name the one to start from, as in \"" + first + "@" + step + "\""};
}

}   // namespace whisper::graph
