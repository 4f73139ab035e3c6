#include "pg/plain_rows.hpp"

extern "C" {
#include "access/heapam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
}

namespace whisper::pg {
namespace {

// Types whose output functions are the server's own, and only print.
bool is_plain(Oid type) noexcept {
    for (Oid const known : {BOOLOID, INT2OID, INT4OID, INT8OID, NUMERICOID, TEXTOID, VARCHAROID, BPCHAROID, NAMEOID,
                            BYTEAOID, UUIDOID, TIMESTAMPOID, TIMESTAMPTZOID, DATEOID, JSONOID, JSONBOID, TEXTARRAYOID})
        if (type == known) return true;
    return false;
}

bool is_plain_column(Form_pg_attribute a) noexcept {
    return !a->attisdropped && a->attgenerated == '\0' && is_plain(a->atttypid);
}

bool is_stored_plainly(Oid table) {
    HeapTuple const row = SearchSysCache1(RELOID, ObjectIdGetDatum(table));
    if (!HeapTupleIsValid(row)) return false;
    auto const *const c = reinterpret_cast<Form_pg_class>(GETSTRUCT(row));
    bool const plain =
        c->relkind == RELKIND_RELATION && c->relam == HEAP_TABLE_AM_OID && c->relpersistence != RELPERSISTENCE_TEMP;
    ReleaseSysCache(row);
    return plain;
}

// One value as text in the current memory context; null for NULL.
char *print(TupleTableSlot *slot, AttrNumber column) {
    bool null = false;
    Datum const value = slot_getattr(slot, column, &null);
    if (null) return nullptr;
    Oid output = InvalidOid;
    bool varlena = false;
    getTypeOutputInfo(TupleDescAttr(slot->tts_tupleDescriptor, column - 1)->atttypid, &output, &varlena);
    return OidOutputFunctionCall(output, value);
}

// Printed rows, one after the other: the place, then the columns.
struct printed_rows {
    char **cells;
    size_t count, capacity;
};

void append(printed_rows *into, char *cell) {
    if (into->count == into->capacity) {
        into->capacity *= 2;
        into->cells = static_cast<char **>(repalloc_huge(into->cells, into->capacity * sizeof(char *)));
    }
    into->cells[into->count++] = cell;
}

printed_rows print_rows(Oid table, const AttrNumber *columns, size_t count) {
    printed_rows printed{static_cast<char **>(palloc(64 * sizeof(char *))), 0, 64};
    Relation const open = table_open(table, NoLock);
    Snapshot const snapshot = RegisterSnapshot(GetLatestSnapshot());
    TableScanDesc const scan = table_beginscan(open, snapshot, 0, nullptr);
    TupleTableSlot *const slot = table_slot_create(open, nullptr);
    while (table_scan_getnextslot(scan, ForwardScanDirection, slot)) {
        CHECK_FOR_INTERRUPTS();
        append(&printed, psprintf("(%u,%u)", ItemPointerGetBlockNumber(&slot->tts_tid),
                                  ItemPointerGetOffsetNumber(&slot->tts_tid)));
        for (size_t i = 0; i < count; ++i)
            append(&printed, columns[i] == InvalidAttrNumber ? nullptr : print(slot, columns[i]));
    }
    ExecDropSingleTupleTableSlot(slot);
    table_endscan(scan);
    UnregisterSnapshot(snapshot);
    table_close(open, NoLock);
    return printed;
}

// 0 for a column that is none, or no plain one.
AttrNumber number_of(Oid table, const char *column) {
    HeapTuple const row = SearchSysCacheAttName(table, column);
    if (!HeapTupleIsValid(row)) return InvalidAttrNumber;
    auto const *const a = reinterpret_cast<Form_pg_attribute>(GETSTRUCT(row));
    AttrNumber number = InvalidAttrNumber;
    if (a->attnum > 0 && is_plain_column(const_cast<Form_pg_attribute>(a))) number = a->attnum;
    ReleaseSysCache(row);
    return number;
}

}   // namespace

bool may_read_plainly(Oid table) {
    return guarded([=] {
        return is_stored_plainly(table) && pg_class_aclcheck(table, GetUserId(), ACL_SELECT) == ACLCHECK_OK &&
               check_enable_rls(table, InvalidOid, true) != RLS_ENABLED;
    });
}

bool lock_for_reading(Oid table) { return call(ConditionalLockRelationOid, table, LOCKMODE{AccessShareLock}); }

strings plain_columns(Oid table) {
    boost::container::vector<char *> const names = [&] {
        Relation const open = call(table_open, table, NoLock);
        TupleDesc const row = RelationGetDescr(open);
        boost::container::vector<char *> found;
        for (int i = 0; i < row->natts; ++i)
            if (is_plain_column(TupleDescAttr(row, i))) found.push_back(NameStr(TupleDescAttr(row, i)->attname));
        for (char *&name : found) name = call(pstrdup, static_cast<const char *>(name));
        call(table_close, open, NoLock);
        return found;
    }();
    strings result;
    for (const char *const name : names) result.emplace_back(name);
    return result;
}

plain_rows read_plainly(Oid table, const strings &columns) {
    boost::container::vector<AttrNumber> numbers;
    for (const std::string &column : columns) numbers.push_back(call(number_of, table, column.c_str()));
    printed_rows const printed =
        call(print_rows, table, static_cast<const AttrNumber *>(numbers.data()), numbers.size());
    plain_rows rows;
    std::size_t const width = columns.size() + 1;
    rows.reserve(printed.count / width);
    for (std::size_t i = 0; i < printed.count; i += width) {
        plain_row &row = rows.emplace_back();
        row.place = printed.cells[i];
        for (std::size_t k = 1; k < width; ++k) {
            const char *const cell = printed.cells[i + k];
            row.values.push_back(cell ? std::optional<std::string>(cell) : std::nullopt);
        }
    }
    return rows;
}

}   // namespace whisper::pg
