#pragma once
// What a table lacks of what its revisions made of it, and the statements that make it again.

#include "pg/authority.hpp"
#include "session/workspace.hpp"

namespace whisper::drift {

struct missing_part {
    int order;
    std::string key, statement;   // "column public.t.c"; names in the statement are qualified but for pg_catalog's
    graph::index revision;        // that gave it its definition
    pg::authority how;            // with whose rights: the least of those that had a hand in it
};

// Parts of tables that are there, in the order to make them: a CASCADE takes foreign keys and views along, a hand slips
// over an index. Rehearses the pack: throws rehearsal_failed, insufficient_privilege.
boost::container::vector<missing_part> find_missing_parts(session::workspace &work, graph::index revision);

}   // namespace whisper::drift
