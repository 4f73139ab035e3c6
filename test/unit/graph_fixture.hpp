#pragma once
// Short notation for graphs and plans in tests.

#include "error.hpp"
#include "graph/graph.hpp"
#include "graph/plan.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace whisper::graph {

using names = std::vector<std::string>;

struct row {
    const char *id;
    std::initializer_list<const char *> down = {}, depends_on = {}, labels = {};
    const char *tier = "";
};

inline std::vector<node> nodes_of(std::initializer_list<row> rows) {
    std::vector<node> result;
    for (const row &r : rows)
        result.push_back({r.id, r.tier, strings(r.down.begin(), r.down.end()),
                          strings(r.depends_on.begin(), r.depends_on.end()),
                          strings(r.labels.begin(), r.labels.end())});
    return result;
}

// A graph with the things that tests ask of it, by name.
class sample {
public:
    sample(std::initializer_list<row> rows) : nodes_(nodes_of(rows)), graph(nodes_) {}

    index at(std::string_view id) const { return graph.find(id).value(); }

    // These and nothing else, gaps and all.
    node_set exactly(std::initializer_list<const char *> ids) const {
        node_set result(graph.size());
        for (const char *id : ids) result.insert(at(id));
        return result;
    }

    node_set closure(std::initializer_list<const char *> heads) const {
        indexes all;
        for (const char *id : heads) all.push_back(at(id));
        return graph.closure(view(all));
    }

    template <class Indexes>
    names ids(const Indexes &from) const {
        names result;
        for (index i : from) result.emplace_back(graph.id(i));
        return result;
    }

    names members(const node_set &set) const {
        names result;
        for (index i = 0; i < graph.size(); ++i)
            if (set.contains(i)) result.emplace_back(graph.id(i));
        return result;
    }

    names steps(const plan &p) const {
        names result;
        for (const step &s : p.steps)
            result.push_back((s.way == direction::up ? "+" : s.way == direction::down ? "-" : "=") +
                             std::string(graph.id(s.revision)));
        return result;
    }

    names deferred(const plan &p) const {
        names result;
        for (const deferred_revision &d : p.deferred)
            result.push_back(std::string(graph.id(d.revision)) + " waits for " + std::string(graph.id(d.waits_for)));
        return result;
    }

    plan up(const node_set &applied, std::initializer_list<std::string_view> targets,
            const node_set *allowed = nullptr) const {
        std::vector<std::string_view> const all(targets);
        return plan_upgrade(graph, applied, all, allowed);
    }

    plan down(const node_set &applied, std::string_view target) const { return plan_downgrade(graph, applied, target); }

    stamp_plan stamp(const node_set &applied, std::initializer_list<std::string_view> targets,
                     bool purge = false) const {
        std::vector<std::string_view> const all(targets);
        return plan_stamp(graph, applied, all, purge);
    }

private:
    std::vector<node> nodes_;

public:
    revision_graph graph;
};

// The failure that `action` must end in.
inline failure failure_of(const std::function<void()> &action) {
    try {
        action();
    } catch (const failure &error) {
        return error;
    }
    ADD_FAILURE() << "no failure";
    return {"", ""};
}

}  // namespace whisper::graph
