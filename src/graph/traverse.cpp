#include "graph/traverse.hpp"

#include "interrupts.hpp"

#include <algorithm>

namespace whisper::graph {

void spread(const revision_graph &graph, node_set &seen, std::span<const index> from, unsigned along,
            const node_set *within) {
    indexes todo(graph.resource());
    auto const enter = [&](index i) {
        if ((!within || within->contains(i)) && seen.insert(i)) todo.push_back(i);
    };
    for (index i : from) enter(i);
    interrupt_check check;
    while (!todo.empty()) {
        check();
        index const i = todo.back();
        todo.pop_back();
        if (along & to_parents) std::ranges::for_each(graph.parents(i), enter);
        if (along & to_dependencies) std::ranges::for_each(graph.dependencies(i), enter);
        if (along & to_children) std::ranges::for_each(graph.children(i), enter);
        if (along & to_dependents) std::ranges::for_each(graph.dependents(i), enter);
    }
}

indexes in_order(const revision_graph &graph, const node_set &set) {
    indexes result(graph.resource());
    result.reserve(set.count());
    for (index i = 0; i < set.capacity(); ++i)
        if (set.contains(i)) result.push_back(i);
    return result;
}

indexes top_nodes(const revision_graph &graph) {
    indexes result(graph.resource());
    for (index i = 0; i < graph.size(); ++i)
        if (graph.children(i).empty() && graph.dependents(i).empty()) result.push_back(i);
    return result;
}

node_set revision_graph::closure(std::span<const index> nodes) const {
    node_set result(size(), resource());
    spread(*this, result, nodes, downward);
    return result;
}

indexes revision_graph::current_heads(const node_set &applied) const {
    auto const is_applied = [&](index i) { return applied.contains(i); };
    indexes result(resource());
    for (index i = 0; i < size(); ++i)
        if (applied.contains(i) && std::ranges::none_of(children(i), is_applied) &&
            std::ranges::none_of(dependents(i), is_applied))
            result.push_back(i);
    return result;
}

indexes revision_graph::current_tips(const node_set &applied) const {
    auto const is_applied = [&](index i) { return applied.contains(i); };
    indexes result(resource());
    for (index i = 0; i < size(); ++i)
        if (applied.contains(i) && std::ranges::none_of(children(i), is_applied)) result.push_back(i);
    return result;
}

}   // namespace whisper::graph
