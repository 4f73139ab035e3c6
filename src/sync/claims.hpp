#pragma once
// What another tool has as applied and an adoption did not find: no upgrade runs it, as it may have run already.

#include "plan/planner.hpp"
#include "session/workspace.hpp"
#include "sync/foreign_history.hpp"

#include <functional>

namespace whisper::sync {

// Writes down, in place of what an earlier adoption left, everything that the tools have as applied. Not so a revision
// that a table of heads does not name but implies where `is_gap` says that running it only makes what is missing.
void remember_claims(session::workspace &work, const boost::container::vector<foreign_evidence> &tools,
                     const std::function<bool(graph::index)> &is_gap);

// Throws different, naming the first of them, when the plan would run a revision up that a tool had as applied when the
// database was taken over, or that one of the same tables has now. What has been run, stamped or taken back here since
// is nobody else's matter any more.
void require_unclaimed(session::workspace &work, const plan::run_plan &plan);

}   // namespace whisper::sync
