#include "pg/own_rows.hpp"

#include "pg/object_watch.hpp"

extern "C" {
#include "executor/executor.h"
#include "nodes/parsenodes.h"
#include "utils/lsyscache.h"
}

namespace whisper::pg {
namespace {

int engines = 0;   // at work
ExecutorCheckPerms_hook_type previous_rows_hook = nullptr;

// Called by the server before it runs a query, when the caller's rights allow it: plain C.
void refuse_own_rows(Oid relation, AclMode wanted) {
    if ((wanted & (ACL_INSERT | ACL_UPDATE | ACL_DELETE)) == 0 || !OidIsValid(relation)) return;
    if (!object_watch::protects(get_rel_namespace(relation))) return;
    ereport(ERROR, (errcode(ERRCODE_OBJECT_IN_USE),
                    errmsg("a migration cannot write to table whisper.%s", get_rel_name(relation)),
                    errdetail("It is part of whisper_migrate, which is running the migration."),
                    errhint("leave its schema out where a statement goes over all tables: %s", without_own_catalog)));
}

#if PG_VERSION_NUM >= 160000
bool on_permissions(List *range_table, List *permissions, bool raise) {
    if (previous_rows_hook && !previous_rows_hook(range_table, permissions, raise)) return false;
    if (engines > 0 || !object_watch::is_recording()) return true;
    ListCell *cell = nullptr;
    foreach (cell, permissions) {
        auto const *const on = static_cast<RTEPermissionInfo *>(lfirst(cell));
        refuse_own_rows(on->relid, on->requiredPerms);
    }
    return true;
}
#else
bool on_permissions(List *range_table, bool raise) {
    if (previous_rows_hook && !previous_rows_hook(range_table, raise)) return false;
    if (engines > 0 || !object_watch::is_recording()) return true;
    ListCell *cell = nullptr;
    foreach (cell, range_table) {
        auto const *const on = static_cast<RangeTblEntry *>(lfirst(cell));
        if (on->rtekind == RTE_RELATION) refuse_own_rows(on->relid, on->requiredPerms);
    }
    return true;
}
#endif

}   // namespace

engine_at_work::engine_at_work() noexcept { ++engines; }

engine_at_work::~engine_at_work() { --engines; }

void install_rows_hook() {
    if (ExecutorCheckPerms_hook == on_permissions) return;
    previous_rows_hook = ExecutorCheckPerms_hook;
    ExecutorCheckPerms_hook = on_permissions;
}

}   // namespace whisper::pg
