#pragma once
// Record revisions as applied or not, running nothing.

#include "session/workspace.hpp"

namespace whisper::baseline {

struct stamped {
    std::string tier, revision, message;
    bool recorded;   // otherwise forgotten
};

// Targets as for an upgrade, separated by commas; head and heads mean those of every tier of the profile in force,
// base forgets everything. `purge` forgets what is no longer registered, too.
// Throws unknown_revision, ambiguous_revision, multiple_heads, invalid_target.
boost::container::vector<stamped> stamp(session::workspace &work, const std::string &target, bool purge);

// Accepts the registered text of an applied revision. Returns false when nothing was different.
// Throws not_applied.
bool repair(session::workspace &work, const registry::revision_record &revision);

}   // namespace whisper::baseline
