#pragma once
// A tool's history table where the migrations are that tool's: some touch it, and expect it to be there.

#include "session/workspace.hpp"

namespace whisper::sync {

// Before a revision runs: where it is the first of a tier that is read as another tool's, and that tool would find no
// table of its own, makes an empty one in the tool's shape, as the caller. It belongs to the revision.
void make_history_table(session::workspace &work, const registry::revision_record &revision);

// After a revision's own way down: drops the table that was made for it, whatever is in it.
void drop_history_table(session::workspace &work, const registry::revision_record &revision);

// Those of all tiers, for a rehearsal.
void make_history_tables(session::workspace &work);

}   // namespace whisper::sync
