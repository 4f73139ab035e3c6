#include "engine/workspace.hpp"

#include "pg/activity.hpp"
#include "registry/reconcile.hpp"
#include "registry/store.hpp"

namespace whisper::engine {

workspace::workspace(access mode) { open(mode, nullptr); }

workspace::workspace(access mode, const std::string &location) { open(mode, &location); }

void workspace::open(access mode, const std::string *location) {
    pg::engine_scope scope;
    if (mode == access::write && pg::lock_runners(session_) && IsolationUsesXactSnapshot())
        throw failure(sqlstate::serialization_failure, "could not serialize access due to a concurrent migration",
                      "Another session migrated this database after this transaction took its snapshot.",
                      "run it again in a new transaction");
    registry_ = registry::read_catalog(session_);
    registry::reconcile(registry_, location ? *location : registry::current_location(registry_));
    registry::build_graph(registry_, memory_.resource());
    if (mode == access::write) registry::write_changes(session_, registry_);
}

void workspace::store() {
    pg::engine_scope scope;
    registry::build_graph(registry_, memory_.resource());
    registry::write_changes(session_, registry_);
}

}  // namespace whisper::engine
