#pragma once
// Looking without touching: an empty database within this one, for as long as a subtransaction lives.

#include "engine/workspace.hpp"
#include "pg/subtransaction.hpp"

#include <functional>

namespace whisper::engine {

// Runs `body` as the caller in a subtransaction where every schema of the user's is renamed out of the way, public is
// fresh, and relocatable extensions are in it; then rolls everything back. Returns the error that ended it, if any;
// cancel and shutdown go on upwards. Needs the right to rename the schemas.
std::optional<pg::failed_attempt> rehearse(workspace &work, const std::function<void()> &body);

}   // namespace whisper::engine
