#include "session/workspace.hpp"

#include "pg/object_watch.hpp"
#include "pg/procedure.hpp"
#include "registry/conflicts.hpp"
#include "registry/reconcile.hpp"
#include "registry/store.hpp"
#include "script/quote.hpp"

namespace whisper::session {

namespace {
void require_outside_of_migrations() {
    if (!pg::object_watch::is_recording()) return;
    throw failure("55006", "cannot run migrations from within a migration",
                  "The statement is part of a revision that is being run.",
                  "take the call out of the revision; use depends_on to have other revisions run before it");
}

void require_writable() {
    if (pg::setting("transaction_read_only") != "on") return;
    bool const standby = pg::setting("in_hot_standby") == "on";
    bool const session = pg::setting("default_transaction_read_only") == "on";
    throw failure("25006", "cannot run migrations in a read-only transaction",
                  standby   ? "This server is a standby."
                  : session ? "default_transaction_read_only is on."
                            : "It was begun as READ ONLY.",
                  standby   ? "connect to the primary"
                  : session ? "SET default_transaction_read_only = off"
                            : "begin it with BEGIN READ WRITE");
}
}   // namespace

workspace::workspace(access mode) { open(mode, nullptr); }

workspace::workspace(deploy_t, int64 max_wait) : session_(true) {
    require_outside_of_migrations();   // before it waits for the deploy that it is a part of
    deploy_lock_.emplace(session_, max_wait);
    pg::take_snapshot();
    open(access::deploy, nullptr);
}

workspace::workspace(access mode, const std::string &location) { open(mode, &location); }

void workspace::open(access mode, const std::string *location) {
    if (mode != access::read) require_outside_of_migrations();
    if (mode != access::read) require_writable();
    pg::caller const caller = pg::current_caller();
    pg::engine_scope scope;
    if (mode == access::write) pg::lock_runners(session_);
    if (mode != access::read) {
        if (IsolationUsesXactSnapshot()) require_current_snapshot();
    }
    registry_ = registry::read_catalog(session_);
    std::string const wanted = location ? *location : registry::current_location(registry_);
    if (mode != access::read && !location && !wanted.empty() && wanted != registry_.location)
        require_may_switch(caller.user, wanted);
    registry::reconcile(registry_, wanted, caller);
    registry::build_graph(registry_, memory_.resource());
    if (mode != access::read) {
        warn_of_conflicts();
        registry::write_changes(session_, registry_);
    }
}

// Everybody follows the pack that is loaded: what a session names for itself is not to become everybody's by the way.
void workspace::require_may_switch(const std::string &caller, const std::string &location) {
    pg::rows const may = session_.query_catalog(R"sql(
        SELECT has_function_privilege($1, p.oid, 'EXECUTE') OR EXISTS (SELECT FROM pg_settings
                WHERE name = 'whisper_migrate.script_location'
                    AND source IN ('default', 'configuration file', 'command line', 'global', 'database'))
            FROM pg_extension AS e
                JOIN pg_depend AS d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
                    AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
                JOIN pg_proc AS p ON p.oid = d.objid
            WHERE e.extname = 'whisper_migrate' AND p.proname = 'whisper_load'
    )sql",
                                                {pg::name_value(caller)});
    if (may.size() == 0 || may.boolean(0, 0)) return;
    throw failure(
        sqlstate::insufficient_privilege, "permission denied to switch this database to the pack \"" + location + "\"",
        registry_.location.empty()
            ? "No pack is loaded yet, and this session alone names that one."
            : "It follows \"" + registry_.location + "\", and whisper_migrate.script_location of this session differs.",
        registry_.location.empty()
            ? "have the pack loaded by a role that may execute whisper_load(), or ALTER DATABASE … SET "
              "whisper_migrate.script_location"
            : "SET whisper_migrate.script_location = " + script::quote_literal(registry_.location) +
                  ", or ask for EXECUTE on whisper_load()");
}

void workspace::require_current_snapshot() {
    // The pack and its checks may have been loaded without a step.
    constexpr const char *last_change = R"sql(
        SELECT concat_ws(' ', max(id), (SELECT string_agg(xmin::text, ' ') FROM whisper.pack),
         (SELECT string_agg(xmin::text, ' ' ORDER BY name) FROM whisper.pack_check)) FROM whisper.history)sql";
    if (session_.query_catalog(last_change).text(0, 0) == session_.query_latest(last_change).text(0, 0)) return;
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

}   // namespace whisper::session
