#pragma once
// The worker's side of a background_task.

#include "pg/guard.hpp"

namespace whisper::pg {

// What the worker tells whoever waits for it.
void report_statement(int number, bool waits_for_others) noexcept;

// The boundary, inward, for the worker's main function: attaches to the caller, becomes the caller's user with the
// caller's settings, and runs `body` with the payload, outside of any transaction.
void run_background_task(Datum argument, void (*body)(const std::string &payload));

// A transaction of the worker's own: rolled back unless commit() was reached.
class worker_transaction {
public:
    worker_transaction();
    worker_transaction(const worker_transaction &) = delete;
    worker_transaction &operator=(const worker_transaction &) = delete;
    ~worker_transaction();
    void commit();

private:
    bool open_ = true;
};

// Runs one SQL statement at the top level of the transaction that is open, which may be another one afterwards:
// CREATE INDEX CONCURRENTLY and the like commit on their way. In any case one is open, and not yet committed.
// A session without an SPI connection only.
void run_at_top_level(const std::string &sql);

// The same for a statement among others of one transaction: what ends it, or wants to be alone in it, fails.
void run_in_block(const std::string &sql);

// A snapshot for what follows in an open transaction that has none.
class snapshot_scope {
public:
    snapshot_scope();
    snapshot_scope(const snapshot_scope &) = delete;
    snapshot_scope &operator=(const snapshot_scope &) = delete;
    ~snapshot_scope();

private:
    int exceptions_;
};

}   // namespace whisper::pg
