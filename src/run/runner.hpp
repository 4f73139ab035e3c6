#pragma once
// Runs a plan in the caller's transaction: execute, own, record, report.

#include "run/step_runner.hpp"

namespace whisper::run {

// What a run shows of itself: "whisper: 7/30 REV".
std::string shown_step(int number, std::size_t of, const std::string &revision);

// Throws irreversible for a step down that has no way.
void require_ways_down(const registry::registry &r, const plan::run_plan &plan);

// All that can be known before anything runs: ways down, active_transaction for a step that cannot run inside a
// transaction, and 53400 for more locks than the server can hold.
void require_runnable(session::workspace &work, const plan::run_plan &plan);

// Runs every step and records it. Throws the failing statement's own error, with CONTEXT; not_owner_tier, data_loss
// (see ownership.hpp), changed_statement (see reapply.hpp).
boost::container::vector<done_step> run_plan_steps(session::workspace &work, const plan::run_plan &plan,
                                                   bool allow_data_loss);

}   // namespace whisper::run
