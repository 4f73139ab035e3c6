#include "baseline/stamp.hpp"

#include "pg/parse.hpp"
#include "plan/planner.hpp"
#include "registry/store.hpp"
#include "state/recorder.hpp"
#include "state/unfinished.hpp"
#include "sync/history.hpp"

namespace whisper::baseline {
namespace {

// head and heads, spelled out for each tier that has revisions.
script::strings expand(const registry::registry &r, const std::string &target) {
    if (target != "head" && target != "heads") return plan::split_targets(target);
    script::strings expanded;
    for (const std::string &tier : plan::profile_tiers(r, std::nullopt)) {
        bool used = false;
        for (const registry::revision_record &record : r.revisions) used |= record.tier == tier;
        if (!used) continue;
        bool const repeatable = r.find_tier(tier)->kind == script::tier_kind::repeatable;
        expanded.push_back(tier + (repeatable || target == "heads" ? "@heads" : "@head"));
    }
    return expanded;
}

// Records of revisions that nobody registers any more, which only a purge takes away. They stand in for their revisions
// in the log.
boost::container::vector<registry::revision_record> unregistered(const registry::registry &r) {
    boost::container::vector<registry::revision_record> gone;
    for (const registry::applied_record &a : r.applied) {
        if (r.revision_graph->find(a.revision)) continue;
        registry::revision_record record;
        record.revision = a.revision;
        record.tier = a.tier;
        record.checksum = a.checksum;
        record.message = "not registered";
        gone.push_back(std::move(record));
    }
    return gone;
}

// The records of tables that are gone and that no applied revision would make again: claimed ones, and those of
// revisions that were taken back. Such a record protects nothing, and would be a later table's of that name.
void forget_lost_tables(pg::spi_session &session) {
    pg::rows const lost = session.query_catalog(
        R"sql(
            DELETE FROM whisper.owned_object o WHERE o.object_type IN ('table', 'foreign table')
            AND NOT EXISTS (SELECT FROM whisper.applied a WHERE a.revision = o.revision)
            AND NOT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n
             ON n.oid = c.relnamespace
             WHERE n.nspname = o.schema_name::name
             AND c.relname = o.object_name::name)
            RETURNING o.object_identity, o.tier)sql");
    for (std::size_t i = 0; i < lost.size(); ++i)
        pg::notice("table \"" + lost.text(i, 0) + "\" does not exist: tier \"" + lost.text(i, 1) +
                   "\" does not own it any more");
}

// What revisions made whose files are gone belongs to the one that begins their tier anew, when that is recorded in
// their place.
void inherit_objects(pg::spi_session &session, const registry::registry &r, const graph::node_set &before,
                     const graph::node_set &after) {
    for (const registry::tier_record &tier : r.tiers) {
        pg::strings gone, heirs;
        for (graph::index i = 0; i < r.revisions.size(); ++i) {
            const registry::revision_record &revision = r.revisions[i];
            if (revision.tier != tier.name) continue;
            if (before.contains(i) && !after.contains(i) && revision.missing) gone.push_back(revision.revision);
            if (!before.contains(i) && after.contains(i) && revision.down_revisions.empty())
                heirs.push_back(revision.revision);
        }
        if (gone.empty() || heirs.size() != 1 || tier.kind == script::tier_kind::repeatable) continue;
        session.query_catalog("UPDATE whisper.owned_object SET revision = $2 WHERE revision = ANY ($1)",
                              {pg::to_value(gone), pg::to_value(heirs.front())});
    }
}

}   // namespace

boost::container::vector<stamped> stamp(session::workspace &work, const std::string &target, bool purge) {
    const registry::registry &r = work.registry();
    script::strings const targets = expand(r, target);
    boost::container::small_vector<std::string_view, 4> views(targets.begin(), targets.end());
    graph::stamp_plan const plan =
        graph::plan_stamp(*r.revision_graph, *r.applied_set, {views.data(), views.size()}, purge);

    graph::node_set forgotten(r.revisions.size(), r.revision_graph->resource());
    for (graph::index i = 0; i < r.revisions.size(); ++i)
        if (r.applied_set->contains(i) && !plan.applied_after.contains(i)) forgotten.insert(i);
    state::require_none_unfinished_above(work, forgotten);

    boost::container::vector<stamped> changes;
    state::recorder records;
    int number = 0;
    for (graph::index i = 0; i < r.revisions.size(); ++i) {
        bool const before = r.applied_set->contains(i), after = plan.applied_after.contains(i);
        if (before == after) continue;
        const registry::revision_record &revision = r.revisions[i];
        changes.push_back({revision.tier, revision.revision, revision.message, after});
        records.add({++number, after ? state::step_kind::stamp : state::step_kind::forget, &revision,
                     after ? state::applied_by::stamp : state::applied_by::nothing, 0, 0, pg::now()});
        bool const repeatable = r.find_tier(revision.tier)->kind == script::tier_kind::repeatable;
        if (after && repeatable) {
            registry::revision_text const text = registry::read_text(work.session(), revision);
            records.statements_of(revision, script::compile(pg::server_parser(), text.up, revision.file, text.up_line));
        }
    }
    boost::container::vector<registry::revision_record> const gone =
        purge ? unregistered(r) : boost::container::vector<registry::revision_record>();
    for (const registry::revision_record &revision : gone) {
        changes.push_back({revision.tier, revision.revision, revision.message, false});
        records.add({++number, state::step_kind::forget, &revision, state::applied_by::nothing, 0, 0, pg::now()});
    }
    {
        pg::engine_scope const scope;
        records.flush(work.session(), {});
        inherit_objects(work.session(), r, *r.applied_set, plan.applied_after);
        forget_lost_tables(work.session());
    }
    sync::sync_history(work);
    return changes;
}

bool repair(session::workspace &work, const registry::revision_record &revision) {
    const registry::applied_record *const applied = work.registry().find_applied(revision.revision);
    if (!applied)
        throw failure(sqlstate::not_applied, "revision \"" + revision.revision + "\" is not applied", {},
                      "only an applied revision can have changed since it was applied");
    if (applied->checksum == revision.checksum) return false;
    state::recorder records;
    records.add({1, state::step_kind::repair, &revision, state::applied_by::nothing, 0, 0, pg::now()});
    const registry::tier_record *const tier = work.registry().find_tier(revision.tier);
    // The next edit is compared with what was accepted.
    if (tier && tier->kind == script::tier_kind::repeatable) {
        registry::revision_text const text = registry::read_text(work.session(), revision);
        records.statements_of(revision, script::compile(pg::server_parser(), text.up, revision.file, text.up_line));
    }
    pg::engine_scope const scope;
    records.flush(work.session(), {});
    work.session().query_catalog("UPDATE whisper.applied SET checksum = $2 WHERE revision = $1",
                                 {pg::to_value(revision.revision), pg::to_value(pg::bytes{revision.checksum})});
    return true;
}

}   // namespace whisper::baseline
