#include "run/rebuild.hpp"

#include "pg/row_count.hpp"
#include "pg/subtransaction.hpp"
#include "script/quote.hpp"
#include "state/drop_created.hpp"
#include "state/unfinished.hpp"

namespace whisper::run {
namespace {

// Counted one by one: an emergency is the time for exact numbers. Not by SQL: what is called as an owned table was
// called may be somebody's view, and counting it would run what he likes.
boost::container::vector<state::data_loss> rows_at_stake(pg::spi_session &session) {
    boost::container::vector<state::data_loss> losses;
    pg::engine_scope const scope;
    pg::rows const owned = session.query_catalog(
        R"sql(
            SELECT c.oid, format('%I.%I', n.nspname, c.relname) FROM whisper.owned_object o
            JOIN pg_namespace n ON n.nspname = o.schema_name::name
            JOIN pg_class c ON c.relnamespace = n.oid
             AND c.relname = o.object_name::name
            WHERE o.object_type IN ('table', 'foreign table') AND o.origin <> 'claimed'
            ORDER BY 2)sql");
    for (std::size_t i = 0; i < owned.size(); ++i)
        if (int64 const rows = pg::rows_in(owned.oid(i, 0)); rows > 0)
            losses.push_back({"table \"" + owned.text(i, 1) + "\"", rows});
    return losses;
}

void require_confirmation(pg::spi_session &session, const std::optional<std::string> &confirm) {
    std::string const database =
        session.query_as_caller("SELECT pg_catalog.current_database()::pg_catalog.text").text(0, 0);
    if (confirm && *confirm == database) return;
    boost::container::vector<state::data_loss> const losses = rows_at_stake(session);
    throw failure(sqlstate::data_loss, "rebuilding drops every table of the pack",
                  losses.empty() ? "None of them holds a row." : "These rows would be lost:\n" + state::list_of(losses),
                  "back them up, then repeat it with confirm => " + script::quote_literal(database));
}

}   // namespace

boost::container::vector<done_step> rebuild(session::workspace &work, const std::optional<std::string> &profile,
                                            const std::optional<std::string> &confirm) {
    plan::profile_tiers(work.registry(), profile);   // an unknown profile is no reason to drop anything
    require_confirmation(work.session(), confirm);
    state::require_none_unfinished(work);

    state::recorder records;
    int number = 0;
    {
        pg::memory_scope memory;
        pg::object_watch watch(memory.context());
        state::drop_everything_created(work.session());
        for (const registry::revision_record &revision : work.registry().revisions)
            if (work.registry().find_applied(revision.revision))
                records.add(
                    {++number, state::step_kind::rebuild, &revision, state::applied_by::nothing, 0, 0, pg::now()});
        pg::engine_scope const scope;
        records.flush(work.session(), watch.events());
        work.session().query_catalog("DELETE FROM whisper.owned_object WHERE origin <> 'claimed'");
        work.session().query_catalog("DELETE FROM whisper.applied");
    }
    work.forget_applied();
    plan::run_plan const plan =
        plan::plan_run(work.registry(), {plan::direction::upgrade, "head", profile, false, true});
    return run_plan_steps(work, plan, false);
}

}   // namespace whisper::run
