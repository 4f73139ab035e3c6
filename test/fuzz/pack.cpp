// pack.json: one SQLSTATE for all that is wrong, and a complete pack otherwise.

#include "script/pack.hpp"

#include "harnesses.hpp"
#include "require.hpp"
#include "script/names.hpp"

#include <set>

namespace whisper::fuzz {

namespace {

using namespace script;

bool distinct(const strings &names) { return std::set<std::string>(names.begin(), names.end()).size() == names.size(); }

}   // namespace

void pack(std::string_view input) {
    survives(is_utf8(input), {sqlstate::invalid_pack}, [&] {
        pack_definition const pack = parse_pack(input);
        require(name_problem(pack.name).empty(), "a pack has a name", pack.name);
        strings tiers, profiles;
        for (const tier_definition &tier : pack.tiers) {
            require(name_problem(tier.name).empty() && !tier.name.starts_with('.'), "a tier has a name", tier.name);
            tiers.push_back(tier.name);
        }
        require(!tiers.empty() && distinct(tiers), "a pack has tiers, each once");
        for (const profile_definition &profile : pack.profiles) {
            require(name_problem(profile.name).empty(), "a profile has a name", profile.name);
            profiles.push_back(profile.name);
            require(!profile.tiers.empty() && distinct(profile.tiers), "a profile has tiers, each once", profile.name);
            auto at = tiers.begin();
            for (const std::string &tier : profile.tiers) {
                at = std::find(at, tiers.end(), tier);
                require(at != tiers.end(), "a profile has tiers of the pack in their order", profile.name);
            }
        }
        require(!profiles.empty() && distinct(profiles), "a pack has profiles, each once");
        require(std::ranges::find(profiles, pack.default_profile) != profiles.end(), "the default profile is one");
        require(distinct(pack.critical_tables), "a critical table is named once");
    });
}

}   // namespace whisper::fuzz
