#include "engine/workspace.hpp"

#include "pg/activity.hpp"
#include "pg/object_watch.hpp"
#include "registry/conflicts.hpp"
#include "registry/reconcile.hpp"
#include "registry/store.hpp"

namespace whisper::engine {

workspace::workspace(access mode) { open(mode, nullptr); }

workspace::workspace(access mode, const std::string &location) { open(mode, &location); }

void workspace::open(access mode, const std::string *location) {
    if (mode == access::write && pg::object_watch::is_recording())
        throw failure("55006", "cannot run migrations from within a migration",
                      "The statement is part of a revision that is being run.",
                      "take the call out of the revision; use depends_on to have other revisions run before it");
    names_.set("quote_all_identifiers", "off");
    pg::engine_scope scope;
    if (mode == access::write) {
        pg::lock_runners(session_);
        if (IsolationUsesXactSnapshot()) require_current_snapshot();
    }
    registry_ = registry::read_catalog(session_);
    registry::reconcile(registry_, location ? *location : registry::current_location(registry_));
    registry::build_graph(registry_, memory_.resource());
    if (mode == access::write) {
        warn_of_conflicts();
        registry::write_changes(session_, registry_);
    }
}

void workspace::require_current_snapshot() {
    constexpr const char *last_step = "SELECT coalesce(pg_catalog.max(id), 0) FROM whisper.history";
    if (session_.query(last_step).int8(0, 0) == session_.query_latest(last_step).int8(0, 0)) return;
    throw failure(sqlstate::serialization_failure, "could not serialize access due to a concurrent migration",
                  "Another session migrated this database after this transaction took its snapshot.",
                  "run it again in a new transaction");
}

void workspace::warn_of_conflicts() const {
    for (const registry::table_conflict &c : registry::find_conflicts(registry_))
        if (c.first->unwritten || c.second->unwritten)
            pg::warning(registry::describe(c), {},
                        "let one tier have the table, and take its CREATE TABLE out of the other one's file");
}

void workspace::store() {
    pg::engine_scope scope;
    registry::build_graph(registry_, memory_.resource());
    registry::write_changes(session_, registry_);
}

void workspace::forget_applied() {
    registry_.applied.clear();
    registry::build_graph(registry_, memory_.resource());
}

}   // namespace whisper::engine
