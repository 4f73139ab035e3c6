#pragma once
// Record revisions as applied or not, running nothing.

#include "engine/workspace.hpp"

namespace whisper::engine {

struct stamped {
    std::string tier, revision, message;
    bool recorded;   // otherwise forgotten
};

// Targets as for an upgrade, separated by commas; head and heads mean those of every tier of the profile in force,
// base forgets everything. `purge` forgets what is no longer registered, too.
// Throws unknown_revision, ambiguous_revision, multiple_heads, invalid_target.
boost::container::vector<stamped> stamp(workspace &work, const std::string &target, bool purge);

// Accepts the registered text of an applied revision. Returns false when nothing was different.
// Throws not_applied.
bool repair(workspace &work, const registry::revision_record &revision);

}   // namespace whisper::engine
