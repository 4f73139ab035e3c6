#pragma once
// What verify sections say against a revision that leaves nothing in the catalogs.

#include "drift/compare.hpp"

namespace whisper::baseline {

// Of the revisions that leave nothing in the catalogs and are not applied, those whose verify section says that what
// they do is not so. A section that fails says nothing, nor does one that nobody answers for.
graph::node_set denied_by_verify(session::workspace &work, const boost::container::vector<drift::step_verdict> &steps);

}   // namespace whisper::baseline
