#pragma once
// Generated graphs for property tests and benchmarks; the same seed always gives the same graph.

#include "graph/graph.hpp"

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace whisper::graph {

inline std::string shape_id(std::size_t i) { return "r" + std::to_string(1'000'000 + i); }

inline std::vector<node> chain_shape(std::size_t size) {
    std::vector<node> result(size);
    for (std::size_t i = 0; i < size; ++i) {
        result[i].id = shape_id(i);
        if (i > 0) result[i].down_revisions.push_back(shape_id(i - 1));
    }
    return result;
}

struct dag_options {
    double bases = 0.02, merges = 0.2, dependencies = 0.1;   // share of the revisions
    std::size_t reach = 50;                                  // how far back a parent may be; 0 means all the way
    bool tiers = false;
};

// std::uniform_int_distribution differs between libraries, so plain remainders.
inline std::vector<node> random_dag_shape(std::size_t size, std::uint32_t seed, dag_options options = {}) {
    std::mt19937 random(seed);
    auto const chance = [&](double p) { return random() < p * 4294967296.0; };
    std::vector<node> result(size);
    for (std::size_t i = 0; i < size; ++i) {
        result[i].id = shape_id(i);
        if (options.tiers) result[i].tier = "t" + std::to_string(random() % 3);
        std::size_t const span = options.reach == 0 || options.reach > i ? i : options.reach;
        auto const earlier = [&] { return shape_id(i - 1 - random() % span); };
        if (i > 0 && !chance(options.bases)) {
            result[i].down_revisions.push_back(earlier());
            while (chance(options.merges)) result[i].down_revisions.push_back(earlier());
        }
        if (i > 0 && chance(options.dependencies)) result[i].depends_on.push_back(earlier());
    }
    return result;
}

}  // namespace whisper::graph
