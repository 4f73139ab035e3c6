// whisper_adopt, whisper_stamp, whisper_repair, whisper_claim, whisper_load, whisper_revision, whisper_merge,
// whisper_register.

#include "author/author.hpp"
#include "baseline/adopt.hpp"
#include "baseline/claim.hpp"
#include "baseline/stamp.hpp"
#include "drift/restore.hpp"
#include "pg/configuration.hpp"
#include "pg/entry.hpp"
#include "pg/table_result.hpp"
#include "registry/reconcile.hpp"
#include "state/deploy_record.hpp"

namespace {

using namespace whisper;

const char *state_name(registry::record_state state) {
    switch (state) {
        case registry::record_state::added:
            return "added";
        case registry::record_state::changed:
            return "changed";
        case registry::record_state::missing:
            return "missing";
        case registry::record_state::removed:
            return "removed";
        default:
            return "unchanged";
    }
}

}   // namespace

WHISPER_FUNCTION(whisper_stamp) {
    pg::table_result result(fcinfo);
    std::string const target = pg::text_argument(fcinfo, 0, "target");
    bool const purge = pg::bool_argument(fcinfo, 1, "purge");
    session::workspace work(session::access::write);
    for (const baseline::stamped &s : baseline::stamp(work, target, purge))
        result.put(s.tier, s.revision, s.recorded ? "recorded" : "forgotten", s.message);
    return 0;
}

WHISPER_FUNCTION(whisper_repair) {
    pg::table_result result(fcinfo);
    std::string const name = pg::text_argument(fcinfo, 0, "revision");
    session::workspace work(session::access::write);
    const registry::registry &r = work.registry();
    graph::index const at = r.revision_graph->resolve(name);
    const registry::revision_record &revision = r.revisions[at];
    if (!r.applied_set->contains(at) && state::forget_unfinished(work.session(), revision.revision)) {
        result.put(revision.revision, revision.tier, "begun anew",
                   "what an interrupted deploy had run of it is forgotten; the next one begins at its first statement");
        return 0;
    }
    bool const accepted = baseline::repair(work, revision);
    if (accepted)
        result.put(revision.revision, revision.tier, "checksum accepted",
                   "the registered text now counts as the one that was applied");
    // What the new text would create is another question than what the old one did.
    pg::strings const restored = accepted ? pg::strings() : drift::restore_missing(work, at);
    for (const std::string &object : restored) result.put(revision.revision, revision.tier, "restored", object);
    if (!accepted && restored.empty())
        result.put(revision.revision, revision.tier, "nothing to repair",
                   "the registered text is the one that was applied, and what it created exists");
    return 0;
}

WHISPER_FUNCTION(whisper_adopt) {
    pg::table_result result(fcinfo);
    std::optional<std::string> const profile = pg::optional_text(fcinfo, 0);
    bool const apply = pg::bool_argument(fcinfo, 1, "apply");
    bool const accept = pg::bool_argument(fcinfo, 2, "accept_differences");
    session::workspace work(session::access::write);
    for (const baseline::adoption &a : baseline::adopt(work, profile, apply, accept))
        result.put(pg::text_or_null(a.tier), a.revision, a.verdict, a.evidence, pg::text_or_null(a.differences));
    return 0;
}

WHISPER_FUNCTION(whisper_claim) {
    std::string line;
    {
        if (PG_ARGISNULL(0)) throw failure(sqlstate::null_value, "argument \"table\" must not be null");
        Oid const table = PG_GETARG_OID(0);
        std::string const tier = pg::text_argument(fcinfo, 1, "tier");
        session::workspace work(session::access::write);
        line = baseline::claim(work, table, tier);
    }
    return pg::to_value(line).datum;
}

WHISPER_FUNCTION(whisper_load) {
    pg::table_result result(fcinfo);
    std::optional<std::string> const location = pg::optional_text(fcinfo, 0);
    if (location) pg::require_location_privilege(*location);
    std::optional<session::workspace> work;
    if (location)
        work.emplace(session::access::write, *location);
    else
        work.emplace(session::access::write);
    for (const registry::revision_record &revision : work->registry().revisions)
        result.put(revision.tier, revision.revision, pg::text_or_null(revision.file), state_name(revision.state));
    for (const registry::revision_record &revision : work->registry().removed)
        result.put(revision.tier, revision.revision, pg::text_or_null(revision.file), state_name(revision.state));
    return 0;
}

WHISPER_FUNCTION(whisper_revision) {
    std::string id;
    {
        author::new_revision wanted;
        wanted.message = pg::text_argument(fcinfo, 0, "message");
        wanted.up = pg::text_argument(fcinfo, 1, "up");
        wanted.down = pg::optional_text(fcinfo, 2);
        wanted.verify = pg::optional_text(fcinfo, 3);
        wanted.tier = pg::optional_text(fcinfo, 4);
        wanted.head = pg::text_argument(fcinfo, 5, "head");
        if (auto const names = pg::optional_texts(fcinfo, 6, "depends_on"))
            wanted.depends_on.assign(names->begin(), names->end());
        wanted.branch_label = pg::optional_text(fcinfo, 7);
        wanted.revision_id = pg::optional_text(fcinfo, 8);
        wanted.splice = pg::bool_argument(fcinfo, 9, "splice");
        session::workspace work(session::access::write);
        id = author::register_new(work, wanted);
    }
    return pg::to_value(id).datum;
}

WHISPER_FUNCTION(whisper_merge) {
    std::string id;
    {
        pg::strings const revisions = pg::texts_argument(fcinfo, 0, "revisions");
        std::optional<std::string> const message = pg::optional_text(fcinfo, 1);
        session::workspace work(session::access::write);
        id = author::register_merge(work, revisions, message);
    }
    return pg::to_value(id).datum;
}

WHISPER_FUNCTION(whisper_register) {
    std::string id;
    {
        std::string const content = pg::text_argument(fcinfo, 0, "content");
        std::optional<std::string> const tier = pg::optional_text(fcinfo, 1);
        std::optional<std::string> const name = pg::optional_text(fcinfo, 2);
        session::workspace work(session::access::write);
        id = author::register_file(work, content, tier, name);
    }
    return pg::to_value(id).datum;
}
