#pragma once
// Take over an existing database: find out by the catalogs which revisions it has, then stamp them.

#include "engine/shape.hpp"

namespace whisper::engine {

struct adoption {
    std::string tier, revision, verdict, evidence, differences;
};

// A row per revision of the profile. With `apply`, what is present is stamped with origin "adopted", its objects are
// owned with the same origin, and of what is partial the statements that need not run are recorded; the rest stays
// pending. Throws rehearsal_failed (see learn()), and different when `apply` meets another shape and
// `accept_differences` is false.
boost::container::vector<adoption> adopt(workspace &work, const std::optional<std::string> &profile, bool apply,
                                         bool accept_differences);

}   // namespace whisper::engine
