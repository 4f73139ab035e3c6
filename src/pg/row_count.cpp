#include "pg/row_count.hpp"

extern "C" {
#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_depend.h"
#include "executor/executor.h"
#include "storage/lmgr.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
}

namespace whisper::pg {
namespace {

bool holds_value(TupleTableSlot *slot, int32 column, int32 attribute) {
    if (column == 0) return true;
    bool null = false;
    Datum const value = slot_getattr(slot, column, &null);
    if (null || attribute == 0) return !null;
    HeapTupleHeader const row = DatumGetHeapTupleHeader(value);
    GetAttributeByNum(row, static_cast<AttrNumber>(attribute), &null);
    if (PointerGetDatum(row) != value) pfree(row);   // a copy: one for each row would be as much as the table
    return !null;
}

// `attribute`: of the column's composite values, that part; 0 for the whole of them.
int64 count_values(Oid relation, int32 column, int32 attribute) {
    // Whoever drops it holds a lock; of a type it is only the type.
    Relation const table = table_open(relation, AccessShareLock);
    Snapshot const snapshot = RegisterSnapshot(GetLatestSnapshot());
    TableScanDesc const scan = table_beginscan(table, snapshot, 0, nullptr);
    TupleTableSlot *const slot = table_slot_create(table, nullptr);
    int64 count = 0;
    while (table_scan_getnextslot(scan, ForwardScanDirection, slot)) {
        CHECK_FOR_INTERRUPTS();
        count += holds_value(slot, column, attribute);
    }
    ExecDropSingleTupleTableSlot(slot);
    table_endscan(scan);
    UnregisterSnapshot(snapshot);
    table_close(table, NoLock);
    return count;
}

bool is_stored_table(Oid relation) {
    return get_rel_relkind(relation) == RELKIND_RELATION && get_rel_persistence(relation) != RELPERSISTENCE_TEMP;
}

bool is_generated(Oid relation, int32 column) {
    HeapTuple const row = SearchSysCache2(ATTNUM, ObjectIdGetDatum(relation), Int16GetDatum(column));
    if (!HeapTupleIsValid(row)) return false;
    bool const generated = reinterpret_cast<Form_pg_attribute>(GETSTRUCT(row))->attgenerated != '\0';
    ReleaseSysCache(row);
    return generated;
}

// ALTER TYPE looks for the columns of its type in the same way, and locks their tables.
int64 count_values_of_type(Oid type, int32 attribute) {
    Relation const depend = table_open(DependRelationId, AccessShareLock);
    ScanKeyData key[2];
    ScanKeyInit(&key[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(TypeRelationId));
    ScanKeyInit(&key[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(type));
    SysScanDesc const scan = systable_beginscan(depend, DependReferenceIndexId, true, nullptr, 2, key);
    int64 count = 0;
    for (HeapTuple row; HeapTupleIsValid(row = systable_getnext(scan));) {
        auto const *const user = reinterpret_cast<Form_pg_depend>(GETSTRUCT(row));
        // Arrays and domains of it: their values count whole.
        if (user->classid == TypeRelationId)
            count += count_values_of_type(user->objid, 0);
        else if (user->classid == RelationRelationId && user->objsubid > 0 && is_stored_table(user->objid) &&
                 get_atttype(user->objid, static_cast<AttrNumber>(user->objsubid)) == type)
            count += count_values(user->objid, user->objsubid, attribute);
    }
    systable_endscan(scan);
    table_close(depend, AccessShareLock);
    return count;
}

}   // namespace

bool count_rows(Oid relation, int32 column, int64 *rows) {
    if (column != 0 && get_rel_relkind(relation) == RELKIND_COMPOSITE_TYPE) {
        *rows = count_values_of_type(get_rel_type_id(relation), column);
        return true;
    }
    if (!is_stored_table(relation) || (column != 0 && is_generated(relation, column))) return false;
    *rows = count_values(relation, column, 0);
    return true;
}

int64 rows_in(Oid table) {
    return guarded([=] {
        int64 rows = 0;
        LockRelationOid(table, AccessShareLock);
        return count_rows(table, 0, &rows) ? rows : int64{0};
    });
}

}   // namespace whisper::pg
