#pragma once
// Tables that two tiers would create, as far as the text shows it.

#include "registry/model.hpp"

namespace whisper::registry {

struct table_conflict {
    script::qualified_name table;
    const revision_record *first, *second;
};

// One for each table and pair of tiers, in registration order of the second. O(tables created). A table whose schema no
// text names is where the default search_path has it.
boost::container::vector<table_conflict> find_conflicts(const registry &r);

// "users", or "sales.users".
std::string subject_of(const table_conflict &conflict);

// "table "users" is created by revision … of tier … and by …": for messages.
std::string describe(const table_conflict &conflict);

}   // namespace whisper::registry
