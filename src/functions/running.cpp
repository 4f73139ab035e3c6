// whisper_upgrade, whisper_downgrade, whisper_rebuild, whisper_plan, whisper_sql.

#include "pg/entry.hpp"
#include "pg/table_result.hpp"
#include "run/offline_sql.hpp"
#include "run/rebuild.hpp"
#include "run/runner.hpp"
#include "run/top_level_check.hpp"
#include "sync/claims.hpp"

namespace {

using namespace whisper;

void put_steps(pg::table_result &result, const boost::container::vector<run::done_step> &steps) {
    for (const run::done_step &s : steps)
        result.put(int32{s.number}, s.revision->tier, s.revision->revision, s.direction, int32{s.statements},
                   pg::interval_microseconds{s.elapsed}, s.revision->message);
}

void run_to_target(FunctionCallInfo fcinfo, plan::direction way, bool allow_data_loss) {
    pg::table_result result(fcinfo);
    std::string const target = pg::text_argument(fcinfo, 0, "target");
    std::optional<std::string> const profile = pg::optional_text(fcinfo, 1);
    session::workspace work(session::access::write);
    registry::require_unchanged(work.registry());
    plan::run_plan const plan =
        plan::plan_run(work.session(), work.registry(), {way, target, profile, allow_data_loss});
    sync::require_unclaimed(work, plan);
    put_steps(result, run::run_plan_steps(work, plan, allow_data_loss));
}

}   // namespace

WHISPER_FUNCTION(whisper_upgrade) {
    run_to_target(fcinfo, plan::direction::upgrade, pg::bool_argument(fcinfo, 2, "allow_data_loss"));
    return 0;
}

WHISPER_FUNCTION(whisper_downgrade) {
    run_to_target(fcinfo, plan::direction::downgrade, pg::bool_argument(fcinfo, 2, "allow_data_loss"));
    return 0;
}

WHISPER_FUNCTION(whisper_rebuild) {
    pg::table_result result(fcinfo);
    std::optional<std::string> const profile = pg::optional_text(fcinfo, 0), confirm = pg::optional_text(fcinfo, 1);
    session::workspace work(session::access::write);
    put_steps(result, run::rebuild(work, profile, confirm));
    return 0;
}

WHISPER_FUNCTION(whisper_plan) {
    pg::table_result result(fcinfo);
    std::string const target = pg::text_argument(fcinfo, 0, "target");
    std::optional<std::string> const profile = pg::optional_text(fcinfo, 1);
    plan::direction const way = plan::parse_direction(pg::text_argument(fcinfo, 2, "direction"));
    session::workspace work(session::access::read);
    const registry::registry &r = work.registry();
    plan::run_plan const plan = plan::plan_run(work.session(), r, {way, target, profile, false});
    run::top_level_check const check(work, plan);
    int32 number = 0;
    for (const plan::planned_step &s : plan.steps) {
        const registry::revision_record &revision = r.revisions[s.revision];
        result.put(++number, revision.tier, revision.revision, s.up ? "up" : "down",
                   check.is_transactional(revision, s.up), revision.message);
    }
    for (const graph::deferred_revision &d : plan.deferred) {
        const registry::revision_record &revision = r.revisions[d.revision], &wanted = r.revisions[d.waits_for];
        result.put(pg::null_value(INT4OID), revision.tier, revision.revision, "deferred",
                   revision.is_transactional(true),
                   "waits for \"" + wanted.revision + "\" of tier \"" + wanted.tier + "\"");
    }
    return 0;
}

WHISPER_FUNCTION(whisper_sql) {
    std::string script;
    {
        std::string const target = pg::text_argument(fcinfo, 0, "target");
        std::optional<std::string> const profile = pg::optional_text(fcinfo, 1);
        plan::direction const way = plan::parse_direction(pg::text_argument(fcinfo, 2, "direction"));
        session::workspace work(session::access::read);
        script = run::script_of(work, plan::plan_run(work.session(), work.registry(), {way, target, profile, false}));
    }
    return pg::to_value(script).datum;
}
