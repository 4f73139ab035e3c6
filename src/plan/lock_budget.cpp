#include "plan/lock_budget.hpp"

#include "pg/settings.hpp"

namespace whisper::plan {
namespace {

int64 number_of(const char *setting) { return std::stoll(pg::setting(setting)); }

int64 lock_space() {
    return number_of("max_locks_per_transaction") *
           (number_of("max_connections") + number_of("max_prepared_transactions"));
}

std::string facts(int64 wanted, int64 space) {
    return "About " + std::to_string(wanted) + " locks are needed at once; the server has room for " +
           std::to_string(space) + ": max_locks_per_transaction × (max_connections + max_prepared_transactions).";
}

constexpr std::string_view too_many = "53400";   // configuration_limit_exceeded

}   // namespace

void require_lock_space(const registry::registry &r, const run_plan &plan) {
    int64 wanted = 0;
    for (const planned_step &step : plan.steps)
        if (!step.again) wanted += r.revisions[step.revision].lock_count;
    int64 const space = lock_space();
    if (wanted <= space) return;
    throw failure(too_many, "one transaction cannot hold the locks of " + std::to_string(plan.steps.size()) + " steps",
                  facts(wanted, space), deploy_call(plan.request));
}

void require_lock_space(const registry::revision_record &revision) {
    int64 const space = lock_space();
    if (revision.lock_count <= space) return;
    throw failure(too_many, "one transaction cannot hold the locks of revision \"" + revision.revision + "\"",
                  facts(revision.lock_count, space),
                  "raise max_locks_per_transaction and restart the server, or split the revision");
}

}   // namespace whisper::plan
