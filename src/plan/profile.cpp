#include "plan/profile.hpp"

#include "pg/configuration.hpp"
#include "script/quote.hpp"

#include <algorithm>

namespace whisper::plan {
namespace {

bool contains(const script::strings &names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

std::string known_profiles(const registry::registry &r) {
    std::string list;
    for (const registry::profile_record &p : r.profiles) list += (list.empty() ? "\"" : ", \"") + p.name + "\"";
    return list;
}

}   // namespace

std::string effective_profile(const registry::registry &r, const std::optional<std::string> &asked) {
    if (asked) return *asked;
    std::string setting = pg::default_profile();
    return setting.empty() ? r.default_profile : setting;
}

script::strings profile_tiers(const registry::registry &r, const std::optional<std::string> &asked) {
    std::string const name = effective_profile(r, asked);
    const registry::profile_record *found = nullptr;
    for (const registry::profile_record &p : r.profiles)
        if (p.name == name) found = &p;
    if (!found && !name.empty())
        throw failure(sqlstate::unknown_profile, "profile \"" + name + "\" does not exist",
                      r.profiles.empty() ? "No pack is loaded." : "The profiles are " + known_profiles(r) + ".",
                      "name one of them, or set whisper_migrate.profile");
    script::strings tiers;
    for (const registry::tier_record &t : r.tiers) {
        bool const named = std::any_of(r.profiles.begin(), r.profiles.end(),
                                       [&](const registry::profile_record &p) { return contains(p.tiers, t.name); });
        if (!found || !named || contains(found->tiers, t.name)) tiers.push_back(t.name);
    }
    return tiers;
}

std::optional<std::string> profile_with(const registry::registry &r, const std::string &tier,
                                        const std::optional<std::string> &asked) {
    if (contains(profile_tiers(r, asked), tier)) return asked;
    for (const registry::profile_record &p : r.profiles)
        if (contains(p.tiers, tier)) return p.name;
    return asked;
}

std::string profile_argument(const std::optional<std::string> &profile) {
    return profile ? ", profile => " + script::quote_literal(*profile) : std::string();
}

graph::node_set allowed_revisions(const registry::registry &r, const script::strings &tiers) {
    graph::node_set allowed(r.revisions.size(), r.revision_graph->resource());
    for (graph::index i = 0; i < r.revisions.size(); ++i)
        if (contains(tiers, r.revisions[i].tier)) allowed.insert(i);
    return allowed;
}

}   // namespace whisper::plan
