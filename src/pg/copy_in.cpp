#include "pg/copy_in.hpp"

extern "C" {
#include "commands/copy.h"
#include "nodes/parsenodes.h"
#include "parser/parser.h"
#include "parser/parse_node.h"
#include "parser/parse_relation.h"
#include "parser/parse_coerce.h"
#include "parser/parse_collate.h"
#include "parser/parse_expr.h"
#include "optimizer/optimizer.h"
#include "nodes/makefuncs.h"
#include "executor/executor.h"
#include "mb/pg_wchar.h"
#include "access/table.h"
#include "access/htup_details.h"
#include "tcop/utility.h"
#include "utils/acl.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"
}

namespace whisper::pg {
namespace {

// Where the COPY in progress reads from. COPY FROM has no place for a pointer of ours, and one runs at a time.
struct source {
    const char *at;
    std::size_t left;
};
source *current = nullptr;

// The server's callback: at most `most` bytes, at least `least` unless the data ends.
int read_block(void *into, int, int most) {
    std::size_t const n =
        current->left < static_cast<std::size_t>(most) ? current->left : static_cast<std::size_t>(most);
    std::memcpy(into, current->at, n);
    current->at += n;
    current->left -= n;
    return static_cast<int>(n);
}

class source_scope {
public:
    explicit source_scope(std::string_view data) noexcept : source_{data.data(), data.size()}, outer_(current) {
        current = &source_;
    }
    source_scope(const source_scope &) = delete;
    source_scope &operator=(const source_scope &) = delete;
    ~source_scope() { current = outer_; }

private:
    source source_;
    source *const outer_;
};

// What DoCopy() does for COPY FROM, with the rows from memory instead of the client. Plain C from here.
#if PG_VERSION_NUM >= 160000
RTEPermissionInfo *rights_of(ParseNamespaceItem *item) { return item->p_perminfo; }
#else
RangeTblEntry *rights_of(ParseNamespaceItem *item) { return item->p_rte; }
#endif

// To be asked once the condition has said what it reads.
void check_rights(Relation table, ParseNamespaceItem *item, List *columns) {
    auto *const wanted = rights_of(item);
    for (int i = 0; i < list_length(columns); ++i)
        wanted->insertedCols =
            bms_add_member(wanted->insertedCols, list_nth_int(columns, i) - FirstLowInvalidHeapAttributeNumber);
#if PG_VERSION_NUM >= 160000
    ExecCheckPermissions(list_make1(item->p_rte), list_make1(wanted), true);
#else
    ExecCheckRTPerms(list_make1(wanted), true);
#endif
    if (check_enable_rls(RelationGetRelid(table), InvalidOid, false) == RLS_ENABLED)
        ereport(ERROR,
                (errcode(ERRCODE_FEATURE_NOT_SUPPORTED), errmsg("COPY FROM not supported with row-level security"),
                 errhint("Use INSERT statements instead.")));
}

// Generated columns have no value yet when the condition is looked at. Not all minor versions refuse them.
void refuse_generated_columns(Relation table, Node *where) {
    Bitmapset *used = nullptr;
    pull_varattnos(where, 1, &used);
    bool const whole_row = bms_is_member(-FirstLowInvalidHeapAttributeNumber, used);
    for (int i = 0; i < RelationGetNumberOfAttributes(table); ++i) {
        Form_pg_attribute const column = TupleDescAttr(RelationGetDescr(table), i);
        bool const is_used = whole_row || bms_is_member(i + 1 - FirstLowInvalidHeapAttributeNumber, used);
        if (is_used && !column->attisdropped && column->attgenerated != '\0')
            ereport(ERROR, (errcode(ERRCODE_INVALID_COLUMN_REFERENCE),
                            errmsg("generated columns are not supported in COPY FROM WHERE conditions"),
                            errdetail("Column \"%s\" is a generated column.", NameStr(column->attname))));
    }
}

// The rows are in the database's encoding, as all text here, and not in that of a client who has sent them once.
List *with_encoding(List *options) {
    for (int i = 0; i < list_length(options); ++i)
        if (std::strcmp(list_nth_node(DefElem, options, i)->defname, "encoding") == 0) return options;
    char *const name = pstrdup(GetDatabaseEncodingName());
    return lappend(options, makeDefElem(pstrdup("encoding"), reinterpret_cast<Node *>(makeString(name)), -1));
}

uint64 copy_rows(const char *sql) {
    List *const parsed = raw_parser(sql, RAW_PARSE_DEFAULT);
    CopyStmt *const copy = castNode(CopyStmt, linitial_node(RawStmt, parsed)->stmt);
    Relation const table = table_openrv(copy->relation, RowExclusiveLock);
    if (XactReadOnly && !table->rd_islocaltemp) PreventCommandIfReadOnly("COPY FROM");
    ParseState *const state = make_parsestate(nullptr);
    state->p_sourcetext = sql;
    ParseNamespaceItem *const item =
        addRangeTableEntryForRelation(state, table, RowExclusiveLock, nullptr, false, false);
    rights_of(item)->requiredPerms = ACL_INSERT;
    Node *where = nullptr;
    if (copy->whereClause) {
        addNSItemToQuery(state, item, false, true, true);
        where = transformExpr(state, copy->whereClause, EXPR_KIND_COPY_WHERE);
        where = coerce_to_boolean(state, where, "WHERE");
        assign_expr_collations(state, where);
        refuse_generated_columns(table, where);
        where = eval_const_expressions(nullptr, where);
        where = reinterpret_cast<Node *>(canonicalize_qual(reinterpret_cast<Expr *>(where), false));
        where = reinterpret_cast<Node *>(make_ands_implicit(reinterpret_cast<Expr *>(where)));
    }
    check_rights(table, item, CopyGetAttnums(RelationGetDescr(table), table, copy->attlist));
    PushActiveSnapshot(GetTransactionSnapshot());
    CopyFromState const in =
        BeginCopyFrom(state, table, where, nullptr, false, read_block, copy->attlist, with_encoding(copy->options));
    uint64 const rows = CopyFrom(in);
    EndCopyFrom(in);
    PopActiveSnapshot();
    table_close(table, NoLock);
    free_parsestate(state);
    CommandCounterIncrement();
    return rows;
}

}   // namespace

uint64 copy_in(const std::string &sql, std::string_view data) {
    source_scope const scope(data);
    const char *const text = sql.c_str();
    return guarded([=] { return copy_rows(text); });
}

}   // namespace whisper::pg
