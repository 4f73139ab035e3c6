#pragma once
// What other sessions see of a run, and whom a run waits for.

#include "pg/spi.hpp"

namespace whisper::pg {

// Shows `text` as this backend's application_name in pg_stat_activity until the scope ends; the setting itself is
// not touched.
class activity_scope {
public:
    activity_scope() = default;
    activity_scope(const activity_scope &) = delete;
    activity_scope &operator=(const activity_scope &) = delete;
    ~activity_scope();
    void show(const std::string &text);
};

// The transaction-level advisory lock that serialises runners of this database. Waits for it, with a NOTICE that
// names the holder. Throws 55006 while a deploy is under way, or waits to be.
void lock_runners(spi_session &session);

// The session-level lock of a deploy, which keeps every other run out. Dies with the session.
class deploy_lock {
public:
    // Waits for other runs, at most `max_wait` milliseconds, without a snapshot. For a non-atomic session, and outside
    // of engine_scope. Throws 55P03.
    deploy_lock(spi_session &session, int64 max_wait);
    deploy_lock(const deploy_lock &) = delete;
    deploy_lock &operator=(const deploy_lock &) = delete;
    ~deploy_lock() { release(); }
    // Throws 55006 when a migration has released it: pg_advisory_unlock_all() and DISCARD ALL do.
    void require_held();

private:
    void release() noexcept;
    bool held_ = false;
};

// What a deploy's background worker holds for as long as it lives, which may be a moment longer than the deploy; taken
// again when a migration has released it. Returns who has it; empty when it is this session.
std::string try_lock_worker(spi_session &session);
// In the worker, outside of transactions: waits for it, at most `max_wait` milliseconds. Throws 55P03.
void wait_for_worker_lock(const std::string &holder, int64 max_wait);

// Queries for the process that deploys to this database or the worker it has, and for the one that holds the runners'
// lock; under engine_scope.
std::string deploying_pid_query(bool worker);
std::string running_pid_query();

}   // namespace whisper::pg
