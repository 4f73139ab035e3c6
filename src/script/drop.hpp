#pragma once
// DROP: what it names.

#include "script/migration.hpp"

#include <string_view>

namespace whisper::script {

// All of its names as written: of "DROP TABLE IF EXISTS a, s.b CASCADE" a and s.b. None for another statement.
strings dropped_names(std::string_view statement);

}   // namespace whisper::script
