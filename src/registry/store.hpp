#pragma once
// The registry's tables: read them, write what reconciling changed. All but read_text() to be called under
// pg::engine_scope.

#include "pg/spi.hpp"
#include "registry/model.hpp"

namespace whisper::registry {

// Everything but the revisions' texts.
registry read_catalog(pg::spi_session &session);

// The texts of one revision, read when they are not in memory yet.
revision_text read_text(pg::spi_session &session, const revision_record &record);

// Writes pack, tiers and profiles where they changed, and every unwritten revision; sets registration numbers.
// O(changes).
void write_changes(pg::spi_session &session, registry &r);

}   // namespace whisper::registry
