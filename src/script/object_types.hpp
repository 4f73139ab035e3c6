#pragma once
// CREATE, ALTER and DROP: the type and the name of the object.

#include "script/cursor.hpp"

#include <string>

namespace whisper::script {

// Takes the words of an object type ("materialized view", "table") off the cursor. Empty when it is at none.
std::string accept_object_type(cursor &at);

// Takes a possibly qualified name off the cursor, as written but without white space; empty when it is at none.
std::string accept_object_name(cursor &at);

}   // namespace whisper::script
