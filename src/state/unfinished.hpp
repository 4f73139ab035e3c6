#pragma once
// Revisions of which an interrupted deploy has done a part: what they stand on has to stay until they are finished.

#include "plan/planner.hpp"
#include "session/workspace.hpp"

namespace whisper::state {

// Throw 55000 for a revision that is half done: for any; for one that stands on a revision that the plan takes back;
// for one that stands on one of `taken`. A revision whose way down was interrupted is applied still, and no such one.
void require_none_unfinished(session::workspace &work);
void require_none_unfinished_above(session::workspace &work, const plan::run_plan &plan);
void require_none_unfinished_above(session::workspace &work, const graph::node_set &taken);

}   // namespace whisper::state
