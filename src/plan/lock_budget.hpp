#pragma once
// Whether the server's lock table can hold what one transaction creates.

#include "plan/planner.hpp"

namespace whisper::plan {

// The steps' locks against max_locks_per_transaction × (max_connections + max_prepared_transactions). Throws 53400
// when they are more, with the CALL that takes a transaction for each revision as hint.
void require_lock_space(const registry::registry &r, const run_plan &plan);

// The same for one revision in a transaction of its own.
void require_lock_space(const registry::revision_record &revision);

}   // namespace whisper::plan
