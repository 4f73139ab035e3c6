#pragma once
// A plan as a script for psql.

#include "plan/planner.hpp"
#include "session/workspace.hpp"

namespace whisper::run {

// One transaction, except for steps that cannot run inside one; of a file that has run before what an upgrade would
// run. Throws irreversible as require_runnable() does, changed_statement.
std::string script_of(session::workspace &work, const plan::run_plan &plan);

}   // namespace whisper::run
