#include "check/status.hpp"

#include "check/owned_tables.hpp"
#include "plan/planner.hpp"

#include <algorithm>

namespace whisper::check {
namespace {

// Of the nodes in `set`, those of the tier that none of the tier's nodes in `set` follows; for a repeatable tier,
// whose files follow nothing, the last.
template <class InSet>
std::string tips(const registry::registry &r, const registry::tier_record &tier, InSet in_set) {
    std::string list, last;
    for (graph::index i = 0; i < r.revisions.size(); ++i) {
        if (r.revisions[i].tier != tier.name || !in_set(i)) continue;
        last = r.revisions[i].revision;
        bool followed = false;
        for (graph::index const child : r.revision_graph->children(i))
            followed |= in_set(child) && r.revisions[child].tier == tier.name;
        if (!followed) list += (list.empty() ? "" : ", ") + last;
    }
    return tier.kind == script::tier_kind::repeatable ? last : list;
}

std::string state_of(const tier_status &s, bool in_profile) {
    if (s.tables_present < s.tables_expected) return "damaged";
    if (s.changed > 0) return "changed";
    if (!in_profile) return "not in profile";
    return s.pending > 0 ? "pending" : "at head";   // what is deferred waits for a wider profile, and is no trouble
}

}   // namespace

boost::container::vector<tier_status> status(session::workspace &work) {
    const registry::registry &r = work.registry();
    script::strings const profile = plan::profile_tiers(r, std::nullopt);
    owned_tables const tables(work.session());
    boost::container::vector<graph::deferred_revision> const deferred =
        plan::plan_upgrade(r, "heads", std::nullopt).deferred;

    boost::container::vector<tier_status> rows;
    for (const registry::tier_record &tier : r.tiers) {
        tier_status s;
        s.tier = tier.name;
        s.kind = tier.kind == script::tier_kind::repeatable ? "repeatable" : "versioned";
        s.current = tips(r, tier, [&](graph::index i) { return r.applied_set->contains(i); });
        s.head = tips(r, tier, [](graph::index) { return true; });
        for (graph::index i = 0; i < r.revisions.size(); ++i) {
            const registry::revision_record &revision = r.revisions[i];
            if (revision.tier != tier.name) continue;
            const registry::applied_record *const applied = r.find_applied(revision.revision);
            applied ? ++s.applied : ++s.pending;
            s.changed += registry::is_outdated(r, revision);
        }
        for (const graph::deferred_revision &d : deferred) s.deferred += r.revisions[d.revision].tier == tier.name;
        s.pending -= std::min(s.pending, s.deferred);
        for (const owned_table &t : tables.all()) {
            if (t.tier != tier.name) continue;
            ++s.tables_expected;
            s.tables_present += t.relation != InvalidOid;
        }
        s.state = state_of(s, std::find(profile.begin(), profile.end(), tier.name) != profile.end());
        rows.push_back(std::move(s));
    }
    return rows;
}

}   // namespace whisper::check
