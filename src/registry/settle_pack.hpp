#pragma once
// Pack, tiers and profiles of a registry, as the files have them.

#include "registry/layout.hpp"
#include "registry/model.hpp"

namespace whisper::registry {

// Puts them in the place of what the catalog had, and says in `pack_changed` whether that differs.
void settle_pack(registry &r, const pack_layout &layout, const std::string &location);

}   // namespace whisper::registry
