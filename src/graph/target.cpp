#include "graph/target.hpp"

#include "graph/messages.hpp"
#include "graph/traverse.hpp"

#include <charconv>

namespace whisper::graph {

namespace {

[[noreturn]] void invalid(std::string_view text, std::string detail) {
    throw failure(sqlstate::invalid_target, "invalid target " + quoted(text), std::move(detail),
                  "write head, heads, base, a revision, +N, -N, REVISION+N, REVISION-N, or one of them after "
                  "BRANCH@");
}

// The last sign that only digits follow, or npos.
std::size_t offset_begin(std::string_view text) noexcept {
    std::size_t const last = text.find_last_not_of("0123456789");
    bool const found = last != text.npos && last + 1 < text.size() && (text[last] == '+' || text[last] == '-');
    return found ? last : text.npos;
}

std::int64_t parse_offset(std::string_view text, std::string_view digits, bool negative) {
    std::int64_t value = 0;
    auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size()) invalid(text, "the number of steps is too large");
    if (value == 0) invalid(text, "a relative target goes at least one step");
    return negative ? -value : value;
}

target::kind kind_of(const revision_graph &graph, std::string_view symbol) noexcept {
    if (symbol.empty()) return target::kind::here;
    if (graph.find(symbol)) return target::kind::revision;
    if (symbol == "head") return target::kind::head;
    if (symbol == "heads") return target::kind::heads;
    return symbol == "base" ? target::kind::base : target::kind::revision;
}

}   // namespace

target parse_target(const revision_graph &graph, std::string_view text) {
    target t;
    t.text = t.symbol = text;
    // An id may itself look like a branch or a relative target.
    if (graph.find(text)) return t;
    if (std::size_t const at = text.find('@'); at != text.npos) {
        t.branch = text.substr(0, at);
        t.symbol = text.substr(at + 1);
        if (t.branch.empty()) invalid(text, "there is no branch before \"@\"");
    }
    if (!graph.find(t.symbol)) {
        if (std::size_t const sign = offset_begin(t.symbol); sign != text.npos) {
            t.offset = parse_offset(text, t.symbol.substr(sign + 1), t.symbol[sign] == '-');
            t.symbol = t.symbol.substr(0, sign);
        }
    }
    t.names = kind_of(graph, t.symbol);
    if (t.names == target::kind::here && !t.is_relative())
        invalid(text, t.branch.empty() ? "it is empty" : "there is no revision after \"@\"");
    return t;
}

std::optional<range> parse_range(const revision_graph &graph, std::string_view text) {
    std::size_t const colon = text.find(':');
    if (colon == text.npos || graph.find(text)) return std::nullopt;
    range r{text.substr(0, colon), text.substr(colon + 1)};
    if (r.from.empty() && r.to.empty()) invalid(text, "a range needs a revision before or after \":\"");
    if (r.to.find(':') != r.to.npos) invalid(text, "a range has one \":\"");
    return r;
}

indexes named(const revision_graph &graph, const target &t) {
    indexes result(graph.resource());
    switch (t.names) {
        case target::kind::here:
            break;
        case target::kind::base:
            if (!t.branch.empty()) graph.lineage(t.branch);   // a branch that does not exist is an error here, too
            break;
        case target::kind::head:
            result = graph.heads(t.branch);
            if (result.size() > 1) throw several_heads(graph, view(result));
            break;
        case target::kind::heads:
            result = t.branch.empty() ? top_nodes(graph) : graph.heads(t.branch);
            break;
        case target::kind::revision:
            result.push_back(graph.resolve(t.symbol, t.branch));
            break;
    }
    return result;
}

std::optional<index> named_one(const revision_graph &graph, const target &t) {
    indexes const all = named(graph, t);
    if (all.size() > 1) throw several_heads(graph, view(all));
    return all.empty() ? std::nullopt : std::optional(all.front());
}

}   // namespace whisper::graph
