#include "registry/model.hpp"

#include <algorithm>

namespace whisper::registry {

const tier_record *registry::find_tier(std::string_view name) const noexcept {
    auto const at = std::find_if(tiers.begin(), tiers.end(), [&](const tier_record &t) { return t.name == name; });
    return at == tiers.end() ? nullptr : &*at;
}

const applied_record *registry::find_applied(std::string_view revision) const noexcept {
    // `applied` is kept sorted by revision.
    auto const at = std::lower_bound(applied.begin(), applied.end(), revision,
                                     [](const applied_record &a, std::string_view id) { return a.revision < id; });
    return at == applied.end() || at->revision != revision ? nullptr : &*at;
}

graph::index registry::find(std::string_view revision) const {
    if (auto const found = revision_graph->find(revision)) return *found;
    throw failure(sqlstate::unknown_revision, "revision \"" + std::string(revision) + "\" does not exist");
}

bool is_outdated(const registry &r, const revision_record &record) noexcept {
    const applied_record *const applied = r.find_applied(record.revision);
    return applied && applied->checksum != record.checksum && record.rerun != script::rerun_mode::never;
}

void build_graph(registry &r, graph::memory *resource) {
    boost::container::vector<graph::node> nodes;
    nodes.reserve(r.revisions.size());
    for (const revision_record &record : r.revisions)
        nodes.push_back({record.revision, record.tier, record.down_revisions, record.depends_on, record.branch_labels});
    script::strings tiers;
    for (const tier_record &tier : r.tiers) tiers.push_back(tier.name);
    r.revision_graph = std::make_unique<graph::revision_graph>(
        std::span(nodes.data(), nodes.size()), resource, std::span<const std::string>(tiers.data(), tiers.size()));
    r.applied_set.emplace(r.revisions.size(), resource);
    for (const applied_record &a : r.applied)
        if (auto const at = r.revision_graph->find(a.revision)) r.applied_set->insert(*at);
}

void require_unchanged(const registry &r) {
    for (const revision_record &record : r.revisions) {
        const tier_record *const tier = r.find_tier(record.tier);
        if (tier && tier->kind == script::tier_kind::repeatable) continue;
        const applied_record *const applied = r.find_applied(record.revision);
        if (!applied || applied->checksum == record.checksum) continue;
        throw failure(sqlstate::checksum_mismatch,
                      "revision \"" + record.revision + "\" was changed after it had been applied",
                      (record.file.empty() ? "It was applied"
                                           : "File \"" + record.file + "\" has another text than the one applied") +
                          " on " + pg::shown(applied->applied_at) + " by \"" + applied->applied_by + "\".",
                      "put the old text back and write a new revision, or accept the new text with SELECT * FROM "
                      "whisper_repair('" +
                          record.revision + "')");
    }
}

}   // namespace whisper::registry
