#include "check/superseded.hpp"

#include "script/quote.hpp"

#include <algorithm>

namespace whisper::check {
namespace {

bool is_gone(const registry::registry &r, graph::index i) {
    return r.applied_set->contains(i) && r.revisions[i].missing;
}

// Without a header, the file before it is the one below it, even where that is gone.
bool begins_tier(const registry::registry &r, const registry::revision_record &revision) {
    return revision.down_revisions.empty() ||
           (revision.down_implicit && r.revisions[r.find(revision.down_revisions.front())].missing);
}

bool has(const registry::table_names &names, const owned_table &table) {
    return std::any_of(names.begin(), names.end(), [&](const script::qualified_name &name) {
        return name.name == table.name && (name.schema.empty() || name.schema == table.schema);
    });
}

}   // namespace

// It begins the tier anew, has not run, and creates just the tables that are there and belong to what is gone: of a
// database that stood lower, some of its tables would be missing.
const registry::revision_record *superseded_revisions::find_successor(const std::string &tier,
                                                                      const owned_tables &tables) const {
    const registry::registry &r = registry_;
    const registry::revision_record *successor = nullptr;
    for (graph::index i = 0; i < r.revisions.size(); ++i) {
        const registry::revision_record &candidate = r.revisions[i];
        if (candidate.tier != tier || candidate.missing || r.applied_set->contains(i)) continue;
        if (candidate.creates.empty() || !begins_tier(r, candidate)) continue;
        if (successor) return nullptr;
        successor = &candidate;
    }
    if (!successor) return nullptr;
    std::size_t found = 0;
    for (const owned_table &table : tables.all()) {
        if (table.relation == InvalidOid) continue;
        auto const owner = r.revision_graph->find(table.revision);
        bool const made = has(successor->creates, table);
        found += made;
        if (owner && is_gone(r, *owner) && r.revisions[*owner].tier == tier && !made) return nullptr;
    }
    return found >= successor->creates.size() ? successor : nullptr;
}

void superseded_revisions::find_target(const owned_tables &tables) {
    const registry::registry &r = registry_;
    graph::node_set stays(r.revisions.size(), r.revision_graph->resource());
    for (graph::index i = 0; i < r.revisions.size(); ++i)
        if (r.applied_set->contains(i) && !r.revisions[i].missing) stays.insert(i);
    for (const registry::tier_record &tier : r.tiers) {
        if (tier.kind == script::tier_kind::repeatable) continue;
        bool gone = false;
        for (graph::index i = 0; i < r.revisions.size(); ++i) gone |= r.revisions[i].tier == tier.name && is_gone(r, i);
        const registry::revision_record *const successor = gone ? find_successor(tier.name, tables) : nullptr;
        if (!successor) continue;
        successors_.emplace_back(tier.name, successor->revision);
        stays.insert(r.find(successor->revision));
    }
    if (successors_.empty()) return;
    graph::indexes all(r.revision_graph->resource());
    for (graph::index i = 0; i < r.revisions.size(); ++i)
        if (stays.contains(i)) all.push_back(i);
    // A stamp records all that is below its targets, too.
    if (r.revision_graph->closure(graph::view(all)).count() != stays.count()) return;
    for (graph::index const i : r.revision_graph->current_heads(stays))
        target_ += (target_.empty() ? "" : ", ") + r.revisions[i].revision;
}

superseded_revisions::superseded_revisions(const registry::registry &r, const owned_tables &tables) : registry_(r) {
    bool any = false;
    for (graph::index i = 0; i < r.revisions.size(); ++i) any |= is_gone(r, i);
    if (any) find_target(tables);
}

// A revision whose file is there and still stands on the one that is gone.
std::string superseded_revisions::named_by(const registry::revision_record &missing) const {
    auto const contains = [&](const script::strings &names) {
        return std::find(names.begin(), names.end(), missing.revision) != names.end();
    };
    for (const registry::revision_record &revision : registry_.revisions)
        if (!revision.missing && (contains(revision.down_revisions) || contains(revision.depends_on)))
            return revision.revision;
    return {};
}

std::string superseded_revisions::fix_hint(const registry::revision_record &missing) const {
    auto const successor = std::find_if(successors_.begin(), successors_.end(),
                                        [&](auto const &pair) { return pair.first == missing.tier; });
    std::string put_back =
        "put the file back, with the text of SELECT whisper_export(" + script::quote_literal(missing.revision) + ")";
    if (successor == successors_.end()) return put_back;
    if (target_.empty()) {
        const registry::revision_record &begins = registry_.revisions[registry_.find(successor->second)];
        if (!begins.down_revisions.empty())
            return put_back + "; or, if \"" + begins.revision +
                   "\" is in its place, write \"-- down_revision: base\" into file \"" + begins.file + "\"";
        std::string const above = named_by(missing);
        return above.empty() ? put_back
                             : put_back + "; or, if \"" + successor->second + "\" is in its place, let revision \"" +
                                   above + "\" name that one in down_revision and depends_on";
    }
    return "SELECT * FROM whisper_stamp(" + script::quote_literal(target_) + ", purge => true) /* if \"" +
           successor->second +
           "\" is in its place, as SELECT * FROM whisper_adopt() finds out; else put the file back */";
}

}   // namespace whisper::check
