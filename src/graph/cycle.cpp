#include "graph/messages.hpp"
#include "graph/storage.hpp"
#include "interrupts.hpp"

#include <algorithm>

namespace whisper::graph {

namespace {

constexpr std::size_t most_shown = 10;

[[noreturn]] void report(const revision_graph &graph, std::span<const index> loop) {
    std::string path;
    for (std::size_t i = 0; i < std::min(loop.size(), most_shown); ++i) path += quoted(graph.id(loop[i])) + " needs ";
    if (loop.size() > most_shown) path += "(" + std::to_string(loop.size() - most_shown) + " more) needs ";
    path += quoted(graph.id(loop.front()));
    throw failure(sqlstate::cycle,
                  loop.size() == 1 ? "revision " + quoted(graph.id(loop.front())) + " needs itself"
                                   : std::string("revisions form a cycle"),
                  std::move(path), "correct the down_revision or depends_on of one of them");
}

}   // namespace

void require_acyclic(const revision_graph &graph) {
    auto const size = static_cast<index>(graph.size());
    indexes waiting(size, 0, graph.resource()), ready(graph.resource());
    for (index i = 0; i < size; ++i) {
        waiting[i] = static_cast<index>(graph.parents(i).size() + graph.dependencies(i).size());
        if (waiting[i] == 0) ready.push_back(i);
    }
    std::size_t done = 0;
    interrupt_check check;
    auto const settle = [&](index i) {
        if (--waiting[i] == 0) ready.push_back(i);
    };
    while (!ready.empty()) {
        check();
        index const i = ready.back();
        ready.pop_back();
        ++done;
        for (index child : graph.children(i)) settle(child);
        for (index dependent : graph.dependents(i)) settle(dependent);
    }
    if (done == size) return;

    // Whatever still waits has a predecessor that waits, so walking there must come round.
    indexes path(graph.resource()), position(size, 0, graph.resource());
    auto at = static_cast<index>(std::ranges::find_if(waiting, [](index n) { return n != 0; }) - waiting.begin());
    auto const waits = [&](index i) { return waiting[i] != 0; };
    while (position[at] == 0) {
        path.push_back(at);
        position[at] = static_cast<index>(path.size());
        auto const parents = graph.parents(at), dependencies = graph.dependencies(at);
        auto const parent = std::ranges::find_if(parents, waits);
        at = parent != parents.end() ? *parent : *std::ranges::find_if(dependencies, waits);
    }
    report(graph, view(path).subspan(position[at] - 1));
}

}   // namespace whisper::graph
