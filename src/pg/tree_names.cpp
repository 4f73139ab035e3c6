#include "pg/tree_names.hpp"

namespace whisper::pg {
namespace {

using script::statement_action;

void add_dropped(tree_names &names, Node *tree) {
    auto const drop = [&](ObjectType type, const char *name, bool missing_ok) {
        names.if_exists = missing_ok;
        names.add({.type = type, .part = name});
    };
    switch (nodeTag(tree)) {
        case T_DropStmt: {
            auto const *const statement = as<DropStmt>(tree);
            names.if_exists = statement->missing_ok;
            names.cascade = statement->behavior == DROP_CASCADE;
            for (Node *const object : items<Node>(statement->objects))
                names.add({.type = statement->removeType, .object = object});
            break;
        }
        case T_DropRoleStmt:
            for (RoleSpec *const role : items<RoleSpec>(as<DropRoleStmt>(tree)->roles))
                drop(OBJECT_ROLE, role->rolename, as<DropRoleStmt>(tree)->missing_ok);
            break;
        case T_DropdbStmt:
            drop(OBJECT_DATABASE, as<DropdbStmt>(tree)->dbname, as<DropdbStmt>(tree)->missing_ok);
            break;
        case T_DropTableSpaceStmt:
            drop(OBJECT_TABLESPACE, as<DropTableSpaceStmt>(tree)->tablespacename,
                 as<DropTableSpaceStmt>(tree)->missing_ok);
            break;
        case T_DropSubscriptionStmt:
            drop(OBJECT_SUBSCRIPTION, as<DropSubscriptionStmt>(tree)->subname,
                 as<DropSubscriptionStmt>(tree)->missing_ok);
            break;
        case T_DropUserMappingStmt:
            drop(OBJECT_USER_MAPPING, nullptr, as<DropUserMappingStmt>(tree)->missing_ok);
            break;
        case T_DropOwnedStmt:
            names.cascade = as<DropOwnedStmt>(tree)->behavior == DROP_CASCADE;
            break;
        default:
            return;
    }
    names.action = statement_action::drop;
}

void add_remark(tree_names &names, Node *tree) {
    switch (nodeTag(tree)) {
        case T_CommentStmt:
            names.action = statement_action::comment;
            return names.add({.type = as<CommentStmt>(tree)->objtype, .object = as<CommentStmt>(tree)->object});
        case T_SecLabelStmt:
            names.action = statement_action::comment;
            return names.add({.type = as<SecLabelStmt>(tree)->objtype, .object = as<SecLabelStmt>(tree)->object});
        case T_GrantStmt: {
            auto const *const grant = as<GrantStmt>(tree);
            names.action = statement_action::grant;
            bool const all = grant->targtype == ACL_TARGET_ALL_IN_SCHEMA;
            if (grant->targtype == ACL_TARGET_DEFAULTS) return;
            for (Node *const object : items<Node>(grant->objects)) {
                bool const relation = IsA(object, RangeVar);
                names.add({.type = grant->objtype,
                           .relation = relation ? as<RangeVar>(object) : nullptr,
                           .object = relation ? nullptr : object,
                           .in_schema = all});
            }
            return;
        }
        case T_GrantRoleStmt:
            names.action = statement_action::grant;
            return;
        default:
            return;
    }
}

const RangeVar *first_vacuumed(const List *relations) {
    return relations ? static_cast<const VacuumRelation *>(linitial(relations))->relation : nullptr;
}

const RangeVar *table_of(Node *tree) {
    switch (nodeTag(tree)) {
        case T_InsertStmt:
            return as<InsertStmt>(tree)->relation;
        case T_UpdateStmt:
            return as<UpdateStmt>(tree)->relation;
        case T_DeleteStmt:
            return as<DeleteStmt>(tree)->relation;
        case T_MergeStmt:
            return as<MergeStmt>(tree)->relation;
        case T_CopyStmt:
            return as<CopyStmt>(tree)->relation;
        case T_RefreshMatViewStmt:
            return as<RefreshMatViewStmt>(tree)->relation;
        case T_ClusterStmt:
            return as<ClusterStmt>(tree)->relation;
        case T_ReindexStmt:
            return as<ReindexStmt>(tree)->relation;
        case T_VacuumStmt:
            return first_vacuumed(as<VacuumStmt>(tree)->rels);
        default:
            return nullptr;
    }
}

}   // namespace

const List *owner_in(const List *options) {
    for (const DefElem *const option : items<DefElem>(options))
        if (std::string_view(option->defname) == "owned_by") return as<List>(option->arg);
    return nullptr;
}

tree_names names_in(Node *tree) {
    tree_names names;
    add_created(names, tree);
    if (names.action == statement_action::none) add_altered(names, tree);
    if (names.action == statement_action::none) add_dropped(names, tree);
    if (names.action == statement_action::none) add_remark(names, tree);
    if (names.action == statement_action::none) names.relation = table_of(tree);
    if (IsA(tree, TruncateStmt))
        for (const RangeVar *const table : items<RangeVar>(as<TruncateStmt>(tree)->relations))
            names.references.push_back(table);
    return names;
}

}   // namespace whisper::pg
