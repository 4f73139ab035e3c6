// Filling the storage from what was registered.

#include "graph/messages.hpp"
#include "graph/storage.hpp"
#include "interrupts.hpp"

#include <string>

namespace whisper::graph {

std::string_view revision_graph::storage::keep(std::string_view name) {
    std::size_t const begin = text.size();
    text.insert(text.end(), name.begin(), name.end());
    return {text.data() + begin, name.size()};
}

// The registered nodes are the bulkiest thing here, so everything is counted in one pass over them.
void revision_graph::storage::reserve(std::span<const node> nodes, std::span<const std::string> tier_names) {
    std::size_t characters = 0, label_count = 0, tier_count = 0, parent_count = 0, dependency_count = 0;
    std::string_view last_tier;
    for (const node &n : nodes) {
        characters += n.id.size() + n.tier.size();
        for (const std::string &label : n.labels) characters += label.size();
        label_count += n.labels.size();
        parent_count += n.down_revisions.size();
        dependency_count += n.depends_on.size();
        // Runs of a tier are no fewer than the tiers.
        tier_count += n.tier != last_tier;
        last_tier = n.tier;
    }
    for (const std::string &name : tier_names) characters += name.size();
    tier_count += tier_names.size();
    text.reserve(characters);
    ids.reserve(nodes.size());
    tiers.reserve(tier_count + 1);
    tier_of.reserve(nodes.size());
    label_names.reserve(label_count);
    label_owners.reserve(label_count);
    labels.reserve(nodes.size(), label_count);
    parents.reserve(nodes.size(), parent_count);
    dependencies.reserve(nodes.size(), dependency_count);
}

void revision_graph::storage::take_names(std::span<const node> nodes) {
    tiers.insert({});
    std::size_t label_count = 0;
    interrupt_check check;
    for (const node &n : nodes) {
        check();
        if (ids.insert(keep(n.id)))
            throw failure(sqlstate::duplicate_revision, "revision " + quoted(n.id) + " is registered twice", {},
                          "rename one of the two");
        auto tier = tiers.find(n.tier);
        if (!tier) {
            tier = static_cast<index>(tiers.size());
            tiers.insert(keep(n.tier));
        }
        tier_of.push_back(*tier);
        label_count += n.labels.size();
    }
    if (label_count > 0)
        take_labels(nodes);
    else
        labels.end_rows(nodes.size());
}

// A pass of its own, since a label must not be the id or tier of a later node either.
void revision_graph::storage::take_labels(std::span<const node> nodes) {
    auto const clash = [](const std::string &label, std::string detail) {
        return failure(sqlstate::duplicate_label, "branch label " + quoted(label) + " is already used",
                       std::move(detail), "use another branch label");
    };
    interrupt_check check;
    for (index i = 0; i < nodes.size(); ++i) {
        for (const std::string &label : nodes[i].labels) {
            check();
            if (ids.find(label))
                throw clash(label, "revision " + quoted(nodes[i].id) + " declares it, and it is the id of a revision");
            if (!label.empty() && tiers.find(label))
                throw clash(label, "revision " + quoted(nodes[i].id) + " declares it, and it is the name of a tier");
            std::string_view const kept = keep(label);
            if (auto const other = label_names.insert(kept))
                throw clash(label, label_owners[*other] == i ? "revision " + quoted(nodes[i].id) + " declares it twice"
                                                             : "revisions " + quoted(ids[label_owners[*other]]) +
                                                                   " and " + quoted(nodes[i].id) + " both declare it");
            labels.push(kept);
            label_owners.push_back(i);
        }
        labels.end_rows(1);
    }
}

// A label or an id of that name keeps its meaning.
void revision_graph::storage::take_empty_tiers(std::span<const std::string> tier_names) {
    for (const std::string &name : tier_names)
        if (!tiers.find(name) && !label_names.find(name) && !ids.find(name)) tiers.insert(keep(name));
}

void revision_graph::storage::take_edges(std::span<const node> nodes) {
    interrupt_check check;
    // An edge named twice is one edge; the last user of each target tells without comparing all pairs.
    indexes last_child(nodes.size(), 0, resource), last_dependent(nodes.size(), 0, resource);
    auto const take = [&](rows<index> &edges, indexes &last_user, index from, std::optional<index> to,
                          const std::string &name, const char *relation) {
        check();
        if (!to)
            throw failure(sqlstate::missing_revision, "revision " + quoted(name) + " is not registered",
                          "revision " + quoted(nodes[from].id) + " names it as " + relation,
                          "register " + quoted(name) + " or correct the " + relation + " of " + quoted(nodes[from].id));
        if (last_user[*to] == from + 1) return;
        last_user[*to] = from + 1;
        edges.push(*to);
    };
    for (index i = 0; i < nodes.size(); ++i) {
        for (const std::string &name : nodes[i].down_revisions)
            take(parents, last_child, i, ids.find(name), name, "down_revision");
        parents.end_rows(1);
        for (const std::string &name : nodes[i].depends_on) {
            auto const target = ids.find(name);
            take(dependencies, last_dependent, i, target ? target : label_owner(name), name, "depends_on");
        }
        dependencies.end_rows(1);
    }
    children.assign_reverse(parents);
    dependents.assign_reverse(dependencies);
}

}   // namespace whisper::graph
