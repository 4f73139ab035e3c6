#include "pg/tree_traits.hpp"

namespace whisper::pg {
namespace {

// As defGetBoolean() reads it, without raising for what is no boolean.
bool is_on(const DefElem &option) noexcept {
    const Node *const value = option.arg;
    if (!value) return true;
    const char *word = nullptr;
    if (IsA(value, Integer)) return intVal(value) != 0;
    if (IsA(value, Boolean)) return boolVal(value);
    if (IsA(value, String)) word = strVal(value);
    if (IsA(value, TypeName)) word = strVal(llast(as<TypeName>(value)->names));
    return !word || (pg_strcasecmp(word, "false") != 0 && pg_strcasecmp(word, "off") != 0);
}

const DefElem *find_option(const List *options, const char *name) noexcept {
    for (const DefElem *const option : items<DefElem>(options))
        if (std::strcmp(option->defname, name) == 0) return option;
    return nullptr;
}

bool is_on(const List *options, const char *name, bool otherwise) noexcept {
    const DefElem *const option = find_option(options, name);
    return option ? is_on(*option) : otherwise;
}

top_level_need need_of(const ReindexStmt &tree) noexcept {
    bool const concurrently = is_on(tree.params, "concurrently", false);
    bool const relation = tree.kind == REINDEX_OBJECT_TABLE || tree.kind == REINDEX_OBJECT_INDEX;
    return {.always = concurrently || !relation, .if_partitioned = relation, .concurrently = concurrently};
}

// It asks the publisher in the middle of it.
bool asks_publisher(const AlterSubscriptionStmt &tree) noexcept {
    switch (tree.kind) {
        case ALTER_SUBSCRIPTION_SET_PUBLICATION:
        case ALTER_SUBSCRIPTION_ADD_PUBLICATION:
        case ALTER_SUBSCRIPTION_DROP_PUBLICATION:
            return is_on(tree.options, "refresh", true);
        case ALTER_SUBSCRIPTION_REFRESH:
            return true;
        case ALTER_SUBSCRIPTION_OPTIONS:
            return find_option(tree.options, "failover") || find_option(tree.options, "two_phase");
        default:
            return false;
    }
}

bool detaches_concurrently(const AlterTableStmt &tree) noexcept {
    for (const AlterTableCmd *const action : items<AlterTableCmd>(tree.cmds))
        if (action->subtype == AT_DetachPartition && as<PartitionCmd>(action->def)->concurrent) return true;
    return false;
}

bool ends_prepared(const TransactionStmt &tree) noexcept {
    return tree.kind == TRANS_STMT_COMMIT_PREPARED || tree.kind == TRANS_STMT_ROLLBACK_PREPARED;
}

}   // namespace

top_level_need top_level_need_of(Node *tree) noexcept {
    switch (nodeTag(tree)) {
        case T_AlterSystemStmt:
        case T_CreateTableSpaceStmt:
        case T_CreatedbStmt:
        case T_DropTableSpaceStmt:
        case T_DropdbStmt:
        case T_DropSubscriptionStmt:   // unless it has no slot, which only the server knows
            return {.always = true};
        case T_VacuumStmt:
            return {.always = as<VacuumStmt>(tree)->is_vacuumcmd};
        case T_ClusterStmt:
            return {.always = !as<ClusterStmt>(tree)->relation,
                    .if_partitioned = as<ClusterStmt>(tree)->relation != nullptr};
        case T_ReindexStmt:
            return need_of(*as<ReindexStmt>(tree));
        case T_IndexStmt:
            return {.always = as<IndexStmt>(tree)->concurrent, .concurrently = as<IndexStmt>(tree)->concurrent};
        case T_DropStmt:
            return {.always = as<DropStmt>(tree)->concurrent, .concurrently = as<DropStmt>(tree)->concurrent};
        case T_AlterTableStmt: {
            bool const detaches = detaches_concurrently(*as<AlterTableStmt>(tree));
            return {.always = detaches, .concurrently = detaches};
        }
        case T_AlterDatabaseStmt:
            return {.always = find_option(as<AlterDatabaseStmt>(tree)->options, "tablespace") != nullptr};
        case T_CreateSubscriptionStmt: {
            const List *const options = as<CreateSubscriptionStmt>(tree)->options;
            return {.always = is_on(options, "connect", true) && is_on(options, "create_slot", true)};
        }
        case T_AlterSubscriptionStmt:
            return {.always = asks_publisher(*as<AlterSubscriptionStmt>(tree))};
        case T_DiscardStmt:
            return {.always = as<DiscardStmt>(tree)->target == DISCARD_ALL};
        case T_TransactionStmt:
            return {.always = ends_prepared(*as<TransactionStmt>(tree))};
        case T_VariableSetStmt:   // a function's transaction has had its first query
            return {.always = begins_transaction(tree)};
        default:
            return {};
    }
}

}   // namespace whisper::pg
