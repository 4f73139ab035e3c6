#pragma once
// Who calls, and what the names that are not qualified mean to them.

#include "pg/guard.hpp"

namespace whisper::pg {

struct caller {
    std::string user, database;
    std::string schema;   // where new objects go; empty when the search_path leads nowhere
    Oid flyway_history =
        InvalidOid;   // the table that Flyway would take for its own, if the caller may read it plainly
};

// To be asked before an engine_scope begins.
caller current_caller();

}   // namespace whisper::pg
