// What a branch label or a tier covers.

#include "error.hpp"
#include "graph/storage.hpp"
#include "graph/traverse.hpp"

#include <algorithm>

namespace whisper::graph {

node_set revision_graph::tier_members(std::string_view tier) const {
    node_set result(size(), resource());
    index const number = *storage_->tiers.find(tier);
    for (index i = 0; i < size(); ++i)
        if (storage_->tier_of[i] == number) result.insert(i);
    return result;
}

node_set revision_graph::members(std::string_view branch) const {
    if (is_tier(branch)) return tier_members(branch);
    auto const owner = storage_->label_owner(branch);
    if (!owner) throw_unknown_branch(branch);
    node_set result(size(), resource());
    result.insert(*owner);
    indexes todo(1, *owner, resource());
    while (!todo.empty()) {
        index const i = todo.back();
        todo.pop_back();
        for (index child : children(i))
            if (!is_merge_point(child) && result.insert(child)) todo.push_back(child);
    }
    // Below the label the branch reaches down to where it forks off or was merged.
    for (index i = *owner; parents(i).size() == 1;) {
        i = parents(i).front();
        if (is_branch_point(i) || is_merge_point(i)) break;
        result.insert(i);
    }
    return result;
}

node_set revision_graph::lineage(std::string_view branch) const {
    auto const owner = storage_->label_owner(branch);
    if (!owner && is_tier(branch)) return tier_members(branch);
    std::optional<index> from = owner;
    if (!from) {
        try {
            from = resolve(branch);
        } catch (const failure &error) {
            if (error.state == sqlstate::unknown_revision) throw_unknown_branch(branch);
            throw;
        }
    }
    // Upwards and downwards separately: cousins share ancestors, but no lineage.
    std::span<const index> const start(&*from, 1);
    node_set result(size(), resource()), above(size(), resource());
    spread(*this, result, start, to_parents);
    spread(*this, above, start, to_children);
    for (index i = 0; i < size(); ++i)
        if (above.contains(i)) result.insert(i);
    return result;
}

indexes revision_graph::heads(std::string_view branch) const { return ends(branch, true); }
indexes revision_graph::bases(std::string_view branch) const { return ends(branch, false); }

indexes revision_graph::ends(std::string_view branch, bool upper) const {
    std::optional<node_set> covered;
    if (!branch.empty()) covered = lineage(branch);
    // A tier ends where its own edges end; a label's branch goes on as far as the graph does.
    bool const by_tier = is_tier(branch);
    auto const counts = [&](index i) { return !by_tier || covered->contains(i); };
    indexes result(resource());
    for (index i = 0; i < size(); ++i)
        if ((!covered || covered->contains(i)) && std::ranges::none_of(upper ? children(i) : parents(i), counts))
            result.push_back(i);
    return result;
}

}   // namespace whisper::graph
