#include "plan/planner.hpp"

#include "graph/messages.hpp"
#include "plan/undo_run.hpp"
#include "script/quote.hpp"

#include <algorithm>
#include <map>

namespace whisper::plan {
namespace {

bool is_relative(std::string_view target) { return !target.empty() && (target[0] == '+' || target[0] == '-'); }

// A bare -N starts from the tier's current head; of several, from the one registered last, as in the graph.
std::string downward_start(const registry::registry &r, const std::string &tier) {
    std::string last;
    int heads = 0;
    for (graph::index const i : r.revision_graph->current_heads(*r.applied_set)) {
        if (r.revisions[i].tier != tier) continue;
        last = r.revisions[i].revision;
        ++heads;
    }
    return heads > 1 ? last : tier;
}

// The tier that a bare +1 or -1 is about, or nothing when the graph is to decide.
std::optional<std::string> only_versioned_tier(const registry::registry &r, const script::strings &tiers) {
    std::optional<std::string> only;
    for (const std::string &name : tiers) {
        const registry::tier_record *const tier = r.find_tier(name);
        if (!tier || tier->kind != script::tier_kind::versioned) continue;
        if (only) return std::nullopt;
        only = name;
    }
    return only;
}

bool has_revisions(const registry::registry &r, std::string_view tier) {
    return std::any_of(r.revisions.begin(), r.revisions.end(),
                       [&](const registry::revision_record &record) { return record.tier == tier; });
}

bool is_repeatable(const registry::registry &r, std::string_view tier) {
    const registry::tier_record *const t = r.find_tier(tier);
    return t && t->kind == script::tier_kind::repeatable;
}

// What counts as applied for an upgrade: an edited repeatable file does not, so that it gets its place in the order.
graph::node_set up_to_date(const registry::registry &r) {
    graph::node_set current = *r.applied_set;
    for (graph::index i = 0; i < r.revisions.size(); ++i) {
        const registry::revision_record &record = r.revisions[i];
        if (!current.contains(i) || !is_repeatable(r, record.tier) || record.missing) continue;
        if (record.rerun == script::rerun_mode::always || registry::is_outdated(r, record)) current.erase(i);
    }
    return current;
}

class upgrade_planner {
public:
    upgrade_planner(const registry::registry &r, const script::strings &tiers, graph::node_set applied)
        : r_(r), allowed_(allowed_revisions(r, tiers)), applied_(std::move(applied)) {}

    void add(std::span<const std::string_view> targets) {
        graph::plan const part = graph::plan_upgrade(*r_.revision_graph, applied_, targets, &allowed_);
        for (const graph::step &s : part.steps) {
            applied_.insert(s.revision);
            plan_.steps.push_back({s.revision, true, r_.applied_set->contains(s.revision)});
        }
        for (const graph::deferred_revision &d : part.deferred) plan_.deferred.push_back(d);
    }

    void add_tier(const std::string &tier, bool several_heads) {
        if (!has_revisions(r_, tier)) return;
        std::string const target = tier + (several_heads || is_repeatable(r_, tier) ? "@heads" : "@head");
        std::string_view const one = target;
        add({&one, 1});
    }

    run_plan take() { return std::move(plan_); }

private:
    const registry::registry &r_;
    graph::node_set const allowed_;
    graph::node_set applied_;
    run_plan plan_;
};

class downgrade_planner {
public:
    explicit downgrade_planner(const registry::registry &r) : r_(r), applied_(*r.applied_set) {}

    void add(const std::string &target) {
        graph::plan const part = graph::plan_downgrade(*r_.revision_graph, applied_, target);
        for (const graph::step &s : part.steps) {
            applied_.erase(s.revision);
            plan_.steps.push_back({s.revision, false, false});
        }
    }

    void add_tier(const std::string &tier) {
        if (has_revisions(r_, tier)) add(tier + "@base");
    }

    run_plan take() { return std::move(plan_); }

private:
    const registry::registry &r_;
    graph::node_set applied_;
    run_plan plan_;
};

run_plan plan_targets(const registry::registry &r, const std::string &target,
                      const std::optional<std::string> &profile) {
    script::strings const tiers = profile_tiers(r, profile);
    upgrade_planner planner(r, tiers, up_to_date(r));
    if (target == "head" || target == "heads") {
        for (const std::string &tier : tiers) planner.add_tier(tier, target == "heads");
    } else {
        std::string whole = target;
        if (is_relative(target))
            if (auto const tier = only_versioned_tier(r, tiers)) whole = *tier + "@" + target;
        script::strings const parts = split_targets(whole);
        boost::container::small_vector<std::string_view, 4> views(parts.begin(), parts.end());
        planner.add({views.data(), views.size()});
    }
    run_plan plan = planner.take();
    plan.profile = effective_profile(r, profile);
    plan.request = {direction::upgrade, target, profile, false};
    return plan;
}

// The graph defers what was asked for by name outside of the profile until itself.
std::optional<graph::index> named_outside(const run_plan &plan) {
    for (const graph::deferred_revision &d : plan.deferred)
        if (d.revision == d.waits_for) return d.revision;
    return std::nullopt;
}

// The same with the first profile that has all that was asked for; rather one under which `wanted` does not wait.
std::optional<run_plan> plan_with_another(const registry::registry &r, const std::string &target, graph::index wanted) {
    std::optional<run_plan> found;
    for (const registry::profile_record &p : r.profiles) {
        try {
            run_plan plan = plan_targets(r, target, p.name);
            if (named_outside(plan)) continue;
            bool const waits = std::ranges::any_of(
                plan.deferred, [&](const graph::deferred_revision &d) { return d.revision == wanted; });
            if (!waits) return plan;
            if (!found) found = std::move(plan);
        } catch (const failure &) {   // a relative target may lead nowhere under this profile
            continue;
        }
    }
    return found;
}

bool needs_deploy(const registry::registry &r, const run_plan &plan) {
    return std::ranges::any_of(plan.steps,
                               [&](const planned_step &s) { return !r.revisions[s.revision].is_transactional(s.up); });
}

// What stands on the one revision may be whole tiers: nobody means that by a bare -1.
void require_one_tier(const registry::registry &r, const run_plan &plan, const std::string &named) {
    std::map<std::string, std::pair<int, std::string>> tiers;
    for (const planned_step &step : plan.steps) {
        auto &[count, first] = tiers[r.revisions[step.revision].tier];
        if (count++ == 0) first = r.revisions[step.revision].revision;
    }
    if (tiers.size() < 2) return;
    std::string taken;
    for (auto const &[tier, steps] : tiers)
        taken += (taken.empty() ? "tier \"" : ", tier \"") + tier + "\": " + std::to_string(steps.first);
    auto const call = [&](const std::string &target, const std::optional<std::string> &profile) {
        run_request const request{direction::downgrade, target, profile};
        return needs_deploy(r, plan) ? deploy_call(request) : run_call(request);
    };
    throw failure(
        sqlstate::invalid_target, "target " + graph::quoted(plan.request.target) + " is about one tier",
        "It would take back " + std::to_string(plan.steps.size()) + " revisions, as others stand on it: " + taken + ".",
        "take back what the last run did with " + call("run", {}) + ", or all of this with " +
            call(named, plan.request.profile));
}

// A named target outside of the profile must fail: doing nothing would look like having done it.
void refuse_outside(const registry::registry &r, const run_plan &plan, graph::index wanted) {
    std::optional<run_plan> const another = plan_with_another(r, plan.request.target, wanted);
    const registry::revision_record &revision = r.revisions[wanted];
    throw failure(sqlstate::invalid_target,
                  "revision \"" + revision.revision + "\" is in tier \"" + revision.tier + "\", which profile \"" +
                      plan.profile + "\" does not have",
                  "target: \"" + plan.request.target + "\"",
                  another ? upgrade_call(r, *another) : "no profile has all of the target: name its parts one by one");
}

}   // namespace

std::string deploy_call(const run_request &request) {
    // A rebuild that failed is rolled back: the database is at head, and a deploy to it would do nothing.
    if (request.rebuilds) {
        run_request up = request;
        up.rebuilds = false;
        return deploy_call({direction::downgrade, "base", std::nullopt, true}) + "; " + deploy_call(up);
    }
    std::string call = "CALL whisper_deploy(" + script::quote_literal(request.target);
    call += profile_argument(request.profile);
    if (request.way == direction::downgrade) call += ", direction => 'downgrade'";
    if (request.allow_data_loss) call += ", allow_data_loss => true";
    return call + ")";
}

std::string run_call(const run_request &request) {
    std::string call =
        request.way == direction::upgrade ? "SELECT * FROM whisper_upgrade(" : "SELECT * FROM whisper_downgrade(";
    call += script::quote_literal(request.target) + profile_argument(request.profile);
    if (request.allow_data_loss) call += ", allow_data_loss => true";
    return call + ")";
}

std::string upgrade_call(const registry::registry &r, const run_plan &plan) {
    if (needs_deploy(r, plan)) return deploy_call(plan.request);
    return run_call({direction::upgrade, plan.request.target, plan.request.profile});
}

run_plan plan_run(pg::spi_session &session, const registry::registry &r, const run_request &request) {
    if (request.way == direction::downgrade)
        if (auto const runs = runs_of_target(r, request.target)) return plan_undo(session, r, request, *runs);
    return plan_run(r, request);
}

run_plan plan_run(const registry::registry &r, const run_request &request) {
    run_plan plan = request.way == direction::upgrade ? plan_upgrade(r, request.target, request.profile)
                                                      : plan_downgrade(r, request.target, request.profile);
    plan.request = request;
    return plan;
}

direction parse_direction(std::string_view name) {
    if (name == "upgrade") return direction::upgrade;
    if (name == "downgrade") return direction::downgrade;
    throw failure(sqlstate::invalid_parameter, "direction \"" + std::string(name) + "\" does not exist", {},
                  "use 'upgrade' or 'downgrade'");
}

script::strings split_targets(std::string_view target) {
    script::strings parts;
    for (std::size_t begin = 0; begin <= target.size();) {
        std::size_t const end = std::min(target.find(',', begin), target.size());
        std::string_view part = target.substr(begin, end - begin);
        while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
        while (!part.empty() && part.back() == ' ') part.remove_suffix(1);
        parts.emplace_back(part);
        begin = end + 1;
    }
    return parts;
}

run_plan plan_upgrade(const registry::registry &r, const std::string &target,
                      const std::optional<std::string> &profile) {
    run_plan plan = plan_targets(r, target, profile);
    if (auto const wanted = named_outside(plan)) refuse_outside(r, plan, *wanted);
    return plan;
}

run_plan plan_from_nothing(const registry::registry &r, const script::strings &tiers) {
    upgrade_planner planner(r, tiers, graph::node_set(r.revisions.size(), r.revision_graph->resource()));
    for (const std::string &tier : tiers) planner.add_tier(tier, true);
    return planner.take();
}

run_plan plan_downgrade(const registry::registry &r, const std::string &target,
                        const std::optional<std::string> &profile) {
    downgrade_planner planner(r);
    script::strings every;
    for (const registry::tier_record &t : r.tiers) every.push_back(t.name);
    script::strings const inside = profile || target == "head" ? profile_tiers(r, profile) : every;

    if (target == "base" || target == "head") {
        for (auto tier = every.rbegin(); tier != every.rend(); ++tier) {
            bool const in_profile = std::find(inside.begin(), inside.end(), *tier) != inside.end();
            if (in_profile == (target == "base")) planner.add_tier(*tier);
        }
        return planner.take();
    }
    std::string whole = target;
    if (is_relative(target))
        if (auto const tier = only_versioned_tier(r, inside)) whole = downward_start(r, *tier) + "@" + target;
    planner.add(whole);
    run_plan plan = planner.take();
    plan.request = {direction::downgrade, target, profile};
    if (whole != target) require_one_tier(r, plan, whole);
    return plan;
}

}   // namespace whisper::plan
