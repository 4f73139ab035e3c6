#include "pg/tree_names.hpp"

namespace whisper::pg {
namespace {

bool is_temporary(const RangeVar *name) { return name && name->relpersistence == RELPERSISTENCE_TEMP; }

const IntoClause *into_of(const SelectStmt *select) {
    while (select->op != SETOP_NONE) select = select->larg;
    return select->intoClause;
}

void add_schema(tree_names &names, const CreateSchemaStmt &tree) {
    // Without a name it has its owner's.
    bool const by_role = !tree.schemaname && tree.authrole && tree.authrole->roletype == ROLESPEC_CSTRING;
    names.add({.type = OBJECT_SCHEMA, .part = by_role ? tree.authrole->rolename : tree.schemaname});
    names.if_not_exists = tree.if_not_exists;
    std::size_t const first = names.objects.size();
    for (Node *const element : items<Node>(tree.schemaElts)) add_created(names, element);
    for (std::size_t i = first; i < names.objects.size(); ++i) {
        const RangeVar *&relation = names.objects[i].relation;
        if (relation && !relation->schemaname && names.objects[0].part)
            const_cast<RangeVar *>(relation)->schemaname = const_cast<char *>(names.objects[0].part);
    }
}

// The types and languages and the like, each with a name of its own.
void add_others(tree_names &names, Node *tree) {
    switch (nodeTag(tree)) {
        case T_CompositeTypeStmt:
            return names.add({.type = OBJECT_TYPE, .relation = as<CompositeTypeStmt>(tree)->typevar});
        case T_CreateEnumStmt:
            return names.add({.type = OBJECT_TYPE, .object = node(as<CreateEnumStmt>(tree)->typeName)});
        case T_CreateRangeStmt:
            return names.add({.type = OBJECT_TYPE, .object = node(as<CreateRangeStmt>(tree)->typeName)});
        case T_CreateDomainStmt:
            return names.add({.type = OBJECT_DOMAIN, .object = node(as<CreateDomainStmt>(tree)->domainname)});
        case T_CreateConversionStmt:
            return names.add(
                {.type = OBJECT_CONVERSION, .object = node(as<CreateConversionStmt>(tree)->conversion_name)});
        case T_CreateOpClassStmt:
            return names.add({.type = OBJECT_OPCLASS, .object = node(as<CreateOpClassStmt>(tree)->opclassname)});
        case T_CreateOpFamilyStmt:
            return names.add({.type = OBJECT_OPFAMILY, .object = node(as<CreateOpFamilyStmt>(tree)->opfamilyname)});
        case T_CreateExtensionStmt:
            names.if_not_exists = as<CreateExtensionStmt>(tree)->if_not_exists;
            return names.add({.type = OBJECT_EXTENSION, .part = as<CreateExtensionStmt>(tree)->extname});
        case T_CreateFdwStmt:
            return names.add({.type = OBJECT_FDW, .part = as<CreateFdwStmt>(tree)->fdwname});
        case T_CreateForeignServerStmt:
            names.if_not_exists = as<CreateForeignServerStmt>(tree)->if_not_exists;
            return names.add({.type = OBJECT_FOREIGN_SERVER, .part = as<CreateForeignServerStmt>(tree)->servername});
        case T_CreateUserMappingStmt:
            names.if_not_exists = as<CreateUserMappingStmt>(tree)->if_not_exists;
            return names.add({.type = OBJECT_USER_MAPPING});
        case T_CreatePLangStmt:
            names.or_replace = as<CreatePLangStmt>(tree)->replace;
            return names.add({.type = OBJECT_LANGUAGE, .part = as<CreatePLangStmt>(tree)->plname});
        case T_CreateTransformStmt:
            names.or_replace = as<CreateTransformStmt>(tree)->replace;
            return names.add({.type = OBJECT_TRANSFORM});
        case T_CreateCastStmt:
            return names.add({.type = OBJECT_CAST});
        case T_CreateRoleStmt:
            return names.add({.type = OBJECT_ROLE, .part = as<CreateRoleStmt>(tree)->role});
        case T_CreatePublicationStmt:
            return names.add({.type = OBJECT_PUBLICATION, .part = as<CreatePublicationStmt>(tree)->pubname});
        case T_CreateSubscriptionStmt:
            return names.add({.type = OBJECT_SUBSCRIPTION, .part = as<CreateSubscriptionStmt>(tree)->subname});
        case T_CreateEventTrigStmt:
            return names.add({.type = OBJECT_EVENT_TRIGGER, .part = as<CreateEventTrigStmt>(tree)->trigname});
        case T_CreateAmStmt:
            return names.add({.type = OBJECT_ACCESS_METHOD, .part = as<CreateAmStmt>(tree)->amname});
        case T_CreatedbStmt:
            return names.add({.type = OBJECT_DATABASE, .part = as<CreatedbStmt>(tree)->dbname});
        case T_CreateTableSpaceStmt:
            return names.add({.type = OBJECT_TABLESPACE, .part = as<CreateTableSpaceStmt>(tree)->tablespacename});
        case T_ImportForeignSchemaStmt:
            names.action = script::statement_action::create;
            return;
        default:
            return;
    }
}

void add_define(tree_names &names, const DefineStmt &tree) {
    names.or_replace = tree.replace;
    names.if_not_exists = tree.if_not_exists;
    // The arguments of an aggregate, unless in the old form, come with the number of those that are sorted.
    bool const lists = tree.kind == OBJECT_AGGREGATE && !tree.oldstyle && tree.args;
    names.add({.type = tree.kind,
               .object = node(tree.defnames),
               .takes_parameters = lists,
               .parameters = lists ? static_cast<const List *>(linitial(tree.args)) : nullptr});
}

void add_function(tree_names &names, const CreateFunctionStmt &tree) {
    names.or_replace = tree.replace;
    names.add({.type = tree.is_procedure ? OBJECT_PROCEDURE : OBJECT_FUNCTION,
               .object = node(tree.funcname),
               .takes_parameters = true,
               .parameters = tree.parameters});
}

}   // namespace

void add_created(tree_names &names, Node *tree) {
    std::size_t const before = names.objects.size();
    switch (nodeTag(tree)) {
        case T_CreateStmt:
        case T_CreateForeignTableStmt: {
            auto const *const table = as<CreateStmt>(tree);   // the foreign table begins with one
            names.if_not_exists = table->if_not_exists;
            names.temporary = is_temporary(table->relation);
            names.add(
                {.type = IsA(tree, CreateStmt) ? OBJECT_TABLE : OBJECT_FOREIGN_TABLE, .relation = table->relation});
            break;
        }
        case T_CreateTableAsStmt: {
            auto const *const table = as<CreateTableAsStmt>(tree);
            names.if_not_exists = table->if_not_exists;
            names.temporary = is_temporary(table->into->rel);
            names.add({.type = table->objtype, .relation = table->into->rel});
            break;
        }
        case T_SelectStmt:
            if (const IntoClause *const into = into_of(as<SelectStmt>(tree))) {
                names.temporary = is_temporary(into->rel);
                names.add({.type = OBJECT_TABLE, .relation = into->rel});
            }
            break;
        case T_IndexStmt:
            names.if_not_exists = as<IndexStmt>(tree)->if_not_exists;
            names.add({.type = OBJECT_INDEX,
                       .relation = as<IndexStmt>(tree)->relation,
                       .part = as<IndexStmt>(tree)->idxname,
                       .any_part = !as<IndexStmt>(tree)->idxname});
            break;
        case T_ViewStmt:
            names.or_replace = as<ViewStmt>(tree)->replace;
            names.temporary = is_temporary(as<ViewStmt>(tree)->view);
            names.add({.type = OBJECT_VIEW, .relation = as<ViewStmt>(tree)->view});
            break;
        case T_CreateSeqStmt:
            names.if_not_exists = as<CreateSeqStmt>(tree)->if_not_exists;
            names.temporary = is_temporary(as<CreateSeqStmt>(tree)->sequence);
            names.owner = owner_in(as<CreateSeqStmt>(tree)->options);
            names.add({.type = OBJECT_SEQUENCE, .relation = as<CreateSeqStmt>(tree)->sequence});
            break;
        case T_CreateFunctionStmt:
            add_function(names, *as<CreateFunctionStmt>(tree));
            break;
        case T_DefineStmt:
            add_define(names, *as<DefineStmt>(tree));
            break;
        case T_CreateTrigStmt:
            names.or_replace = as<CreateTrigStmt>(tree)->replace;
            names.add({.type = OBJECT_TRIGGER,
                       .relation = as<CreateTrigStmt>(tree)->relation,
                       .part = as<CreateTrigStmt>(tree)->trigname});
            break;
        case T_RuleStmt:
            names.or_replace = as<RuleStmt>(tree)->replace;
            names.add(
                {.type = OBJECT_RULE, .relation = as<RuleStmt>(tree)->relation, .part = as<RuleStmt>(tree)->rulename});
            break;
        case T_CreatePolicyStmt:
            names.add({.type = OBJECT_POLICY,
                       .relation = as<CreatePolicyStmt>(tree)->table,
                       .part = as<CreatePolicyStmt>(tree)->policy_name});
            break;
        case T_CreateStatsStmt: {
            auto const *const statistics = as<CreateStatsStmt>(tree);
            names.if_not_exists = statistics->if_not_exists;
            names.add({.type = OBJECT_STATISTIC_EXT, .object = node(statistics->defnames)});
            for (Node *const from : items<Node>(statistics->relations))
                if (IsA(from, RangeVar) && !names.relation) names.relation = as<RangeVar>(from);
            break;
        }
        case T_CreateSchemaStmt:
            add_schema(names, *as<CreateSchemaStmt>(tree));
            break;
        default:
            add_others(names, tree);
    }
    if (names.objects.size() > before) names.action = script::statement_action::create;
}

}   // namespace whisper::pg
