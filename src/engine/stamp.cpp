#include "engine/stamp.hpp"

#include "engine/planner.hpp"
#include "engine/recorder.hpp"

namespace whisper::engine {
namespace {

// head and heads, spelled out for each tier that has revisions.
script::strings expand(const registry::registry &r, const std::string &target) {
    if (target != "head" && target != "heads") return split_targets(target);
    script::strings expanded;
    for (const std::string &tier : profile_tiers(r, std::nullopt)) {
        bool used = false;
        for (const registry::revision_record &record : r.revisions) used |= record.tier == tier;
        if (!used) continue;
        bool const repeatable = r.find_tier(tier)->kind == script::tier_kind::repeatable;
        expanded.push_back(tier + (repeatable || target == "heads" ? "@heads" : "@head"));
    }
    return expanded;
}

// Records of revisions that nobody registers any more, which only a purge takes away.
void forget_unregistered(workspace &work, boost::container::vector<stamped> &changes) {
    pg::strings unknown;
    for (const registry::applied_record &a : work.registry().applied)
        if (!work.registry().revision_graph->find(a.revision)) {
            unknown.push_back(a.revision);
            changes.push_back({a.tier, a.revision, "not registered", false});
        }
    if (unknown.empty()) return;
    pg::engine_scope const scope;
    work.session().query("DELETE FROM whisper.applied WHERE revision OPERATOR(pg_catalog.=) ANY ($1)",
                         {pg::to_value(std::span<const std::string>(unknown.data(), unknown.size()))});
}

}  // namespace

boost::container::vector<stamped> stamp(workspace &work, const std::string &target, bool purge) {
    const registry::registry &r = work.registry();
    script::strings const targets = expand(r, target);
    boost::container::small_vector<std::string_view, 4> views(targets.begin(), targets.end());
    graph::stamp_plan const plan =
        graph::plan_stamp(*r.revision_graph, *r.applied_set, {views.data(), views.size()}, purge);

    boost::container::vector<stamped> changes;
    recorder records;
    int number = 0;
    for (graph::index i = 0; i < r.revisions.size(); ++i) {
        bool const before = r.applied_set->contains(i), after = plan.applied_after.contains(i);
        if (before == after) continue;
        const registry::revision_record &revision = r.revisions[i];
        changes.push_back({revision.tier, revision.revision, revision.message, after});
        records.add({++number, after ? "stamp" : "forget", &revision, after ? "stamp" : "", 0, 0, pg::now()});
    }
    {
        pg::engine_scope const scope;
        records.flush(work.session(), {});
    }
    if (purge) forget_unregistered(work, changes);
    return changes;
}

bool repair(workspace &work, const registry::revision_record &revision) {
    const registry::applied_record *const applied = work.registry().find_applied(revision.revision);
    if (!applied)
        throw failure(sqlstate::not_applied, "revision \"" + revision.revision + "\" is not applied", {},
                      "only an applied revision can have changed since it was applied");
    if (applied->checksum == revision.checksum) return false;
    recorder records;
    records.add({1, "repair", &revision, "", 0, 0, pg::now()});
    pg::engine_scope const scope;
    records.flush(work.session(), {});
    work.session().query("UPDATE whisper.applied SET checksum = $2 WHERE revision OPERATOR(pg_catalog.=) $1",
                         {pg::to_value(revision.revision), pg::to_value(pg::bytes{revision.checksum})});
    return true;
}

}  // namespace whisper::engine
