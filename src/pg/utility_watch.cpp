#include "pg/utility_watch.hpp"

#include "pg/entry.hpp"
#include "pg/memory.hpp"
#include "pg/values.hpp"

extern "C" {
#include "tcop/utility.h"
}

namespace whisper::pg {
namespace {

ProcessUtility_hook_type previous_utility_hook = nullptr;
utility_observer *session_observer = nullptr;

struct utility_call {
    PlannedStmt *planned;
    const char *source;
    bool read_only;
    ProcessUtilityContext context;
    ParamListInfo parameters;
    QueryEnvironment *environment;
    DestReceiver *destination;
    QueryCompletion *completion;
};
const utility_call *observed_call = nullptr;   // from the hook to observe(), through the boundary

void proceed(const utility_call &c) {
    (previous_utility_hook ? previous_utility_hook : standard_ProcessUtility)(
        c.planned, c.source, c.read_only, c.context, c.parameters, c.environment, c.destination, c.completion);
}

// C++: entered through the boundary, as the functions are.
Datum observe(FunctionCallInfo) {
    utility_call const call_ = *std::exchange(observed_call, nullptr);
    utility_statement const statement = read_utility(*call_.planned, call_.source);
    session_observer->before(statement);
    // CREATE INDEX CONCURRENTLY ends transactions on its way: nothing of ours may live in theirs.
    memory_scope const memory(TopMemoryContext);
    object_watch watch(memory.context());
    watch.begin_step(1);
    timestamp const began = now();
    guarded([&] { proceed(call_); });
    session_observer->after(statement, watch.events(), now().at - began.at);
    return 0;
}

// It would run what is left of its query at COMMIT, when nobody watches any more.
void refuse_holdable_cursor(const Node *statement) {
    if (!object_watch::is_recording() || !IsA(statement, DeclareCursorStmt)) return;
    auto const *const cursor = reinterpret_cast<const DeclareCursorStmt *>(statement);
    if (!(cursor->options & CURSOR_OPT_HOLD)) return;
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                    errmsg("cannot declare cursor \"%s\" WITH HOLD in a migration", cursor->portalname),
                    errdetail("Its query would run when the migration has ended."),
                    errhint("declare it WITHOUT HOLD, or keep the rows in a table")));
}

// Plain C: called by the server.
void on_utility(PlannedStmt *planned, const char *source, bool read_only, ProcessUtilityContext context,
                ParamListInfo parameters, QueryEnvironment *environment, DestReceiver *destination,
                QueryCompletion *completion) {
    refuse_holdable_cursor(planned->utilityStmt);
    if (context != PROCESS_UTILITY_SUBCOMMAND)
        object_watch::note_utility(source, planned->stmt_location, planned->stmt_len);
    utility_call const call_{planned, source, read_only, context, parameters, environment, destination, completion};
    if (!session_observer || !session_observer->wants_statements() || object_watch::is_recording() ||
        context == PROCESS_UTILITY_SUBCOMMAND || !is_definition(planned->utilityStmt)) {
        proceed(call_);
        return;
    }
    // cppcheck-suppress danglingLifetime ; observe() takes it away at once
    observed_call = &call_;
    detail::enter<observe>(nullptr);
}

// Below: they may be called with the transaction already decided, where nothing can be raised any more.

void on_transaction(XactEvent event, void *) {
    if (!session_observer) return;
    switch (event) {
        case XACT_EVENT_COMMIT:
            session_observer->committed(1);
            break;
        case XACT_EVENT_ABORT:
            session_observer->rolled_back(1);
            break;
        case XACT_EVENT_PRE_PREPARE:
            if (session_observer->holds_uncommitted())
                ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                                errmsg("cannot PREPARE a transaction that is captured"),
                                errhint("end the capture first, or COMMIT the transaction")));
            break;
        default:
            break;
    }
}

void on_subtransaction(SubXactEvent event, SubTransactionId, SubTransactionId, void *) {
    if (!session_observer) return;
    int const level = GetCurrentTransactionNestLevel();
    if (event == SUBXACT_EVENT_COMMIT_SUB) session_observer->committed(level);
    if (event == SUBXACT_EVENT_ABORT_SUB) session_observer->rolled_back(level);
}

}   // namespace

void observe_utilities(utility_observer &observer) noexcept { session_observer = &observer; }

void install_utility_hook() {
    // Out of memory here, the server calls it again at the next use of the module.
    static int registered = 0;
    if (registered == 0) RegisterXactCallback(on_transaction, nullptr), registered = 1;
    if (registered == 1) RegisterSubXactCallback(on_subtransaction, nullptr), registered = 2;
    if (ProcessUtility_hook == on_utility) return;
    previous_utility_hook = ProcessUtility_hook;
    ProcessUtility_hook = on_utility;
}

}   // namespace whisper::pg
