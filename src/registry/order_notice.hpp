#pragma once
// Which order counts where there are two.

#include "registry/layout.hpp"

namespace whisper::registry {

// A NOTICE naming the first two files of the tier that another order would have the other way round.
void tell_order(const tier_source &tier);

}   // namespace whisper::registry
