#pragma once
// The way down of what has none of its own: drop what was created.

#include "pg/spi.hpp"
#include "registry/model.hpp"

namespace whisper::state {

// Drops, as the caller, every object that the revision created and that is still there, together and never CASCADE.
// An extension that others have come to use stays. Returns the number of objects.
// Throws the server's 2BP01 when something else depends on one, 42501 when the caller does not own one.
int drop_created(pg::spi_session &session, const registry::revision_record &revision);

// The same for all revisions at once, adopted objects included.
int drop_everything_created(pg::spi_session &session);

}   // namespace whisper::state
