#pragma once
// What became of the object that a recorded statement was about.

#include "pg/spi.hpp"
#include "script/statement.hpp"

namespace whisper::repeatable {

enum class object_fate : unsigned char { exists, gone, handed_over };

struct recorded_name {
    std::string revision, tier;   // whose statement it was
    std::string type;             // as statement_object has it
    script::qualified_name name;
};

// Known by what the revision is recorded to have created; what is not recorded is looked up as the statement itself
// would find it, under the caller's search_path. A table of another tier, and what hangs on it, is handed over.
object_fate fate_of(pg::spi_session &session, const recorded_name &object);

// Whether it is there, or the revision is recorded to have created it.
bool was_made(pg::spi_session &session, const recorded_name &object);

struct dependent_object {
    std::string type;
    pg::strings names;   // as pg_identify_object_as_address() has them
};

// What goes with the object when it is dropped, at any distance; nothing where its name alone does not identify it.
boost::container::vector<dependent_object> dependents_of(pg::spi_session &session, const recorded_name &object);

}   // namespace whisper::repeatable
