#include "pg/utility_statement.hpp"

#include "pg/object_words.hpp"
#include "pg/tree_lookup.hpp"
#include "pg/tree_names.hpp"
#include "script/object_kind.hpp"

extern "C" {
#include "access/relation.h"
#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_policy.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_rewrite.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/policy.h"
#include "commands/trigger.h"
#include "nodes/makefuncs.h"
#include "nodes/parsenodes.h"
#include "rewrite/rewriteSupport.h"
#include "tcop/tcopprot.h"
#include "tcop/utility.h"
#include "utils/catcache.h"
#include "utils/rel.h"
#include "utils/syscache.h"
}

namespace whisper::pg {
namespace {

// Plain C: called under guard.

struct function_list {
    Oid *oids;
    int count;
};

// All overloads where CREATE FUNCTION would put it.
function_list functions_named(List *qualified_name) {
    char *name = nullptr;
    Oid const schema = QualifiedNameGetCreationNamespace(qualified_name, &name);
    CatCList *const rows = SearchSysCacheList1(PROCNAMEARGSNSP, CStringGetDatum(name));
    function_list found{static_cast<Oid *>(palloc(sizeof(Oid) * static_cast<std::size_t>(rows->n_members + 1))), 0};
    for (int i = 0; i < rows->n_members; ++i) {
        auto const *const form = reinterpret_cast<Form_pg_proc>(GETSTRUCT(&rows->members[i]->tuple));
        if (form->pronamespace == schema) found.oids[found.count++] = form->oid;
    }
    ReleaseSysCacheList(rows);
    return found;
}

const char *last_name(List *names) { return strVal(llast(names)); }

// Named by a list in the tree, which ends with its own name.
bool has_name_list(const script::object_kind &kind) {
    return kind.by == script::naming::type || kind.by == script::naming::in_schema;
}

// Of an action of ALTER TABLE that looking before and after cannot undo, why; otherwise null.
const char *problem_of(const AlterTableCmd &action) {
    switch (action.subtype) {
        case AT_AddColumn:
        case AT_ColumnDefault:
        case AT_DropNotNull:
        case AT_SetNotNull:
        case AT_ValidateConstraint:
            return nullptr;
        case AT_AddConstraint:
            return as<Constraint>(action.def)->indexname ? "a constraint does not give back the index it took over"
                                                         : nullptr;
        case AT_DropConstraint:
            return action.behavior == DROP_CASCADE ? "what a dropped constraint took along does not come back"
                                                   : nullptr;
        case AT_DropColumn:
            return "a dropped column does not come back";
        case AT_AlterColumnType:
            return "values of another type do not come back";
        default:
            return "its way back cannot be derived";
    }
}

// C++ below.

void add_target(utility_statement &into, const object_address &found) {
    if (OidIsValid(found.object_id)) into.targets.push_back(found);
}

void add_named(utility_statement &into, const tree_object &object) { add_target(into, look_up(object)); }

void read_alter_table(utility_statement &into, const AlterTableStmt &tree) {
    into.kind = utility_kind::alter_table;
    for (const AlterTableCmd *const action : items<AlterTableCmd>(tree.cmds))
        if (const char *const problem = problem_of(*action); problem && into.problem.empty()) into.problem = problem;
}

void read_rename(utility_statement &into, const RenameStmt &tree) {
    ObjectType const type = tree.renameType;
    const script::object_kind *const kind = script::find_kind_of_words(words_of(type));
    if (tree.relation) {
        bool const itself = !into.targets.empty() && into.targets.front().class_id == RelationRelationId &&
                            into.targets.front().sub_id == 0;
        const char *const name = itself ? call(get_rel_name, into.targets.front().object_id) : tree.subname;
        into.old_name = name ? name : "";
    } else if (type == OBJECT_SCHEMA || type == OBJECT_DOMCONSTRAINT) {
        into.old_name = tree.subname;
    } else if (kind && has_name_list(*kind)) {
        into.old_name = last_name(reinterpret_cast<List *>(tree.object));
    } else if (kind && kind->by == script::naming::routine) {
        into.old_name = last_name(as<ObjectWithArgs>(tree.object)->objname);
    } else {
        into.targets.clear();   // roles, databases, foreign servers: not told
        return;
    }
    into.kind = utility_kind::rename;
}

void read_enum(utility_statement &into, const AlterEnumStmt &tree) {
    if (!tree.oldVal) {
        into.problem = "a value of an enum cannot be dropped";
        return;
    }
    into.kind = utility_kind::rename_value;
    into.old_name = tree.oldVal;
    into.new_name = tree.newVal;
}

// What CREATE OR REPLACE may replace.
void read_create(utility_statement &into, const tree_names &names, Node *tree) {
    into.kind = utility_kind::create;
    if (!names.or_replace) return;
    if (IsA(tree, CreateFunctionStmt)) {   // the arguments are not told apart
        function_list const same = call(functions_named, as<CreateFunctionStmt>(tree)->funcname);
        for (int i = 0; i < same.count; ++i) add_target(into, {ProcedureRelationId, same.oids[i], 0});
    } else if (IsA(tree, ViewStmt) || IsA(tree, CreateTrigStmt) || IsA(tree, RuleStmt)) {
        add_named(into, names.objects.front());
    }
}

void read_tree(utility_statement &into, Node *tree) {
    using script::statement_action;
    tree_names const names = names_in(tree);
    bool const creates = names.action == statement_action::create;
    std::size_t const told = IsA(tree, AlterTableStmt) ? 1 : names.objects.size();   // its parts are found by looking
    for (std::size_t i = 0; i < told && !creates; ++i) add_named(into, names.objects[i]);
    switch (nodeTag(tree)) {
        case T_AlterTableStmt:
            return read_alter_table(into, *as<AlterTableStmt>(tree));
        case T_AlterDomainStmt:
            into.kind = utility_kind::alter_domain;
            return;
        case T_RenameStmt:
            return read_rename(into, *as<RenameStmt>(tree));
        case T_AlterObjectSchemaStmt:
            into.kind = utility_kind::set_schema;
            return;
        case T_AlterEnumStmt:
            return read_enum(into, *as<AlterEnumStmt>(tree));
        case T_GrantStmt:
            into.problem = "the privileges of before are not known";
            return;
        case T_RefreshMatViewStmt:
            into.kind = utility_kind::harmless;
            return;
        case T_CommentStmt:
            into.kind = utility_kind::comment;
            return;
        case T_DropStmt:
            if (into.targets.empty())
                into.kind = utility_kind::harmless;   // IF EXISTS, and it does not
            else
                into.problem = "what was dropped does not come back";
            return;
        default:
            if (into.command.starts_with("CREATE") || into.command.starts_with("SELECT"))
                read_create(into, names, tree);
    }
}

std::string text_of(const PlannedStmt &planned, const char *source) {
    std::string_view text = source;
    if (planned.stmt_location > 0) text.remove_prefix(static_cast<std::size_t>(planned.stmt_location));
    if (planned.stmt_location >= 0 && planned.stmt_len > 0)
        text = text.substr(0, static_cast<std::size_t>(planned.stmt_len));
    return std::string(text);
}

}   // namespace

bool is_definition(Node *tree) {
    switch (nodeTag(tree)) {
        // Of the whole cluster, or of how data lies on disk.
        case T_AlterDatabaseStmt:
        case T_AlterDatabaseSetStmt:
        case T_AlterSystemStmt:
        case T_AlterTableSpaceOptionsStmt:
        case T_ClusterStmt:
        case T_CreateTableSpaceStmt:
        case T_CreatedbStmt:
        case T_DropTableSpaceStmt:
        case T_DropdbStmt:
        // They are what their query is.
        case T_ExecuteStmt:
        case T_ExplainStmt:
        case T_PrepareStmt:
            return false;
        default:
            return GetCommandLogLevel(tree) == LOGSTMT_DDL;
    }
}

utility_statement read_utility(const PlannedStmt &planned, const char *source) {
    utility_statement statement;
    statement.text = text_of(planned, source);
    statement.command = GetCommandTagName(call(CreateCommandTag, planned.utilityStmt));
    read_tree(statement, planned.utilityStmt);
    return statement;
}

}   // namespace whisper::pg
