#include "pg/tree_traits.hpp"

namespace whisper::pg {
namespace {

using script::statement_action;

// One action of ALTER TABLE that a second run leaves as it is.
bool is_rerunnable_action(const AlterTableCmd &action) noexcept {
    switch (action.subtype) {
        case AT_AddColumn:
        case AT_DropColumn:
        case AT_DropConstraint:
        case AT_DropExpression:
        case AT_DropIdentity:
            return action.missing_ok;
        case AT_AddConstraint:
        case AT_AddIdentity:
        case AT_AddInherit:
        case AT_AddOf:
        case AT_AlterColumnGenericOptions:
        case AT_AlterColumnType:
        case AT_AttachPartition:
        case AT_DetachPartition:
        case AT_DetachPartitionFinalize:
        case AT_DropInherit:
        case AT_DropOf:
        case AT_GenericOptions:
            return false;
        default:
            return true;   // it sets what is to be set
    }
}

bool is_rerunnable_alter(Node *tree) noexcept {
    switch (nodeTag(tree)) {
        case T_AlterTableStmt:
            for (const AlterTableCmd *const action : items<AlterTableCmd>(as<AlterTableStmt>(tree)->cmds))
                if (!is_rerunnable_action(*action)) return false;
            return true;
        case T_AlterDomainStmt: {
            auto const *const domain = as<AlterDomainStmt>(tree);
            return domain->subtype != 'C' && (domain->subtype != 'X' || domain->missing_ok);
        }
        case T_AlterEnumStmt:
            return as<AlterEnumStmt>(tree)->skipIfNewValExists;
        case T_AlterPublicationStmt:
            return as<AlterPublicationStmt>(tree)->options || as<AlterPublicationStmt>(tree)->action == AP_SetObjects;
        case T_AlterDatabaseSetStmt:
        case T_AlterDatabaseStmt:
        case T_AlterDefaultPrivilegesStmt:
        case T_AlterEventTrigStmt:
        case T_AlterFunctionStmt:
        case T_AlterOperatorStmt:
        case T_AlterOwnerStmt:
        case T_AlterPolicyStmt:
        case T_AlterRoleSetStmt:
        case T_AlterSeqStmt:
        case T_AlterStatsStmt:
        case T_AlterSystemStmt:
        case T_AlterTSDictionaryStmt:
        case T_AlterTypeStmt:
            return true;
        default:
            return false;
    }
}

const WithClause *with_of(Node *tree) noexcept {
    switch (nodeTag(tree)) {
        case T_SelectStmt:
            return as<SelectStmt>(tree)->withClause;
        case T_InsertStmt:
            return as<InsertStmt>(tree)->withClause;
        default:
            return nullptr;
    }
}

bool is_change(Node *tree) noexcept {
    return IsA(tree, InsertStmt) || IsA(tree, UpdateStmt) || IsA(tree, DeleteStmt) || IsA(tree, MergeStmt);
}

bool with_changes(Node *tree) noexcept {
    const WithClause *const with = with_of(tree);
    if (!with) return false;
    for (const CommonTableExpr *const query : items<CommonTableExpr>(with->ctes))
        if (is_change(query->ctequery)) return true;
    return false;
}

}   // namespace

bool changes_rows(Node *tree) noexcept {
    return is_change(tree) || with_changes(tree) || (IsA(tree, CopyStmt) && as<CopyStmt>(tree)->is_from);
}

bool is_rerunnable(Node *tree, const tree_names &names) noexcept {
    switch (names.action) {
        case statement_action::create:
            return names.or_replace || names.if_not_exists;
        case statement_action::alter:
            return is_rerunnable_alter(tree);
        case statement_action::drop:
            return names.if_exists;
        case statement_action::comment:
        case statement_action::grant:
            return true;
        default:
            break;
    }
    switch (nodeTag(tree)) {
        case T_InsertStmt:
            return as<InsertStmt>(tree)->onConflictClause && !with_changes(tree);
        case T_SelectStmt:   // SELECT … INTO is a CREATE
            return !with_changes(tree);
        case T_ConstraintsSetStmt:
        case T_DoStmt:
        case T_RefreshMatViewStmt:
        case T_ReindexStmt:
        case T_VacuumStmt:
        case T_VariableSetStmt:
        case T_VariableShowStmt:
            return true;
        default:
            return false;
    }
}

}   // namespace whisper::pg
