#pragma once
// What Liquibase's change sets are called here, whose names have three parts.

#include <string>
#include <string_view>

namespace whisper::script {

// "db/001.sql", "ann", "7" -> "db.001.ann.7". Characters that no id has are underscores; a name that is too long for
// one is cut, and ends in a hash of the whole. A change set of no file has an empty one.
std::string change_set_id(std::string_view file, std::string_view author, std::string_view id);

}   // namespace whisper::script
