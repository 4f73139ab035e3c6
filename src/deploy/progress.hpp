#pragma once
// How far the run is that another session is at.

#include "pg/spi.hpp"

namespace whisper::deploy {

// Columns as whisper_progress() returns them; a row while a run is under way.
pg::rows read_progress(pg::spi_session &session);

}   // namespace whisper::deploy
