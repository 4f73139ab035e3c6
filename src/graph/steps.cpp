#include "graph/steps.hpp"

#include "graph/messages.hpp"
#include "graph/plan.hpp"
#include "graph/traverse.hpp"
#include "interrupts.hpp"

#include <algorithm>

namespace whisper::graph {

namespace {

std::string at(const revision_graph &graph, std::optional<index> i) {
    return i ? quoted(graph.id(*i)) : std::string("base");
}

failure off_end(const revision_graph &graph, std::optional<index> from, std::int64_t wanted, std::int64_t taken,
                bool up) {
    return {sqlstate::relative_off_end,
            std::string("relative step ") + (up ? "+" : "-") + std::to_string(wanted) + " goes beyond the " +
                (up ? "last" : "first") + " revision",
            "only " + std::to_string(taken) + (taken == 1 ? " step is" : " steps are") + " possible from " +
                at(graph, from),
            up ? "use \"heads\" to go as far as possible" : "use \"base\" to go as far as possible"};
}

failure forks(const revision_graph &graph, std::optional<index> where, std::span<const index> choices, bool up) {
    std::string const example(graph.id(choices.front()));
    return {sqlstate::ambiguous_revision,
            std::string("relative step ") + (up ? "up" : "down") + " from " + at(graph, where) + " is ambiguous",
            "it may lead to any of " + quoted_list(graph, choices),
            up ? "name a branch, as in \"" + example + "@+1\", or the revision itself"
               : "name the revision to go to, as in \"" + example + "\""};
}

}   // namespace

index walk_up(const revision_graph &graph, std::optional<index> from, std::int64_t count, std::string_view branch) {
    std::optional<node_set> covered;
    if (!branch.empty()) covered = graph.lineage(branch);
    std::optional<index> here = from;
    interrupt_check check;
    for (std::int64_t taken = 0; taken < count; ++taken) {
        check();
        indexes next(graph.resource());
        if (here) {
            for (index child : graph.children(*here))
                if (!covered || covered->contains(child)) next.push_back(child);
        } else {
            next = graph.bases(branch);
        }
        if (next.empty()) throw off_end(graph, from, count, taken, true);
        if (next.size() > 1) throw forks(graph, here, view(next), true);
        here = next.front();
    }
    return *here;
}

descent walk_down(const revision_graph &graph, index from, std::int64_t count) {
    node_set ancestors(graph.size(), graph.resource());
    spread(graph, ancestors, std::span(&from, 1), to_parents);
    indexes waiting(graph.size(), 0, graph.resource());   // children among the ancestors that are not undone yet
    for (index i = 0; i < graph.size(); ++i)
        if (ancestors.contains(i))
            for (index parent : graph.parents(i)) ++waiting[parent];

    descent result(graph.resource());
    result.last = from;
    result.reached.push_back(from);
    interrupt_check check;
    for (std::int64_t taken = 0; taken < count; ++taken) {
        check();
        if (result.reached.empty()) throw off_end(graph, from, count, taken, false);
        if (result.reached.size() > 1) throw forks(graph, result.last, view(result.reached), false);
        result.last = result.reached.front();
        result.reached.clear();
        for (index parent : graph.parents(result.last))
            if (--waiting[parent] == 0) result.reached.push_back(parent);
    }
    return result;
}

std::optional<index> below(const revision_graph &graph, index from, std::int64_t count) {
    descent const end = walk_down(graph, from, count);
    if (end.reached.size() > 1) throw forks(graph, end.last, view(end.reached), false);
    return end.reached.empty() ? std::nullopt : std::optional(end.reached.front());
}

indexes standing_on(const revision_graph &graph, const node_set &applied, std::string_view branch) {
    indexes result = graph.current_heads(applied);
    if (branch.empty()) return result;
    node_set const covered = graph.lineage(branch);
    auto const keep_covered = [&] {
        result.erase(std::remove_if(result.begin(), result.end(), [&](index i) { return !covered.contains(i); }),
                     result.end());
    };
    keep_covered();
    if (!result.empty()) return result;
    node_set on_branch(graph.size(), graph.resource());
    for (index i = 0; i < graph.size(); ++i)
        if (applied.contains(i) && covered.contains(i)) on_branch.insert(i);
    return graph.current_tips(on_branch);
}

}   // namespace whisper::graph
