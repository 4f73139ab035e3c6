#pragma once
// Where every tier stands.

#include "session/workspace.hpp"

namespace whisper::check {

struct tier_status {
    std::string tier, kind, current, head;
    int applied = 0, pending = 0, deferred = 0, changed = 0, tables_expected = 0, tables_present = 0;
    std::string state;
};

// A row per tier, in tier order, measured by the profile in force. Throws unknown_profile.
boost::container::vector<tier_status> status(session::workspace &work);

}   // namespace whisper::check
