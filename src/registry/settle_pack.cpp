#include "registry/settle_pack.hpp"

#include <algorithm>

namespace whisper::registry {

void settle_pack(registry &r, const pack_layout &layout, const std::string &location) {
    registry wanted;
    for (const script::tier_definition &t : layout.pack.tiers) {
        auto const source = std::ranges::find(layout.tiers, t.name, [](const tier_source &s) { return s.tier.name; });
        wanted.tiers.push_back(
            {t.name, t.kind, source == layout.tiers.end() ? std::nullopt : std::optional(source->format)});
    }
    for (const script::profile_definition &p : layout.pack.profiles) wanted.profiles.push_back({p.name, p.tiers});
    // Tiers of revisions that a client registered, or that another pack left applied, stay.
    for (const tier_record &t : r.tiers) {
        bool const used = std::any_of(r.revisions.begin(), r.revisions.end(),
                                      [&](const revision_record &record) { return record.tier == t.name; });
        if (used && !wanted.find_tier(t.name)) wanted.tiers.push_back(t);
    }
    auto const same_tier = [](const tier_record &a, const tier_record &b) {
        return a.name == b.name && a.kind == b.kind && a.format == b.format;
    };
    auto const same_profile = [](const profile_record &a, const profile_record &b) {
        return a.name == b.name && a.tiers == b.tiers;
    };
    r.pack_changed =
        r.pack_name != layout.pack.name || r.location != location || r.default_profile != layout.pack.default_profile ||
        r.critical_tables != layout.pack.critical_tables ||
        !std::equal(r.tiers.begin(), r.tiers.end(), wanted.tiers.begin(), wanted.tiers.end(), same_tier) ||
        !std::equal(r.profiles.begin(), r.profiles.end(), wanted.profiles.begin(), wanted.profiles.end(), same_profile);
    r.pack_name = layout.pack.name;
    r.location = location;
    r.default_profile = layout.pack.default_profile;
    r.critical_tables = layout.pack.critical_tables;
    r.tiers = std::move(wanted.tiers);
    r.profiles = std::move(wanted.profiles);
}

}   // namespace whisper::registry
