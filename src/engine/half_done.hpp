#pragma once
// Revisions of which an interrupted deploy has done a part: what they stand on has to stay until they are finished.

#include "engine/planner.hpp"
#include "engine/workspace.hpp"

namespace whisper::engine {

// Throw 55000 for a revision that is half done: for any; for one that stands on a revision that the plan takes back;
// for one that stands on one of `taken`. A revision whose way down was interrupted is applied still, and no such one.
void require_nothing_half_done(workspace &work);
void require_nothing_half_done_above(workspace &work, const run_plan &plan);
void require_nothing_half_done_above(workspace &work, const graph::node_set &taken);

}   // namespace whisper::engine
