#pragma once
// pack.json: name, tiers in order with their kinds, profiles, default profile, critical tables.

#include "script/migration.hpp"

#include <boost/container/vector.hpp>

#include <map>
#include <string>
#include <string_view>

namespace whisper::script {

struct tier_definition {
    std::string name;
    tier_kind kind = tier_kind::versioned;
    std::string format{};   // whose files it has: a name of formats/table.cpp, or "plain"; empty: its files tell
};

struct profile_definition {
    std::string name;
    strings tiers;   // names, in tier order
};

struct pack_definition {
    std::string name;
    boost::container::vector<tier_definition> tiers;
    boost::container::vector<profile_definition> profiles;
    std::string default_profile;
    strings critical_tables;
    std::map<std::string, std::string> placeholders;   // their values in other tools' files
    strings contexts;                                  // Liquibase's, that its change sets are run in; empty: in all
    std::string label_filter;                          // likewise, of their labels
};

// {"name": "…", "tiers": [{"name": "core", "kind": "versioned", "format": "goose"}, …],
//  "profiles": {"minimal": ["core"], …}, "default_profile": "minimal", "critical_tables": ["characters", …],
//  "format": "flyway", "placeholders": {"owner": "app", …}, "contexts": ["test", …], "label_filter": "a or b"}.
// Only `name` and `tiers` are required: the format of the pack is that of the versioned tiers that have none, and
// without profiles there is one, "default", of all tiers. Unknown or doubled keys, an unknown tier in a profile,
// doubled names, wrong types and anything that is not JSON throw invalid_pack with where it is (key path; line for
// syntax). A kind left out is "versioned"; without default_profile the first profile is it.
pack_definition parse_pack(std::string_view json);

// The value of the setting whisper_migrate.placeholders: a JSON object like that of pack.json, or nothing.
// Throws invalid_parameter for anything else.
std::map<std::string, std::string> parse_placeholders(std::string_view json);

}   // namespace whisper::script
