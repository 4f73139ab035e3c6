#pragma once
// From a target and a profile to the steps of a run, over all tiers.

#include "graph/plan.hpp"
#include "plan/profile.hpp"

namespace whisper::plan {

enum class direction : unsigned char { upgrade, downgrade };

// What somebody asked for.
struct run_request {
    direction way = direction::upgrade;
    std::string target = "head";
    std::optional<std::string> profile;
    bool allow_data_loss = false;
    bool rebuilds = false;   // whisper_rebuild() asked for it
};

// The CALL that does the same with a transaction for each revision; two of them for a rebuild.
std::string deploy_call(const run_request &request);
// The SELECT that does it in one transaction.
std::string run_call(const run_request &request);

struct planned_step {
    graph::index revision;
    bool up;
    bool again;   // an applied repeatable file whose text changed, or that runs always
};

struct run_plan {
    boost::container::vector<planned_step> steps;
    boost::container::vector<graph::deferred_revision> deferred;
    std::string profile;   // an upgrade's, by name
    run_request request;
};

// "upgrade" or "downgrade"; throws invalid_parameter for anything else.
direction parse_direction(std::string_view name);

// A bare head, heads, base or relative step is taken tier by tier: every tier of the profile for head, heads and
// base; for a relative step the profile's only versioned tier. Everything else goes to the graph as it is.
// Throws what plan_upgrade and plan_downgrade throw; unknown_profile; invalid_target for what was named and is in a
// tier that the profile does not have.
run_plan plan_upgrade(const registry::registry &r, const std::string &target,
                      const std::optional<std::string> &profile);

// These tiers from nothing to their heads, whatever is applied.
run_plan plan_from_nothing(const registry::registry &r, const script::strings &tiers);

// The call that takes these steps up: whisper_upgrade(), or whisper_deploy() when one cannot run inside a transaction.
std::string upgrade_call(const registry::registry &r, const run_plan &plan);

// The one or the other.
run_plan plan_run(const registry::registry &r, const run_request &request);

// base takes the tiers down in reverse order; head takes down what is outside the profile.
run_plan plan_downgrade(const registry::registry &r, const std::string &target,
                        const std::optional<std::string> &profile);

// The target cut at its commas: "d1, d2".
script::strings split_targets(std::string_view target);

}   // namespace whisper::plan
