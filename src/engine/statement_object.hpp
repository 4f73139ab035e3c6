#pragma once
// What became of the object that a recorded statement was about.

#include "pg/spi.hpp"

namespace whisper::engine {

enum class object_fate : unsigned char { exists, gone, handed_over };

struct statement_object {
    std::string revision, tier;   // whose statement it was
    std::string type, name;       // as statement_traits has them
};

// Known by what the revision is recorded to have created; what is not recorded is looked up as the statement itself
// would find it, under the caller's search_path. A table of another tier, and what hangs on it, is handed over.
object_fate fate_of(pg::spi_session &session, const statement_object &object);

}   // namespace whisper::engine
