#pragma once
// What a revision_graph is made of; only the room's own files include this.

#include "graph/graph.hpp"
#include "graph/name_table.hpp"

#include <concepts>

namespace whisper::graph {

// Rows of values in two flat arrays, filled row by row.
template <class T>
class rows {
public:
    explicit rows(memory *resource) : ends_(resource), values_(resource) {}
    void reserve(std::size_t row_count, std::size_t value_count) {
        ends_.reserve(row_count);
        values_.reserve(value_count);
    }
    void push(T value) { values_.push_back(value); }
    // Ends the row that push() filled; the further ones are empty.
    void end_rows(std::size_t count) { ends_.insert(ends_.end(), count, static_cast<index>(values_.size())); }
    std::span<const T> operator[](std::size_t row) const noexcept {
        index const begin = row == 0 ? 0 : ends_[row - 1];
        return {values_.data() + begin, ends_[row] - begin};
    }

    // Every edge the other way round, sources in ascending order.
    void assign_reverse(const rows &forward) requires std::same_as<T, index> {
        std::size_t const size = forward.ends_.size();
        ends_.assign(size + 1, 0);
        for (index target : forward.values_) ++ends_[target + 1];
        for (std::size_t i = 1; i <= size; ++i) ends_[i] += ends_[i - 1];
        values_.resize(forward.values_.size());
        // Writing moves each row's begin to its end, so what is left in ends_[i] is where row i stops.
        for (index source = 0; source < size; ++source)
            for (index target : forward[source]) values_[ends_[target]++] = source;
        ends_.pop_back();
    }

private:
    boost::container::pmr::vector<index> ends_;
    boost::container::pmr::vector<T> values_;
};

struct revision_graph::storage {
    explicit storage(memory *resource_)
        : resource(resource_),
          text(resource_),
          ids(resource_),
          label_names(resource_),
          tiers(resource_),
          tier_of(resource_),
          label_owners(resource_),
          labels(resource_),
          parents(resource_),
          dependencies(resource_),
          children(resource_),
          dependents(resource_) {}

    memory *resource;
    boost::container::pmr::vector<char> text;   // every name once; reserved in full, so views into it stay valid
    name_table ids, label_names, tiers;         // an id's number is its node, tier 0 is the empty name
    indexes tier_of, label_owners;              // by node, by label
    rows<std::string_view> labels;
    rows<index> parents, dependencies, children, dependents;

    // The node that declares a label.
    std::optional<index> label_owner(std::string_view label) const noexcept {
        auto const number = label_names.find(label);
        return number ? std::optional(label_owners[*number]) : std::nullopt;
    }

    // In this order.
    void reserve(std::span<const node> nodes, std::span<const std::string> tier_names);
    void take_names(std::span<const node> nodes);   // throws duplicate_revision, duplicate_label
    void take_empty_tiers(std::span<const std::string> tier_names);
    void take_edges(std::span<const node> nodes);   // throws missing_revision

private:
    std::string_view keep(std::string_view name);
    void take_labels(std::span<const node> nodes);
};

// Throws cycle when the edges do not form a DAG.
void require_acyclic(const revision_graph &graph);

}   // namespace whisper::graph
