#pragma once
// Runs a plan in the caller's transaction: execute, own, record, report.

#include "engine/ownership.hpp"
#include "engine/planner.hpp"
#include "engine/recorder.hpp"
#include "engine/workspace.hpp"

namespace whisper::engine {

struct done_step {
    int number;
    const registry::revision_record *revision;
    std::string direction;   // "up" or "down"
    int statements;
    int64 elapsed;   // microseconds
};

// Throws irreversible for a step down that has no way.
void require_ways_down(const registry::registry &r, const run_plan &plan);

// All that can be known before anything runs: ways down, and active_transaction for a step that cannot run inside a
// transaction.
void require_runnable(workspace &work, const run_plan &plan);

// Runs every step and records it. Throws the failing statement's own error, with CONTEXT; not_owner_tier, data_loss
// (see ownership.hpp), changed_statement (see reapply.hpp).
boost::container::vector<done_step> run_plan_steps(workspace &work, const run_plan &plan, bool allow_data_loss);

}   // namespace whisper::engine
