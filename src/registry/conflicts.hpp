#pragma once
// Tables that two tiers would create, as far as the text shows it.

#include "registry/model.hpp"

namespace whisper::registry {

// A name as written, without its schema and quotes, folded as the server folds it.
std::string bare_name(const std::string &written);

struct table_conflict {
    std::string table;
    const revision_record *first, *second;
};

// One for each table and pair of tiers, in registration order of the second. O(revisions).
boost::container::vector<table_conflict> find_conflicts(const registry &r);

// "table "users" is created by revision … of tier … and by …": for messages.
std::string describe(const table_conflict &conflict);

}   // namespace whisper::registry
