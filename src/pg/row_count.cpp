#include "pg/row_count.hpp"

extern "C" {
#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_depend.h"
#include "executor/executor.h"
#include "storage/itemptr.h"
#include "miscadmin.h"
#include "nodes/pg_list.h"
#include "storage/lmgr.h"
#include "utils/fmgroids.h"
#include "utils/hsearch.h"
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

bool written_since(TupleTableSlot *slot, CommandId began) {
    if (!TTS_IS_BUFFERTUPLE(slot)) return false;
    HeapTupleHeader const row = reinterpret_cast<HeapTupleTableSlot *>(slot)->tuple->t_data;
    return TransactionIdIsCurrentTransactionId(HeapTupleHeaderGetXmin(row)) && HeapTupleHeaderGetCmin(row) >= began;
}

bool is_updated(TupleTableSlot *slot) {
    return reinterpret_cast<HeapTupleTableSlot *>(slot)->tuple->t_data->t_infomask & HEAP_UPDATED;
}

// A row that an UPDATE made stands for one that was there before, be that the transaction's own or not.
bool inserted_since(TupleTableSlot *slot, CommandId began) { return written_since(slot, began) && !is_updated(slot); }

bool was_rewritten(Relation table) {
#if PG_VERSION_NUM >= 160000
    return table->rd_firstRelfilelocatorSubid != InvalidSubTransactionId;
#else
    return table->rd_firstRelfilenodeSubid != InvalidSubTransactionId;
#endif
}

// The values in rows that stand, after UPDATEs, for rows inserted since: from their first versions, which stay until
// the transaction ends, to those that are visible now.
int64 count_updated_since(Relation table, Snapshot snapshot, int32 column, int32 attribute, CommandId began) {
    TableScanDesc const visible = table_beginscan(table, snapshot, 0, nullptr);
    TableScanDesc const all = table_beginscan(table, SnapshotAny, 0, nullptr);
    TupleTableSlot *const first = table_slot_create(table, nullptr), *const last = table_slot_create(table, nullptr);
    int64 count = 0;
    while (table_scan_getnextslot(all, ForwardScanDirection, first)) {
        CHECK_FOR_INTERRUPTS();
        if (!inserted_since(first, began)) continue;
        ItemPointerData latest = first->tts_tid;
        table_tuple_get_latest_tid(visible, &latest);
        if (ItemPointerEquals(&latest, &first->tts_tid)) continue;
        if (table_tuple_fetch_row_version(table, &latest, snapshot, last))
            count += holds_value(last, column, attribute);
        ExecClearTuple(last);
    }
    ExecDropSingleTupleTableSlot(first);
    ExecDropSingleTupleTableSlot(last);
    table_endscan(all);
    table_endscan(visible);
    return count;
}

// `attribute`: of the column's composite values, that part; 0 for the whole of them.
int64 count_values(Oid relation, int32 column, int32 attribute, row_filter which) {
    // Whoever drops it holds a lock; of a type it is only the type.
    Relation const table = table_open(relation, AccessShareLock);
    Snapshot const snapshot = RegisterSnapshot(GetLatestSnapshot());
    TableScanDesc const scan = table_beginscan(table, snapshot, 0, nullptr);
    TupleTableSlot *const slot = table_slot_create(table, nullptr);
    // A rewrite makes every row a new one; nothing tells any more which were there before.
    bool const passing = !which.own && !was_rewritten(table);
    int64 count = 0;
    bool updated = false;
    while (table_scan_getnextslot(scan, ForwardScanDirection, slot)) {
        CHECK_FOR_INTERRUPTS();
        bool const written = passing && written_since(slot, which.began);
        updated |= written && is_updated(slot);
        count += !(written && !is_updated(slot)) && holds_value(slot, column, attribute);
    }
    if (updated) count -= count_updated_since(table, snapshot, column, attribute, which.began);
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

// A type, and of its composite values an attribute; 0 for the whole of them.
struct type_part {
    Oid type;
    int32 attribute;
};

// Types whose values hold values of others. Users stack them as deep as they like, and lead to one by many ways: each
// is looked at once, and none by a call within a call.
struct type_parts {
    HTAB *seen;
    List *waiting;
};

void look_at(type_parts &parts, type_part part) {
    bool found = false;
    void *const entry = hash_search(parts.seen, &part, HASH_ENTER, &found);
    if (!found) parts.waiting = lappend(parts.waiting, entry);
}

// One object that depends on the type.
int64 count_values_of_user(Form_pg_depend user, type_part of, row_filter which, type_parts &parts) {
    // Arrays, domains and ranges of it: their values count whole.
    if (user->classid == TypeRelationId) look_at(parts, {user->objid, 0});
    if (user->classid != RelationRelationId || user->objsubid <= 0 ||
        get_atttype(user->objid, static_cast<AttrNumber>(user->objsubid)) != of.type)
        return 0;
    // Every table is a type too, and its rows may be values elsewhere.
    if (Oid const row_type = get_rel_type_id(user->objid); OidIsValid(row_type))
        look_at(parts, {row_type, user->objsubid});
    if (!is_stored_table(user->objid) || is_generated(user->objid, user->objsubid)) return 0;
    return count_values(user->objid, user->objsubid, of.attribute, which);
}

// ALTER TYPE looks for the columns of its type in the same way, and locks their tables.
int64 count_values_of_part(Relation depend, type_part of, row_filter which, type_parts &parts) {
    ScanKeyData key[2];
    ScanKeyInit(&key[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(TypeRelationId));
    ScanKeyInit(&key[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(of.type));
    SysScanDesc const scan = systable_beginscan(depend, DependReferenceIndexId, true, nullptr, 2, key);
    int64 count = 0;
    for (HeapTuple row; HeapTupleIsValid(row = systable_getnext(scan));)
        count += count_values_of_user(reinterpret_cast<Form_pg_depend>(GETSTRUCT(row)), of, which, parts);
    systable_endscan(scan);
    return count;
}

int64 count_values_of_type(Oid type, int32 attribute, row_filter which) {
    HASHCTL sizes{};
    sizes.keysize = sizes.entrysize = sizeof(type_part);
    sizes.hcxt = CurrentMemoryContext;
    type_parts parts{hash_create("types of values", 64, &sizes, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT), nullptr};
    look_at(parts, {type, attribute});
    Relation const depend = table_open(DependRelationId, AccessShareLock);
    int64 count = 0;
    while (parts.waiting) {
        CHECK_FOR_INTERRUPTS();
        type_part const next = *static_cast<type_part *>(llast(parts.waiting));
        parts.waiting = list_delete_last(parts.waiting);
        count += count_values_of_part(depend, next, which, parts);
    }
    table_close(depend, AccessShareLock);
    hash_destroy(parts.seen);
    return count;
}

}   // namespace

bool count_rows(Oid relation, int32 column, row_filter which, int64 *rows) {
    bool counted = false;
    *rows = 0;
    if (is_stored_table(relation) && (column == 0 || !is_generated(relation, column))) {
        *rows = count_values(relation, column, 0, which);
        counted = true;
    }
    Oid const row_type = column == 0 ? InvalidOid : get_rel_type_id(relation);
    if (OidIsValid(row_type)) {
        *rows += count_values_of_type(row_type, column, which);
        counted = true;
    }
    return counted;
}

int64 rows_in(Oid table) {
    return guarded([=] {
        int64 rows = 0;
        LockRelationOid(table, AccessShareLock);
        return count_rows(table, 0, row_filter{true, 0}, &rows) ? rows : int64{0};
    });
}

}   // namespace whisper::pg
