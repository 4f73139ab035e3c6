#pragma once
// A registered revision as the file to commit.

#include "session/workspace.hpp"

namespace whisper::author {

// Header and sections as parse_migration() reads them; what the original file included is in it. `target` names one
// revision. Throws what resolving it throws, invalid_target when it names several or none.
std::string file_text(session::workspace &work, const std::string &target);

}   // namespace whisper::author
