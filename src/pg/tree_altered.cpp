#include "pg/tree_names.hpp"

namespace whisper::pg {
namespace {

// What an action of ALTER TABLE is about, besides the table.
void add_action(tree_names &names, const RangeVar *table, const AlterTableCmd &action) {
    auto const part = [&](ObjectType type, const char *name) {
        bool const drops = action.subtype == AT_DropColumn || action.subtype == AT_DropConstraint;
        names.add({.type = type, .relation = table, .part = name, .any_part = !name, .drops = drops});
    };
    switch (action.subtype) {
        case AT_AddConstraint: {
            auto const *const constraint = as<Constraint>(action.def);
            part(OBJECT_TABCONSTRAINT, constraint->conname);
            if (constraint->contype == CONSTR_FOREIGN && constraint->pktable)
                names.references.push_back(constraint->pktable);
            return;
        }
        case AT_AlterConstraint:
        case AT_ValidateConstraint:
        case AT_DropConstraint:
            return part(OBJECT_TABCONSTRAINT, action.name);
        case AT_EnableTrig:
        case AT_EnableAlwaysTrig:
        case AT_EnableReplicaTrig:
        case AT_DisableTrig:
            return part(OBJECT_TRIGGER, action.name);
        case AT_EnableTrigAll:
        case AT_DisableTrigAll:
        case AT_EnableTrigUser:
        case AT_DisableTrigUser:
            return part(OBJECT_TRIGGER, nullptr);
        case AT_EnableRule:
        case AT_EnableAlwaysRule:
        case AT_EnableReplicaRule:
        case AT_DisableRule:
            return part(OBJECT_RULE, action.name);
        case AT_AddColumn:
            return part(OBJECT_COLUMN, as<ColumnDef>(action.def)->colname);
        case AT_ColumnDefault:
        case AT_DropNotNull:
        case AT_SetNotNull:
        case AT_SetStatistics:
        case AT_SetStorage:
        case AT_DropColumn:
        case AT_AlterColumnType:
            if (action.name) part(OBJECT_COLUMN, action.name);
            return;
        case AT_AttachPartition:
        case AT_DetachPartition:
            names.references.push_back(as<PartitionCmd>(action.def)->name);
            return;
        default:
            return;
    }
}

void add_rename(tree_names &names, const RenameStmt &tree) {
    ObjectType const type = tree.renameType;
    names.if_exists = tree.missing_ok;
    if (tree.relation)
        names.add({.type = type, .relation = tree.relation, .part = tree.subname});
    else
        names.add({.type = type, .object = tree.object, .part = tree.subname});
}

}   // namespace

void add_altered(tree_names &names, Node *tree) {
    std::size_t const before = names.objects.size();
    switch (nodeTag(tree)) {
        case T_AlterTableStmt: {
            auto const *const table = as<AlterTableStmt>(tree);
            names.if_exists = table->missing_ok;
            names.add({.type = table->objtype, .relation = table->relation});
            for (AlterTableCmd *const action : items<AlterTableCmd>(table->cmds))
                add_action(names, table->relation, *action);
            break;
        }
        case T_AlterDomainStmt:
            names.add({.type = OBJECT_DOMAIN, .object = node(as<AlterDomainStmt>(tree)->typeName)});
            break;
        case T_AlterEnumStmt:
            names.add({.type = OBJECT_TYPE, .object = node(as<AlterEnumStmt>(tree)->typeName)});
            break;
        case T_AlterTypeStmt:
            names.add({.type = OBJECT_TYPE, .object = node(as<AlterTypeStmt>(tree)->typeName)});
            break;
        case T_AlterSeqStmt:
            names.if_exists = as<AlterSeqStmt>(tree)->missing_ok;
            names.owner = owner_in(as<AlterSeqStmt>(tree)->options);
            names.add({.type = OBJECT_SEQUENCE, .relation = as<AlterSeqStmt>(tree)->sequence});
            break;
        case T_AlterFunctionStmt:
            names.add({.type = as<AlterFunctionStmt>(tree)->objtype,
                       .object = reinterpret_cast<Node *>(as<AlterFunctionStmt>(tree)->func)});
            break;
        case T_RenameStmt:
            add_rename(names, *as<RenameStmt>(tree));
            break;
        case T_AlterObjectSchemaStmt:
            names.if_exists = as<AlterObjectSchemaStmt>(tree)->missing_ok;
            names.add({.type = as<AlterObjectSchemaStmt>(tree)->objectType,
                       .relation = as<AlterObjectSchemaStmt>(tree)->relation,
                       .object = as<AlterObjectSchemaStmt>(tree)->object});
            break;
        case T_AlterOwnerStmt:
            names.add({.type = as<AlterOwnerStmt>(tree)->objectType,
                       .relation = as<AlterOwnerStmt>(tree)->relation,
                       .object = as<AlterOwnerStmt>(tree)->object});
            break;
        case T_AlterObjectDependsStmt:
            names.add({.type = as<AlterObjectDependsStmt>(tree)->objectType,
                       .relation = as<AlterObjectDependsStmt>(tree)->relation,
                       .object = as<AlterObjectDependsStmt>(tree)->object});
            break;
        case T_AlterPolicyStmt:
            names.add({.type = OBJECT_POLICY,
                       .relation = as<AlterPolicyStmt>(tree)->table,
                       .part = as<AlterPolicyStmt>(tree)->policy_name});
            break;
        case T_AlterOperatorStmt:
            names.add(
                {.type = OBJECT_OPERATOR, .object = reinterpret_cast<Node *>(as<AlterOperatorStmt>(tree)->opername)});
            break;
        case T_AlterOpFamilyStmt:
            names.add({.type = OBJECT_OPFAMILY, .object = node(as<AlterOpFamilyStmt>(tree)->opfamilyname)});
            break;
        case T_AlterCollationStmt:
            names.add({.type = OBJECT_COLLATION, .object = node(as<AlterCollationStmt>(tree)->collname)});
            break;
        case T_AlterStatsStmt:
            names.if_exists = as<AlterStatsStmt>(tree)->missing_ok;
            names.add({.type = OBJECT_STATISTIC_EXT, .object = node(as<AlterStatsStmt>(tree)->defnames)});
            break;
        case T_AlterTSDictionaryStmt:
            names.add({.type = OBJECT_TSDICTIONARY, .object = node(as<AlterTSDictionaryStmt>(tree)->dictname)});
            break;
        case T_AlterTSConfigurationStmt:
            names.add({.type = OBJECT_TSCONFIGURATION, .object = node(as<AlterTSConfigurationStmt>(tree)->cfgname)});
            break;
        case T_AlterEventTrigStmt:
            names.add({.type = OBJECT_EVENT_TRIGGER, .part = as<AlterEventTrigStmt>(tree)->trigname});
            break;
        case T_AlterFdwStmt:
            names.add({.type = OBJECT_FDW, .part = as<AlterFdwStmt>(tree)->fdwname});
            break;
        case T_AlterForeignServerStmt:
            names.add({.type = OBJECT_FOREIGN_SERVER, .part = as<AlterForeignServerStmt>(tree)->servername});
            break;
        case T_AlterUserMappingStmt:
            names.add({.type = OBJECT_USER_MAPPING});
            break;
        case T_AlterExtensionStmt:
            names.add({.type = OBJECT_EXTENSION, .part = as<AlterExtensionStmt>(tree)->extname});
            break;
        case T_AlterExtensionContentsStmt:
            names.add({.type = OBJECT_EXTENSION, .part = as<AlterExtensionContentsStmt>(tree)->extname});
            break;
        case T_AlterPublicationStmt:
            names.add({.type = OBJECT_PUBLICATION, .part = as<AlterPublicationStmt>(tree)->pubname});
            break;
        case T_AlterSubscriptionStmt:
            names.add({.type = OBJECT_SUBSCRIPTION, .part = as<AlterSubscriptionStmt>(tree)->subname});
            break;
        case T_AlterDatabaseStmt:
            names.add({.type = OBJECT_DATABASE, .part = as<AlterDatabaseStmt>(tree)->dbname});
            break;
        case T_AlterDatabaseSetStmt:
            names.add({.type = OBJECT_DATABASE, .part = as<AlterDatabaseSetStmt>(tree)->dbname});
            break;
        case T_AlterRoleStmt:
            names.add({.type = OBJECT_ROLE, .part = as<AlterRoleStmt>(tree)->role->rolename});
            break;
        case T_AlterRoleSetStmt:
            names.add(
                {.type = OBJECT_ROLE,
                 .part = as<AlterRoleSetStmt>(tree)->role ? as<AlterRoleSetStmt>(tree)->role->rolename : nullptr});
            break;
        case T_AlterTableSpaceOptionsStmt:
            names.add({.type = OBJECT_TABLESPACE, .part = as<AlterTableSpaceOptionsStmt>(tree)->tablespacename});
            break;
        case T_AlterTableMoveAllStmt:
        case T_AlterDefaultPrivilegesStmt:
        case T_AlterSystemStmt:
            names.action = script::statement_action::alter;
            return;
        default:
            return;
    }
    if (names.objects.size() > before) names.action = script::statement_action::alter;
}

}   // namespace whisper::pg
