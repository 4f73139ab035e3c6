#pragma once
// Distinct names, numbered in the order of their insertion, found in O(1).

#include "graph/graph.hpp"

namespace whisper::graph {

// Keeps views; somebody else keeps the text alive.
class name_table {
public:
    explicit name_table(memory *resource) : names_(resource), slots_(resource) {}

    // Room for `count` names; must come before the first insert().
    void reserve(std::size_t count);
    // The number of the equal name that is there already, or nothing when `name` was added now.
    std::optional<index> insert(std::string_view name);
    std::optional<index> find(std::string_view name) const noexcept;

    std::span<const std::string_view> names() const noexcept { return view(names_); }
    std::string_view operator[](index number) const noexcept { return names_[number]; }
    std::size_t size() const noexcept { return names_.size(); }

private:
    // Open addressing. Small slots, and names compared only when the hashes agree: memory is what this costs.
    struct slot {
        std::uint32_t hash = 0;
        index number = unused;
    };
    static constexpr index unused = ~index(0);
    struct place {
        std::size_t slot;
        std::uint32_t hash;
    };
    place find_place(std::string_view name) const noexcept;   // where it is or would be

    boost::container::pmr::vector<std::string_view> names_;
    boost::container::pmr::vector<slot> slots_;   // a power of two, at most half full
};

}   // namespace whisper::graph
