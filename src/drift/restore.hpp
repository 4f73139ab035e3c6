#pragma once
// Bring back what a revision created and somebody dropped by hand.

#include "session/workspace.hpp"

namespace whisper::drift {

// Runs again, as the caller and in the order they were applied, those statements of the applied revisions that make
// the revision's missing objects and what hangs on its missing tables: later columns, indexes, triggers, comments.
// Returns a line for each object that is back. Rows do not come back.
// Throws not_applied; irreversible when the statements do not bring an object back.
pg::strings restore_missing(session::workspace &work, graph::index revision);

}   // namespace whisper::drift
