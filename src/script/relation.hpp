#pragma once
// Which relation a statement is about.

#include "script/cursor.hpp"
#include "script/statement.hpp"

#include <string>

namespace whisper::script {

// CREATE, ALTER, DROP and COMMENT, whose object is in `traits` already; `at` is after its name. A relation is about
// itself, except that CREATE INDEX is about its table.
std::string relation_of_object(cursor at, const statement_traits &traits, std::string_view command);

// Any other verb, in upper case; `at` is after it.
std::string relation_of_verb(cursor at, std::string_view verb);

}   // namespace whisper::script
