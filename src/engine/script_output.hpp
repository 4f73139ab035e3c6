#pragma once
// A plan as a script for psql.

#include "engine/planner.hpp"
#include "engine/workspace.hpp"

namespace whisper::engine {

// One transaction, except for steps that cannot run inside one; of a file that has run before what an upgrade would
// run. Throws irreversible as require_runnable() does, changed_statement.
std::string script_of(workspace &work, const run_plan &plan);

}   // namespace whisper::engine
