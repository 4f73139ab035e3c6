#include "pg/plain_table.hpp"

#include "pg/memory.hpp"

extern "C" {
#include "access/table.h"
#include "access/tableam.h"
#include "access/transam.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "executor/tuptable.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"
}

namespace whisper::pg {
namespace {

struct printed_column {
    AttrNumber number = 0;
    FmgrInfo output{};
};

// A type of somebody else's prints by a function of his.
bool find_column(Relation table, const char *name, printed_column *column) {
    column->number = get_attnum(RelationGetRelid(table), name);
    if (column->number <= 0) return false;
    Oid const type = get_atttype(RelationGetRelid(table), column->number);
    if (type >= FirstNormalObjectId) return false;
    Oid function = InvalidOid;
    bool varies = false;
    getTypeOutputInfo(type, &function, &varies);
    fmgr_info(function, &column->output);
    return true;
}

bool may_read_whole(Relation table) {
    Oid const relation = RelationGetRelid(table);
    return table->rd_rel->relkind == RELKIND_RELATION && table->rd_rel->relam == HEAP_TABLE_AM_OID &&
           pg_class_aclcheck(relation, GetUserId(), ACL_SELECT) == ACLCHECK_OK &&
           check_enable_rls(relation, InvalidOid, true) != RLS_ENABLED;
}

// The values of one row, as C strings in the current memory context; null for NULL.
void print_row(TupleTableSlot *slot, std::span<printed_column> columns, const char **values) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
        bool null = false;
        Datum const value = slot_getattr(slot, columns[i].number, &null);
        values[i] = null ? nullptr : OutputFunctionCall(&columns[i].output, value);
    }
}

// A table that is open for reading; closed as the scope ends, or by the abort of the transaction.
class open_table {
public:
    explicit open_table(Relation table)
        : table_(table),
          scan_(guarded([=] { return table_beginscan(table, GetActiveSnapshot(), 0, nullptr); })),
          slot_(guarded([=] { return table_slot_create(table, nullptr); })) {}
    open_table(const open_table &) = delete;
    open_table &operator=(const open_table &) = delete;

    bool next() {
        return guarded([this] { return table_scan_getnextslot(scan_, ForwardScanDirection, slot_); });
    }
    TupleTableSlot *slot() const noexcept { return slot_; }
    void close() {
        guarded([this] {
            ExecDropSingleTupleTableSlot(slot_);
            table_endscan(scan_);
            table_close(table_, NoLock);
        });
    }

private:
    Relation table_;
    TableScanDesc scan_;
    TupleTableSlot *slot_;
};

}   // namespace

plain_rows read_plain_table(Oid table, std::span<const std::string_view> columns) {
    plain_rows result;
    if (!call(ConditionalLockRelationOid, table, LOCKMODE{AccessShareLock})) {
        result.outcome = reading::locked;
        return result;
    }
    Relation const relation = call(try_table_open, table, LOCKMODE{NoLock});
    if (!relation) return result;
    memory_scope const memory(CurrentMemoryContext);
    boost::container::vector<printed_column> printed(columns.size());
    bool readable = guarded([=] { return may_read_whole(relation); });
    for (std::size_t i = 0; readable && i < columns.size(); ++i) {
        std::string const name(columns[i]);
        readable = guarded([&] { return find_column(relation, name.c_str(), &printed[i]); });
    }
    if (!readable) {
        call(table_close, relation, LOCKMODE{NoLock});
        return result;
    }
    open_table open(relation);
    boost::container::vector<const char *> values(columns.size());
    while (open.next()) {
        check_interrupts();
        memory_scope const row(memory.context());
        {
            current_context const here(row.context());
            guarded([&] { print_row(open.slot(), {printed.data(), printed.size()}, values.data()); });
        }
        text_row texts;
        for (const char *const value : values)
            texts.push_back(value ? std::optional<std::string>(value) : std::nullopt);
        result.rows.push_back(std::move(texts));
    }
    open.close();
    result.outcome = reading::done;
    return result;
}

}   // namespace whisper::pg
