#pragma once
// Take over an existing database: find out by the catalogs which revisions it has, then stamp them.

#include "drift/compare.hpp"

namespace whisper::baseline {

struct adoption {
    std::string tier, revision, verdict, evidence, differences;
};

// A row per revision of the profile. With `apply`, what is present is stamped with origin "adopted", its objects are
// owned with the same origin, and of what is partial the statements that need not run are recorded; the rest stays
// pending. Throws rehearsal_failed (see expected_schema_of()), and different when `apply` meets another shape and
// `accept_differences` is false.
boost::container::vector<adoption> adopt(session::workspace &work, const std::optional<std::string> &profile,
                                         bool apply, bool accept_differences);

}   // namespace whisper::baseline
