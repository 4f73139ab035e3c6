#pragma once
// Hand a table over to a tier.

#include "session/workspace.hpp"

namespace whisper::baseline {

// Returns a line saying from whom to whom. Throws unknown_tier, 42501 unless the caller owns the table, 42809 for what
// is no table, and 42P01 for what does not exist.
std::string claim(session::workspace &work, Oid table, const std::string &tier);

}   // namespace whisper::baseline
