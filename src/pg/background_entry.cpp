#include "pg/background_entry.hpp"

#include "pg/background_channel.hpp"
#include "pg/entry.hpp"
#include "pg/memory.hpp"

extern "C" {
#include "mb/pg_wchar.h"
#include "parser/analyze.h"
#include "pgstat.h"
#include "storage/ipc.h"
#include "tcop/dest.h"
#include "tcop/pquery.h"
#include "tcop/tcopprot.h"
#include "tcop/utility.h"
#include "utils/portal.h"
#include "utils/snapmgr.h"
}

namespace whisper::pg {
namespace {

channel_header *header = nullptr;   // this process has one task and ends with it
const char *payload = nullptr;
shm_mq_handle *messages = nullptr;
void (*task_body)(const std::string &) = nullptr;

// Plain C.

void become_the_caller(shm_toc *contents) {
    BackgroundWorkerInitializeConnectionByOid(header->database, header->authenticated_user, 0);
    StartTransactionCommand();
    RestoreGUCState(shm_toc_lookup(contents, key_settings, false));
    // Messages go to the caller in the database's encoding, as between parallel workers.
    SetClientEncoding(GetDatabaseEncoding());
    if (header->session_user != header->authenticated_user)
        SetConfigOption("session_authorization", GetUserNameFromId(header->session_user, false), PGC_SUSET,
                        PGC_S_SESSION);
    if (OidIsValid(header->role))
        SetConfigOption("role", GetUserNameFromId(header->role, false), PGC_USERSET, PGC_S_SESSION);
    CommitTransactionCommand();
}

void attach(Datum segment_handle) {
    pqsignal(SIGTERM, die);
    BackgroundWorkerUnblockSignals();
    CurrentResourceOwner = ResourceOwnerCreate(nullptr, "whisper_migrate deploy");
    dsm_segment *const segment = dsm_attach(DatumGetUInt32(segment_handle));
    if (!segment) proc_exit(1);   // whoever started us is gone
    dsm_pin_mapping(segment);
    shm_toc *const contents = shm_toc_attach(channel_magic, dsm_segment_address(segment));
    if (!contents)
        ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                        errmsg("the segment of shared memory is none of whisper_migrate's")));
    header = static_cast<channel_header *>(shm_toc_lookup(contents, key_header, false));
    payload = static_cast<const char *>(shm_toc_lookup(contents, key_payload, false));
    auto *const queue = static_cast<shm_mq *>(shm_toc_lookup(contents, key_messages, false));
    shm_mq_set_sender(queue, MyProc);
    messages = shm_mq_attach(queue, segment, nullptr);
    pq_redirect_to_shm_mq(segment, messages);
    become_the_caller(contents);
}

// C++, entered through the boundary.
Datum run_body(FunctionCallInfo) {
    task_body(std::string(payload, header->payload_length));
    return 0;
}

void locate_in_statement(void *sql) {
    int const position = geterrposition();
    if (position <= 0) return;
    errposition(0);
    internalerrposition(position);
    internalerrquery(static_cast<const char *>(sql));
}

// What the log and debuggers show; on every way out it must not point to what is gone.
class shown_statement {
public:
    explicit shown_statement(const char *sql) noexcept { debug_query_string = sql; }
    shown_statement(const shown_statement &) = delete;
    shown_statement &operator=(const shown_statement &) = delete;
    ~shown_statement() { debug_query_string = nullptr; }
};

void run_plans(const char *sql, RawStmt *parsed, bool top_level) {
    bool const snapshot = analyze_requires_snapshot(parsed);
    if (snapshot) PushActiveSnapshot(GetTransactionSnapshot());
    List *const queries = pg_analyze_and_rewrite_fixedparams(parsed, sql, nullptr, 0, nullptr);
    List *const plans = pg_plan_queries(queries, sql, CURSOR_OPT_PARALLEL_OK, nullptr);
    if (snapshot) PopActiveSnapshot();
    CHECK_FOR_INTERRUPTS();
    Portal const portal = CreatePortal("", true, true);
    portal->visible = false;
    PortalDefineQuery(portal, nullptr, sql, CreateCommandTag(parsed->stmt), plans, nullptr);
    PortalStart(portal, nullptr, 0, InvalidSnapshot);
    DestReceiver *const nowhere = CreateDestReceiver(DestNone);
#if PG_VERSION_NUM >= 180000
    PortalRun(portal, FETCH_ALL, top_level, nowhere, nowhere, nullptr);
#else
    PortalRun(portal, FETCH_ALL, top_level, true, nowhere, nowhere, nullptr);
#endif
    nowhere->rDestroy(nowhere);
    PortalDrop(portal, false);
    CommandCounterIncrement();
}

void run_text(const std::string &sql, bool top_level) {
    memory_scope memory(TopMemoryContext);   // for longer than any transaction of the statement
    MemoryContext const before = CurrentMemoryContext;
    bool const in_transaction_memory = before == TopTransactionContext || before == CurTransactionContext;
    const char *const text = sql.c_str();
    shown_statement const shown(text);
    ErrorContextCallback callback{};
    callback.callback = locate_in_statement;
    callback.arg = const_cast<char *>(text);
    callback.previous = error_context_stack;
    MemoryContext const own = memory.context();
    ErrorContextCallback *const where = &callback;
    guarded([=] {
        error_context_stack = where;   // guarded() puts the stack back
        MemoryContextSwitchTo(own);
        pgstat_report_activity(STATE_RUNNING, text);
        ListCell *cell;
        foreach (cell, pg_parse_query(text)) run_plans(text, lfirst_node(RawStmt, cell), top_level);
        pgstat_report_activity(STATE_IDLEINTRANSACTION, nullptr);
    });
    CurrentMemoryContext = in_transaction_memory ? CurTransactionContext : before;
}

}   // namespace

void report_statement(int number, bool waits_for_others) noexcept {
    pg_atomic_write_u32(&header->statement, static_cast<uint32>(number));
    pg_atomic_write_u32(&header->waits_for_others, waits_for_others ? 1 : 0);
}

void run_background_task(Datum argument, void (*body)(const std::string &)) {
    attach(argument);
    task_body = body;
    detail::enter<run_body>(nullptr);
    shm_mq_send(messages, 1, "X", false, true);   // finished
}

worker_transaction::worker_transaction() {
    guarded([] {
        SetCurrentStatementStartTimestamp();
        StartTransactionCommand();
    });
}

void worker_transaction::commit() {
    call(CommitTransactionCommand);
    open_ = false;
}

worker_transaction::~worker_transaction() {
    if (!open_) return;
    try {
        call(AbortCurrentTransaction);
    } catch (...) {
        ereport(FATAL, (errmsg("could not roll back a transaction")));
    }
}

void run_at_top_level(const std::string &sql) { run_text(sql, true); }

void run_in_block(const std::string &sql) { run_text(sql, false); }

snapshot_scope::snapshot_scope() : exceptions_(std::uncaught_exceptions()) {
    guarded([] { PushActiveSnapshot(GetTransactionSnapshot()); });
}

// An error on the way out aborts the transaction, which takes the snapshot along.
snapshot_scope::~snapshot_scope() {
    if (std::uncaught_exceptions() == exceptions_) PopActiveSnapshot();
}

}   // namespace whisper::pg
