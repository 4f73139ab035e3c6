#pragma once
// Procedures that end transactions on their way, and waiting that is in nobody's way.

#include "pg/guard.hpp"

namespace whisper::pg {

// Throws active_transaction unless the server lets the CALL of procedure `name` end transactions.
void require_own_transactions(FunctionCallInfo fcinfo, const char *name);

// Commits, and begins a transaction that holds no snapshot and no lock. For a non-atomic spi_session.
void commit_transaction();
// For catch_error(): the end of the transaction, whose failure rolls it back.
struct whole_transaction {
    void commit() { commit_transaction(); }
};
// What the engine reads needs a snapshot; commit_transaction() lets go of it.
void take_snapshot();

// Whether the client's statement has run for longer than statement_timeout lets it.
bool is_statement_timeout_over() noexcept;

// Sleeps, without a snapshot if none is held. Throws postgres_error when a cancel or a shutdown is pending.
void sleep_for(int64 milliseconds);
// Sleeps until this process is woken, at most so long; does not look at interrupts.
void wait_for_latch(int64 milliseconds);

// 0 up to and not including `limit`, from the server's strong random source.
int64 random_below(int64 limit);

}   // namespace whisper::pg
