#pragma once
// A registered revision as the file to commit.

#include "engine/workspace.hpp"

namespace whisper::engine {

// Header and sections as parse_migration() reads them; what the original file included is in it. `target` names one
// revision. Throws what resolving it throws, invalid_target when it names several or none.
std::string file_text(workspace &work, const std::string &target);

}   // namespace whisper::engine
