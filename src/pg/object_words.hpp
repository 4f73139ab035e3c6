#pragma once
// The kinds of objects in SQL's words.

#include "pg/server.hpp"

extern "C" {
#include "nodes/parsenodes.h"
}

namespace whisper::pg {

// "materialized view" as CREATE, ALTER, DROP and COMMENT have it; empty for what has no such words.
const char *words_of(ObjectType type) noexcept;

}   // namespace whisper::pg
