#pragma once
// Emergency recovery: everything the revisions created or adopted goes, and the profile comes up again.

#include "run/runner.hpp"

namespace whisper::run {

// Throws data_loss listing the rows of the owned tables unless `confirm` is this database's name; then what
// plan_upgrade() and run_plan_steps() throw.
boost::container::vector<done_step> rebuild(session::workspace &work, const std::optional<std::string> &profile,
                                            const std::optional<std::string> &confirm);

}   // namespace whisper::run
