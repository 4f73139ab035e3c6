#pragma once
// What the last runs did, to be taken back: the targets "run" and "run-N" of a downgrade.

#include "pg/spi.hpp"
#include "plan/planner.hpp"

namespace whisper::plan {

// How many runs the target means, or nothing when it is another one; a revision or label of that name comes first.
// Throws invalid_target for "run-0" and what is too large.
std::optional<int> runs_of_target(const registry::registry &r, std::string_view target);

// The steps that take back the last `runs` runs of which something is applied, the last one first, whatever tiers they
// reached. Throws relative_off_end when there are fewer; invalid_target when one of them recorded revisions without
// running them, or ran an edited repeatable file again; not_an_ancestor when a revision of an earlier run stands on one
// of theirs.
run_plan plan_undo(pg::spi_session &session, const registry::registry &r, const run_request &request, int runs);

}   // namespace whisper::plan
