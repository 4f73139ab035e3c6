// Names to nodes.

#include "graph/messages.hpp"
#include "graph/plan.hpp"
#include "graph/storage.hpp"
#include "graph/traverse.hpp"

namespace whisper::graph {

namespace {

constexpr std::size_t shortest_prefix = 4;

}   // namespace

std::optional<index> revision_graph::find(std::string_view id) const noexcept { return storage_->ids.find(id); }

bool revision_graph::is_branch(std::string_view name) const noexcept {
    return storage_->label_owner(name) || is_tier(name);
}

bool revision_graph::is_tier(std::string_view name) const noexcept {
    return !name.empty() && storage_->tiers.find(name);
}

index revision_graph::resolve(std::string_view name, std::string_view within) const {
    std::optional<node_set> members;
    if (!within.empty()) members = lineage(within);
    auto const is_member = [&](index i) { return !members || members->contains(i); };
    auto const of_branch = [&] { return within.empty() ? std::string() : " of branch " + quoted(within); };

    auto exact = storage_->ids.find(name);
    if (!exact) exact = storage_->label_owner(name);
    if (exact) {
        if (is_member(*exact)) return *exact;
        throw failure(sqlstate::unknown_revision, "revision " + quoted(name) + " is not on branch " + quoted(within),
                      {}, "leave out the branch or name a revision that is on it");
    }
    if (is_tier(name))
        throw failure(sqlstate::unknown_revision, quoted(name) + " is a tier, not a revision", {},
                      "use \"" + std::string(name) + "@head\" or \"" + std::string(name) + "@heads\"");

    indexes matches(resource());
    if (name.size() >= shortest_prefix)
        for (index i = 0; i < size(); ++i)
            if (id(i).starts_with(name) && is_member(i)) matches.push_back(i);
    if (matches.size() == 1) return matches.front();
    if (!matches.empty())
        throw failure(sqlstate::ambiguous_revision, "revision " + quoted(name) + of_branch() + " is ambiguous",
                      "it may be any of " + quoted_list(*this, view(matches)), "give more characters of the revision");
    throw failure(sqlstate::unknown_revision, "revision " + quoted(name) + of_branch() + " does not exist",
                  similar_names(name, storage_->ids.names()),
                  name.size() < shortest_prefix ? "an abbreviated revision needs at least 4 characters"
                                                : "see whisper_history() for the revisions there are");
}

void revision_graph::throw_unknown_branch(std::string_view name) const {
    std::string detail = similar_names(name, storage_->label_names.names());
    if (detail.empty()) detail = similar_names(name, storage_->tiers.names());
    throw failure(sqlstate::unknown_revision, "branch " + quoted(name) + " does not exist", std::move(detail),
                  "a branch is named by a branch label, a tier or a revision");
}

}   // namespace whisper::graph
