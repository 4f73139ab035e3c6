#pragma once
// Which tiers a call is about.

#include "registry/model.hpp"

namespace whisper::plan {

// The profile in force: `asked`, else whisper_migrate.profile, else the pack's default. Empty when there is no pack.
std::string effective_profile(const registry::registry &r, const std::optional<std::string> &asked);

// The profile's tiers in tier order, with the tiers that no profile names (a client's own) at the end.
// Throws unknown_profile.
script::strings profile_tiers(const registry::registry &r, const std::optional<std::string> &asked);

// The profile to name in a call about this tier: `asked` when it has the tier, else the first that has it.
std::optional<std::string> profile_with(const registry::registry &r, const std::string &tier,
                                        const std::optional<std::string> &asked);

// ", profile => 'x'" for a call that is shown, or nothing.
std::string profile_argument(const std::optional<std::string> &profile);

// The revisions of these tiers.
graph::node_set allowed_revisions(const registry::registry &r, const script::strings &tiers);

}   // namespace whisper::plan
