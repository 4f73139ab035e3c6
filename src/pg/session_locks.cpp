#include "pg/session_locks.hpp"

#include "pg/server.hpp"

extern "C" {
#include "catalog/objectaccess.h"
#include "catalog/pg_proc.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
}

namespace whisper::pg {
namespace {

int closed = 0;   // how many say so
object_access_hook_type previous_lock_hook = nullptr;

bool handles_session_lock(Oid function) {
    switch (function) {
        case F_PG_ADVISORY_LOCK_INT8:
        case F_PG_ADVISORY_LOCK_INT4_INT4:
        case F_PG_ADVISORY_LOCK_SHARED_INT8:
        case F_PG_ADVISORY_LOCK_SHARED_INT4_INT4:
        case F_PG_TRY_ADVISORY_LOCK_INT8:
        case F_PG_TRY_ADVISORY_LOCK_INT4_INT4:
        case F_PG_TRY_ADVISORY_LOCK_SHARED_INT8:
        case F_PG_TRY_ADVISORY_LOCK_SHARED_INT4_INT4:
        case F_PG_ADVISORY_UNLOCK_INT8:
        case F_PG_ADVISORY_UNLOCK_INT4_INT4:
        case F_PG_ADVISORY_UNLOCK_SHARED_INT8:
        case F_PG_ADVISORY_UNLOCK_SHARED_INT4_INT4:
        case F_PG_ADVISORY_UNLOCK_ALL:
            return true;
        default:
            return false;
    }
}

// Called by the server before it runs a function: plain C.
void on_access(ObjectAccessType access, Oid class_id, Oid object_id, int sub_id, void *detail) {
    if (previous_lock_hook) previous_lock_hook(access, class_id, object_id, sub_id, detail);
    if (closed == 0 || access != OAT_FUNCTION_EXECUTE || class_id != ProcedureRelationId) return;
    if (!handles_session_lock(object_id)) return;
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    errmsg("cannot call %s in a text that runs in somebody else's session", get_func_name(object_id)),
                    errdetail("The session's advisory locks are its own, and outlast the transaction."),
                    errhint("use pg_advisory_xact_lock(), whose locks end with the transaction")));
}

}   // namespace

session_locks_closed::session_locks_closed(bool wanted) noexcept : wanted_(wanted) { closed += wanted_; }

session_locks_closed::~session_locks_closed() { closed -= wanted_; }

void session_locks_closed::install_hook() {
    previous_lock_hook = object_access_hook;
    object_access_hook = on_access;
}

}   // namespace whisper::pg
