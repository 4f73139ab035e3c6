// The registry against the files, and the tiers against their heads.

#include "check/superseded.hpp"
#include "check/verify.hpp"
#include "plan/planner.hpp"
#include "state/deploy_record.hpp"

namespace whisper::check {
namespace {

std::string plural(std::size_t n, const char *noun) { return std::to_string(n) + " " + noun + (n == 1 ? "" : "s"); }

bool is_repeatable(const registry::registry &r, const registry::revision_record &record) {
    const registry::tier_record *const tier = r.find_tier(record.tier);
    return tier && tier->kind == script::tier_kind::repeatable;
}

// What brings a tier to its heads, with a profile that has it.
std::string heads_call(const registry::registry &r, const std::string &tier,
                       const std::optional<std::string> &profile) {
    return plan::upgrade_call(
        r, plan::plan_run(r, {plan::direction::upgrade, tier + "@heads", plan::profile_with(r, tier, profile), false}));
}

}   // namespace

std::string where_it_stands(const registry::registry &r) {
    std::string list;
    for (graph::index const i : r.revision_graph->current_heads(*r.applied_set))
        list += (list.empty() ? "" : ", ") + r.revisions[i].revision;
    return list.empty() ? "base" : list;
}

void check_registry(session::workspace &work, const std::optional<std::string> &profile, const owned_tables &tables,
                    findings &out) {
    const registry::registry &r = work.registry();
    superseded_revisions const superseded(r, tables);
    std::size_t troubles = out.size();
    for (const registry::revision_record &record : r.revisions) {
        if (record.missing)
            out.push_back({"registry", record.revision, false, "file \"" + record.file + "\" is gone",
                           superseded.fix_hint(record)});
        if (!registry::is_outdated(r, record)) continue;
        if (is_repeatable(r, record))
            out.push_back({"registry", record.revision, false, "the file was edited since it was applied",
                           heads_call(r, record.tier, profile)});
        else
            out.push_back({"registry", record.revision, false, "the revision was edited after it had been applied",
                           "SELECT * FROM whisper_repair('" + record.revision + "')"});
    }
    for (const registry::applied_record &a : r.applied)
        if (!r.revision_graph->find(a.revision))
            out.push_back({"registry", a.revision, false, "it is applied but not registered",
                           "load the pack it comes from, or forget it with SELECT * FROM whisper_stamp('" +
                               where_it_stands(r) + "', purge => true)"});
    for (const registry::table_conflict &c : registry::find_conflicts(r))
        out.push_back({"registry", registry::subject_of(c), false, registry::describe(c),
                       "let one tier have the table, and take its CREATE TABLE out of the other one's file"});
    if (troubles == out.size())
        out.push_back({"registry", r.pack_name.empty() ? "clients" : r.pack_name, true,
                       plural(r.revisions.size(), "revision") + " registered, " + plural(r.applied.size(), "revision") +
                           " applied",
                       ""});
}

void check_heads(session::workspace &work, const std::optional<std::string> &profile, findings &out) {
    const registry::registry &r = work.registry();
    for (const std::string &tier : plan::profile_tiers(r, profile)) {
        std::size_t pending = 0, all = 0;
        std::string first;
        for (graph::index i = 0; i < r.revisions.size(); ++i) {
            if (r.revisions[i].tier != tier) continue;
            ++all;
            if (r.applied_set->contains(i) || ++pending > 1) continue;
            first = r.revisions[i].revision;
        }
        std::size_t waiting = 0;
        std::string fix_hint;
        if (pending > 0) {
            plan::run_plan const plan = plan::plan_run(r, {plan::direction::upgrade, tier + "@heads", profile, false});
            for (const graph::deferred_revision &d : plan.deferred) waiting += r.revisions[d.revision].tier == tier;
            fix_hint = plan::upgrade_call(r, plan);
        }
        bool const ok = pending == waiting;
        std::string detail = plural(all - pending, "revision") + " of " + std::to_string(all) + " applied";
        if (waiting > 0) detail += ", " + std::to_string(waiting) + " deferred";
        if (!ok) detail += ", the first missing is \"" + first + "\"";
        out.push_back({"head", tier, ok, detail, ok ? "" : fix_hint});
    }
}

// What an interrupted deploy has begun. While one is under way it is at work, and nothing is wrong.
void check_unfinished(session::workspace &work, const std::optional<std::string> &profile, findings &out) {
    const registry::registry &r = work.registry();
    for (const state::unfinished_revision &u : state::read_unfinished(work.session())) {
        plan::run_request request{plan::direction::upgrade, u.revision, std::nullopt, false};
        auto const at = r.revision_graph->find(u.revision);
        if (at) request.profile = plan::profile_with(r, r.revisions[*at].tier, profile);
        if (at && u.section == "down") {
            const registry::revision_record &record = r.revisions[*at];
            request.profile.reset();   // what a named target takes down is the same for every profile
            request.way = plan::direction::downgrade;
            request.target = record.down_revisions.empty() ? record.tier + "@base" : record.revision + "-1";
        }
        std::string const done = u.section == "batch" ? "its batch has changed " + plural(u.done, "row")
                                                      : plural(u.done, "statement") + " of it done";
        out.push_back(
            {"unfinished", u.revision, false, "a deploy was interrupted: " + done, plan::deploy_call(request)});
    }
}

}   // namespace whisper::check
