#include "pg/normal_tree.hpp"

#include "pg/guard.hpp"
#include "pg/memory.hpp"

extern "C" {
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "parser/parsetree.h"
#include "parser/parsetree.h"

#include "utils/lsyscache.h"
#include "utils/ruleutils.h"
}

// Only plain values here: everything runs between the server's own functions, whose errors jump.
namespace whisper::pg {
namespace {

using mutator = Node *(*)(Node *, void *);

#if PG_VERSION_NUM < 160000
using untyped_mutator = Node *(*)();   // what these functions were declared with
untyped_mutator untyped(mutator change) {
    return reinterpret_cast<untyped_mutator>(reinterpret_cast<void (*)()>(change));
}
#endif

Node *change_expression(Node *node, mutator change, void *context) {
#if PG_VERSION_NUM >= 160000
    return expression_tree_mutator(node, change, context);
#else
    return expression_tree_mutator(node, untyped(change), context);
#endif
}

Node *change_query(Query *query, mutator change, void *context) {
#if PG_VERSION_NUM >= 160000
    return reinterpret_cast<Node *>(query_tree_mutator(query, change, context, 0));
#else
    return reinterpret_cast<Node *>(query_tree_mutator(query, untyped(change), context, 0));
#endif
}

// Types with one representation and one meaning: what casts between them is no more than a label.
bool is_text(Oid type) {
    Oid const base = getBaseType(type);
    return base == TEXTOID || base == VARCHAROID;
}

bool is_text_array(Oid type) { return type == TEXTARRAYOID || type == VARCHARARRAYOID; }

Node *without_labels(Node *node, void *context) {
    if (!node) return nullptr;
    switch (nodeTag(node)) {
        case T_Query:
            return change_query(reinterpret_cast<Query *>(node), without_labels, context);
        case T_TargetEntry: {
            // The type of a query's column is what it is.
            TargetEntry *const entry = flatCopyTargetEntry(reinterpret_cast<TargetEntry *>(node));
            bool const label = entry->expr && IsA(entry->expr, RelabelType);
            Node *const inner = reinterpret_cast<Node *>(entry->expr);
            entry->expr = reinterpret_cast<Expr *>(label ? change_expression(inner, without_labels, context)
                                                         : without_labels(inner, context));
            return reinterpret_cast<Node *>(entry);
        }
        case T_RelabelType: {
            auto *const label = reinterpret_cast<RelabelType *>(node);
            Node *const inner = reinterpret_cast<Node *>(label->arg);
            bool const plain = label->resulttypmod < 0 && is_text(label->resulttype) && is_text(exprType(inner));
            if (plain) return without_labels(inner, context);
            break;
        }
        case T_ArrayCoerceExpr: {
            auto *const cast = reinterpret_cast<ArrayCoerceExpr *>(node);
            Node *const inner = reinterpret_cast<Node *>(cast->arg);
            bool const plain =
                cast->resulttypmod < 0 && is_text_array(cast->resulttype) && is_text_array(exprType(inner));
            if (plain) return without_labels(inner, context);
            break;
        }
        case T_Const: {
            auto *const constant = reinterpret_cast<Const *>(copyObjectImpl(node));
            if (constant->consttypmod < 0 && constant->consttype == VARCHAROID) constant->consttype = TEXTOID;
            if (constant->consttypmod < 0 && constant->consttype == VARCHARARRAYOID) constant->consttype = TEXTARRAYOID;
            return reinterpret_cast<Node *>(constant);
        }
        default:
            break;
    }
    return change_expression(node, without_labels, context);
}

Node *read(const char *tree) { return without_labels(static_cast<Node *>(stringToNode(tree)), nullptr); }

// Casts that the parser put in are shown, like those that somebody wrote.
constexpr bool show_casts = true;

char *print_expression(const char *tree, Oid relation) {
    char *const name = OidIsValid(relation) ? get_rel_name(relation) : nullptr;
    return deparse_expression(read(tree), name ? deparse_context_for(name, relation) : NIL, false, show_casts);
}

// The server prints conditions of two rows for itself alone. A deparsing context has one relation, but there may be one
// for each level of queries.
Node *lift_new_row(Node *node, void *context) {
    if (!node) return nullptr;
    if (IsA(node, Var)) {
        auto *const column = reinterpret_cast<Var *>(copyObjectImpl(node));
        if (column->varno == PRS2_NEW_VARNO && column->varlevelsup == 0) {
            column->varno = PRS2_OLD_VARNO;
            column->varnosyn = 0;   // printed by what stands before it
            column->varlevelsup = 1;
        }
        return reinterpret_cast<Node *>(column);
    }
    return change_expression(node, lift_new_row, context);
}

char *print_condition(const char *tree, Oid relation) {
    List *const rows = list_concat(deparse_context_for("old", relation), deparse_context_for("new", relation));
    return deparse_expression(lift_new_row(read(tree), nullptr), rows, true, show_casts);
}

// ALTER VIEW … RENAME COLUMN leaves the query's own names as they were.
void name_columns(Query *query, Oid view);

void name_columns_of_part(const Query *whole, Node *part, Oid view) {
    check_stack_depth();
    if (IsA(part, SetOperationStmt)) {
        name_columns_of_part(whole, reinterpret_cast<SetOperationStmt *>(part)->larg, view);
        name_columns_of_part(whole, reinterpret_cast<SetOperationStmt *>(part)->rarg, view);
    } else if (IsA(part, RangeTblRef)) {
        name_columns(rt_fetch(reinterpret_cast<RangeTblRef *>(part)->rtindex, whole->rtable)->subquery, view);
    }
}

void name_columns(Query *query, Oid view) {
    AttrNumber column = 0;
    ListCell *cell = nullptr;
    foreach (cell, query->targetList) {
        auto *const entry = static_cast<TargetEntry *>(lfirst(cell));
        if (entry->resjunk) continue;
        char *const name = get_attname(view, ++column, true);
        if (name) entry->resname = name;
    }
    if (query->setOperations) name_columns_of_part(query, query->setOperations, view);
}

char *print_query(const char *tree, Oid view) {
    Node *const rule = read(tree);
    auto *const query = reinterpret_cast<Query *>(IsA(rule, List) ? linitial(reinterpret_cast<List *>(rule)) : rule);
    name_columns(query, view);
    return pg_get_querydef(query, false);
}

template <class Print>
std::string printed(Print print, const std::string &tree, Oid relation) {
    memory_scope memory;
    current_context const here(memory.context());
    return call(print, tree.c_str(), relation);
}

}   // namespace

std::string normal_expression(const std::string &tree, Oid relation) {
    return printed(print_expression, tree, relation);
}

std::string normal_condition(const std::string &tree, Oid relation) { return printed(print_condition, tree, relation); }

std::string normal_query(const std::string &tree, Oid view) { return printed(print_query, tree, view); }

}   // namespace whisper::pg
