// whisper_upgrade, whisper_downgrade, whisper_rebuild, whisper_plan, whisper_sql.

#include "engine/rebuild.hpp"
#include "engine/runner.hpp"
#include "engine/script_output.hpp"
#include "engine/tool_claims.hpp"
#include "pg/entry.hpp"
#include "pg/table_result.hpp"

namespace {

using namespace whisper;

void put_steps(pg::table_result &result, const boost::container::vector<engine::done_step> &steps) {
    for (const engine::done_step &s : steps)
        result.put(int32{s.number}, s.revision->tier, s.revision->revision, s.direction, int32{s.statements},
                   pg::interval_microseconds{s.elapsed}, s.revision->message);
}

void run(FunctionCallInfo fcinfo, engine::direction way, bool allow_data_loss) {
    pg::table_result result(fcinfo);
    std::string const target = pg::text_argument(fcinfo, 0, "target");
    std::optional<std::string> const profile = pg::optional_text(fcinfo, 1);
    engine::workspace work(engine::access::write);
    registry::require_unchanged(work.registry());
    engine::run_plan const plan = engine::plan_run(work.registry(), {way, target, profile, allow_data_loss});
    engine::require_unclaimed(work, plan);
    put_steps(result, engine::run_plan_steps(work, plan, allow_data_loss));
}

}   // namespace

WHISPER_FUNCTION(whisper_upgrade) {
    run(fcinfo, engine::direction::upgrade, pg::bool_argument(fcinfo, 2, "allow_data_loss"));
    return 0;
}

WHISPER_FUNCTION(whisper_downgrade) {
    run(fcinfo, engine::direction::downgrade, pg::bool_argument(fcinfo, 2, "allow_data_loss"));
    return 0;
}

WHISPER_FUNCTION(whisper_rebuild) {
    pg::table_result result(fcinfo);
    std::optional<std::string> const profile = pg::optional_text(fcinfo, 0), confirm = pg::optional_text(fcinfo, 1);
    engine::workspace work(engine::access::write);
    put_steps(result, engine::rebuild(work, profile, confirm));
    return 0;
}

WHISPER_FUNCTION(whisper_plan) {
    pg::table_result result(fcinfo);
    std::string const target = pg::text_argument(fcinfo, 0, "target");
    std::optional<std::string> const profile = pg::optional_text(fcinfo, 1);
    engine::direction const way = engine::parse_direction(pg::text_argument(fcinfo, 2, "direction"));
    engine::workspace work(engine::access::read);
    const registry::registry &r = work.registry();
    engine::run_plan const plan = engine::plan_run(r, {way, target, profile, false});
    int32 number = 0;
    for (const engine::planned_step &s : plan.steps) {
        const registry::revision_record &revision = r.revisions[s.revision];
        result.put(++number, revision.tier, revision.revision, s.up ? "up" : "down", revision.is_transactional(s.up),
                   revision.message);
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
        engine::direction const way = engine::parse_direction(pg::text_argument(fcinfo, 2, "direction"));
        engine::workspace work(engine::access::read);
        script = engine::script_of(work, engine::plan_run(work.registry(), {way, target, profile, false}));
    }
    return pg::to_value(script).datum;
}
