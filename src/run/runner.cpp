#include "run/runner.hpp"

#include "pg/activity.hpp"
#include "pg/parse.hpp"
#include "plan/lock_budget.hpp"
#include "registry/store.hpp"
#include "run/top_level_check.hpp"
#include "state/unfinished.hpp"
#include "sync/history.hpp"

namespace whisper::run {
namespace {

void require_way_down(const registry::registry &r, const registry::revision_record &revision) {
    const registry::tier_record *const tier = r.find_tier(revision.tier);
    if (revision.has_down || (tier && tier->kind == script::tier_kind::repeatable)) return;
    throw failure(
        sqlstate::irreversible, "revision \"" + revision.revision + "\" has no way down",
        revision.file.empty() ? "It was registered without a down side." : "File \"" + revision.file + "\" gives none.",
        (revision.file.empty() ? "send its text with a migrate:down section to whisper_register()"
                               : "write one (a migrate:down section, or the down file of the tool it is for)") +
            std::string(", and accept it with SELECT * FROM whisper_repair('") + revision.revision + "')");
}

std::string why_not_transactional(session::workspace &work, const registry::revision_record &revision, bool up) {
    registry::revision_text const text = registry::read_text(work.session(), revision);
    std::string const &sql = up ? text.up : *text.down;
    int const first_line = up ? text.up_line : text.down_line;
    script::program const program = script::compile(pg::server_parser(), sql, revision.file, first_line);
    if (program.divided_by)
        return described_place(*program.divided_by, first_line) +
               ", after which the section goes on in a transaction of its own.";
    if (program.top_level)
        return described_place(*program.top_level, first_line) +
               (program.top_level->traits.begins_transaction ? ", which has to be the first of its transaction."
                                                             : ", which cannot run inside a transaction block.");
    return up && revision.up_transactional ? "It has a section that runs range by range, a commit each."
                                           : "Its section is marked transaction:false.";
}

void require_transactional(session::workspace &work, const plan::run_request &request, const top_level_check &check,
                           const registry::revision_record &revision, bool up) {
    std::string why = check.why(revision, up);
    if (revision.is_transactional(up) && why.empty()) return;
    if (why.empty()) why = why_not_transactional(work, revision, up);
    throw failure(sqlstate::active_transaction,
                  "revision \"" + revision.revision + "\" cannot run inside a transaction", why,
                  plan::deploy_call(request));
}

}   // namespace

std::string shown_step(int number, std::size_t of, const std::string &revision) {
    return "whisper: " + std::to_string(number) + "/" + std::to_string(of) + " " + revision;
}

void require_ways_down(const registry::registry &r, const plan::run_plan &plan) {
    for (const plan::planned_step &step : plan.steps)
        if (!step.up) require_way_down(r, r.revisions[step.revision]);
}

void require_runnable(session::workspace &work, const plan::run_plan &plan) {
    require_ways_down(work.registry(), plan);
    state::require_none_unfinished_above(work, plan);
    plan::require_lock_space(work.registry(), plan);
    top_level_check const check(work, plan);
    for (const plan::planned_step &step : plan.steps)
        require_transactional(work, plan.request, check, work.registry().revisions[step.revision], step.up);
}

boost::container::vector<done_step> run_plan_steps(session::workspace &work, const plan::run_plan &plan,
                                                   bool allow_data_loss) {
    boost::container::vector<done_step> done;
    if (!plan.steps.empty()) {
        require_runnable(work, plan);
        pg::activity_scope activity;
        step_runner runner(work, plan, allow_data_loss);
        for (const plan::planned_step &step : plan.steps) {
            int const number = static_cast<int>(done.size()) + 1;
            activity.show(shown_step(number, plan.steps.size(), work.registry().revisions[step.revision].revision));
            done.push_back(runner.run(step, number));
        }
        runner.record();
    }
    sync::sync_history(work);
    return done;
}

}   // namespace whisper::run
