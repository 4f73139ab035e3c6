#include "pg/procedure.hpp"

extern "C" {
#include "nodes/parsenodes.h"
#include "pgstat.h"
#include "storage/latch.h"
#include "storage/proc.h"
#include "tcop/pquery.h"
}

namespace whisper::pg {

void require_own_transactions(FunctionCallInfo fcinfo, const char *name) {
    bool const atomic = !(fcinfo->context && IsA(fcinfo->context, CallContext) &&
                          !reinterpret_cast<CallContext *>(fcinfo->context)->atomic);
    if (!atomic) return;
    throw failure(
        sqlstate::active_transaction, std::string(name) + " cannot run inside a transaction block",
        "It commits a transaction for each revision; here a transaction, a function or a SECURITY DEFINER "
        "procedure around it holds one open.",
        "CALL it by itself, outside of BEGIN … COMMIT, and with autocommit on where the client's driver begins "
        "transactions; inside, use whisper_upgrade() or whisper_downgrade()");
}

void commit_transaction() { call(SPI_commit); }

void take_snapshot() { call(EnsurePortalSnapshotExists); }

void wait_for_latch(int64 milliseconds) {
    guarded([=] {
        WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, static_cast<long>(milliseconds),
                  PG_WAIT_EXTENSION);
        ResetLatch(MyLatch);
    });
}

bool is_statement_timeout_over() noexcept {
    TimestampTz const limit = GetCurrentStatementStartTimestamp() + int64{StatementTimeout} * 1000;
    return StatementTimeout > 0 && GetCurrentTimestamp() >= limit;
}

void sleep_for(int64 milliseconds) {
    TimestampTz const until = GetCurrentTimestamp() + milliseconds * 1000;
    for (;;) {
        check_interrupts();
        int64 const left = (until - GetCurrentTimestamp() + 999) / 1000;
        if (left <= 0) return;
        wait_for_latch(left);
    }
}

int64 random_below(int64 limit) {
    uint64 random = 0;
    if (limit <= 1 || !pg_strong_random(&random, sizeof random)) return 0;
    return static_cast<int64>(random % static_cast<uint64>(limit));
}

}   // namespace whisper::pg
