#pragma once
// A plan as a script for psql.

#include "engine/planner.hpp"
#include "engine/workspace.hpp"

namespace whisper::engine {

// One transaction, except for steps that cannot run inside one. Throws irreversible as require_runnable() does.
std::string script_of(workspace &work, const run_plan &plan);

}   // namespace whisper::engine
