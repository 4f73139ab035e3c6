#include "pg/activity.hpp"

#include "pg/background_entry.hpp"
#include "pg/procedure.hpp"
#include "pg/settings.hpp"
#include "pg/subtransaction.hpp"

extern "C" {
#include "storage/lock.h"
#include "utils/backend_status.h"
#include "utils/fmgrprotos.h"
}

namespace whisper::pg {

activity_scope::~activity_scope() { pgstat_report_appname(application_name ? application_name : ""); }

void activity_scope::show(const std::string &text) { pgstat_report_appname(text.c_str()); }

namespace {

// Advisory locks of the database, by two numbers: "whsp" and
//   "migr"  a run inside a transaction: one at a time
//   "depl"  a deploy, exclusively; every other run shares it, until its transaction ends
//   "work"  the background worker of a deploy, which may outlive it by a moment
// A run does not wait for a deploy: it would do so with a snapshot, and CREATE INDEX CONCURRENTLY waits for those.
constexpr int32 key_class = 2003333744, key_run = 1835624306, key_deploy = 1684369516, key_worker = 2003792491;

std::string key_of(int32 key) { return std::to_string(key_class) + ", " + std::to_string(key); }

std::string holder_of(spi_session &session, int32 key, const char *mode) {
    std::string const query =
        // What the engine shows of itself everybody may see, the rest whom pg_stat_activity would show it.
        R"sql(
            SELECT a.pid::pg_catalog.text, CASE WHEN pg_catalog.pg_has_role($4, a.usesysid, 'USAGE')
            OR pg_catalog.pg_has_role($4, 'pg_read_all_stats', 'USAGE')
            OR a.application_name OPERATOR(pg_catalog.~) '^whisper: ' THEN coalesce(a.application_name, '') ELSE '' END
            FROM pg_catalog.pg_locks l
            LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid OPERATOR(pg_catalog.=) l.pid
            WHERE l.locktype OPERATOR(pg_catalog.=) 'advisory' AND l.granted
            AND l.pid OPERATOR(pg_catalog.<>) pg_catalog.pg_backend_pid()
            AND l.database OPERATOR(pg_catalog.=) (SELECT oid FROM pg_catalog.pg_database
              WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database())
            AND l.classid OPERATOR(pg_catalog.=) $1 AND l.objid OPERATOR(pg_catalog.=) $2
            AND l.mode OPERATOR(pg_catalog.~) $3)sql";
    rows const holder = session.query_as_caller(
        query.c_str(), {oid_value(static_cast<Oid>(key_class)), oid_value(static_cast<Oid>(key)), to_value(mode),
                        oid_value(GetOuterUserId())});
    if (holder.size() == 0) return "another session";
    std::string who = "process " + holder.as_text(0, 0);
    if (std::string const application = holder.as_text(0, 1); !application.empty()) who += " (" + application + ")";
    return who;
}

[[noreturn]] void refuse_beside_deploy(spi_session &session, int32 key) {
    throw failure(
        "55006", "this database is being migrated by whisper_deploy",
        "It is " + holder_of(session, key, "^ExclusiveLock$") + ".",
        "see SELECT * FROM whisper_progress(), and repeat the call when it is done, or CALL whisper_deploy(), "
        "which waits");
}

using lock_function = Datum (*)(FunctionCallInfo);

bool call_lock(lock_function function, int32 key) {
    return guarded(
        [=] { return DatumGetBool(DirectFunctionCall2(function, Int32GetDatum(key_class), Int32GetDatum(key))); });
}

// Without a snapshot; the lock lasts beyond the transaction.
void lock_session(int32 key) {
    guarded([=] { DirectFunctionCall2(pg_advisory_lock_int4, Int32GetDatum(key_class), Int32GetDatum(key)); });
}

// Whether this session holds the lock since before.
bool is_held(int32 key) {
    return guarded([=] {
        LOCKTAG tag;
        SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, static_cast<uint32>(key_class), static_cast<uint32>(key), 2);
        LockAcquireResult const result = LockAcquire(&tag, ExclusiveLock, true, true);
        if (result == LOCKACQUIRE_NOT_AVAIL) return false;
        LockRelease(&tag, ExclusiveLock, true);
        return result != LOCKACQUIRE_OK;
    });
}

void wait_for_session_lock(spi_session &session, int32 key, int64 max_wait) {
    if (call_lock(pg_try_advisory_lock_int4, key)) return;
    take_snapshot();
    std::string const who = holder_of(session, key, "");
    notice("waiting for " + who + ", which is migrating this database");
    commit_transaction();
    auto const failed = catch_error<subtransaction>([&] {
        settings_scope settings;
        std::string const limit = std::to_string(max_wait);
        settings.set("lock_timeout", limit.c_str());
        lock_session(key);
    });
    if (!failed) return;
    if (failed->what.sqlstate != "55P03") failed->rethrow();
    throw failure("55P03", "another migration of this database took longer than max_wait", "It is " + who + ".",
                  "see SELECT * FROM whisper_progress(); repeat the CALL when it is done, or with a longer max_wait");
}

}   // namespace

void lock_runners(spi_session &session) {
    static std::string const take = "SELECT pg_catalog.pg_try_advisory_xact_lock_shared(" + key_of(key_deploy) +
                                    "), pg_catalog.pg_try_advisory_xact_lock_shared(" + key_of(key_worker) +
                                    "), pg_catalog.pg_try_advisory_xact_lock(" + key_of(key_run) + ")";
    bool taken = false;
    {
        rows const locks = session.query_as_caller(take.c_str());
        if (!locks.boolean(0, 0)) refuse_beside_deploy(session, key_deploy);
        if (!locks.boolean(0, 1)) refuse_beside_deploy(session, key_worker);
        taken = locks.boolean(0, 2);
    }
    if (taken) return;
    notice("waiting for " + holder_of(session, key_run, "") + ", which is migrating this database");
    session.query_as_caller(("SELECT pg_catalog.pg_advisory_xact_lock(" + key_of(key_run) + ")").c_str());
}

deploy_lock::deploy_lock(spi_session &session, int64 max_wait) {
    wait_for_session_lock(session, key_deploy, max_wait);
    held_ = true;
    try {
        wait_for_session_lock(session, key_worker, max_wait);
        call_lock(pg_advisory_unlock_int4, key_worker);
    } catch (...) {
        release();
        throw;
    }
}

void deploy_lock::release() noexcept {
    if (!held_) return;
    held_ = false;
    // Releasing raises at most a warning; but behind a warning the server looks whether the session is cancelled.
    uint32 const holdoff = InterruptHoldoffCount;
    InterruptHoldoffCount = holdoff + 1;
    try {
        call_lock(pg_advisory_unlock_int4, key_deploy);
    } catch (...) {
        // No memory for the warning: the lock ends with the session.
    }
    InterruptHoldoffCount = holdoff;
}

void deploy_lock::require_held() {
    if (is_held(key_deploy)) return;
    held_ = false;
    throw failure("55006", "the migration has released the lock that keeps other runs out",
                  "It is an advisory lock of the session, which pg_advisory_unlock_all() releases with all others.",
                  "release the migration's own locks one by one");
}

std::string try_lock_worker(spi_session &session) {
    if (is_held(key_worker) || call_lock(pg_try_advisory_lock_int4, key_worker)) return {};
    return holder_of(session, key_worker, "");
}

void wait_for_worker_lock(const std::string &holder, int64 max_wait) {
    notice("waiting for " + holder + ", which holds the lock of the deploy's worker");
    auto const failed = catch_error<worker_transaction>([=] {
        settings_scope settings;
        settings.set("lock_timeout", std::to_string(max_wait).c_str());
        lock_session(key_worker);
    });
    if (!failed) return;
    if (failed->what.sqlstate != "55P03") failed->rethrow();
    throw failure("55P03", "another session held the lock of the deploy's worker for longer than max_wait",
                  "It is " + holder + ".", "end that session, then repeat the CALL: it goes on where it was");
}

std::string deploying_pid_query(bool worker) {
    return R"sql(
        SELECT l.pid FROM pg_locks l WHERE l.locktype = 'advisory' AND l.granted AND l.database =
        (SELECT oid FROM pg_database WHERE datname = current_database()) AND l.mode = 'ExclusiveLock'
        AND l.classid =
        )sql" +
           std::to_string(key_class) + " AND l.objid = " + std::to_string(worker ? key_worker : key_deploy);
}

std::string running_pid_query() {
    return R"sql(
        SELECT l.pid FROM pg_locks l WHERE l.locktype = 'advisory' AND l.granted AND l.database =
        (SELECT oid FROM pg_database WHERE datname = current_database())
        AND l.classid =
        )sql" +
           std::to_string(key_class) + " AND l.objid = " + std::to_string(key_run);
}

}   // namespace whisper::pg
