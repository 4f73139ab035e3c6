#pragma once
// An edited repeatable file: which of its statements are to run again.

#include "pg/spi.hpp"
#include "registry/model.hpp"
#include "script/program.hpp"

namespace whisper::repeatable {

// For each action of `program`: whether to run it. Statements recorded with the same tokens are left out, new ones
// run. Throws changed_statement when a recorded statement is gone or edited, its object exists, and it is not one
// that may simply run again: naming statement and object, and what to write instead.
boost::container::vector<bool> statements_to_run(pg::spi_session &session, const registry::revision_record &revision,
                                                 const script::program &program, int first_line);

}   // namespace whisper::repeatable
