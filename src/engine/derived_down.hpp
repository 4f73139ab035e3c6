#pragma once
// The way down of a repeatable file that has none of its own: drop what it created.

#include "pg/spi.hpp"
#include "registry/model.hpp"

namespace whisper::engine {

// Drops, as the caller, every object that the revision created and that is still there. Returns their number.
// Throws the server's 2BP01 when something else depends on one.
int drop_created(pg::spi_session &session, const registry::revision_record &revision);

}  // namespace whisper::engine
