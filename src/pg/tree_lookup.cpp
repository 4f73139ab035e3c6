#include "pg/tree_lookup.hpp"

#include "pg/object_words.hpp"
#include "script/object_kind.hpp"

extern "C" {
#include "access/relation.h"
#include "catalog/catalog.h"
#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_policy.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_rewrite.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "commands/policy.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "rewrite/rewriteSupport.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
}

namespace whisper::pg {
namespace {

// A schema that is there and that the current user may not look into: asking raises an error, whatever may be missing.
bool is_hidden(const char *schema) {
    Oid const there = schema ? get_namespace_oid(schema, true) : InvalidOid;
    if (!OidIsValid(there)) return false;
#if PG_VERSION_NUM >= 160000
    return object_aclcheck(NamespaceRelationId, there, GetUserId(), ACL_USAGE) != ACLCHECK_OK;
#else
    return pg_namespace_aclcheck(there, GetUserId(), ACL_USAGE) != ACLCHECK_OK;
#endif
}

bool is_relation(ObjectType type) { return script::shares_relation_names(words_of(type)); }

bool has_arguments(ObjectType type) { return type == OBJECT_OPERATOR || script::has_arguments(words_of(type)); }

const List *names_of(Node *name) {
    if (IsA(name, List)) return as<List>(name);
    if (IsA(name, ObjectWithArgs)) return as<ObjectWithArgs>(name)->objname;
    return IsA(name, TypeName) ? as<TypeName>(name)->names : nullptr;
}

// Without its arguments: where there are several of the name, it is none of them.
object_address only_routine(List *name) {
    FuncCandidateList const found = FuncnameGetCandidates(name, -1, NIL, false, false, false, true);
    return {ProcedureRelationId, found && !found->next ? found->oid : InvalidOid, 0};
}

Oid relation_named(const RangeVar *name) {
    return is_hidden(name->schemaname) ? InvalidOid : RangeVarGetRelid(name, NoLock, true);
}

object_address column_named(const List *name) {
    int const length = list_length(name);
    List *const relation = list_truncate(list_copy(name), length - 1);
    Oid const there = length < 2 ? InvalidOid : relation_named(makeRangeVarFromNameList(relation));
    if (!OidIsValid(there)) return {RelationRelationId, InvalidOid, 0};
    return look_up_part(OBJECT_COLUMN, there, strVal(llast(name)));
}

// Of a new index: it is where its table is.
object_address index_of(Oid relation, const char *name) {
    return {RelationRelationId, name ? get_relname_relid(name, get_rel_namespace(relation)) : InvalidOid, 0};
}

// A routine by all of its parameters, as CREATE has them.
ObjectWithArgs *routine_of(List *name, const List *parameters) {
    ObjectWithArgs *const routine = makeNode(ObjectWithArgs);
    routine->objname = name;
    for (FunctionParameter *const parameter : items<FunctionParameter>(parameters))
        if (parameter->mode != FUNC_PARAM_OUT && parameter->mode != FUNC_PARAM_TABLE)
            routine->objargs = lappend(routine->objargs, parameter->argType);
    return routine;
}

object_address look_up_relation_of(const tree_object *o) {
    Oid const relation = relation_named(o->relation);
    if (!OidIsValid(relation) || o->any_part) return {RelationRelationId, InvalidOid, 0};
    if (o->part && o->type == OBJECT_INDEX) return index_of(relation, o->part);
    return look_up_part(o->type, relation, o->part);
}

}   // namespace

object_address look_up(ObjectType type, Node *name) {
    // Without a check of the kind, which raises an error.
    if (is_relation(type) && IsA(name, List))
        name = reinterpret_cast<Node *>(makeRangeVarFromNameList(reinterpret_cast<List *>(name)));
    if (IsA(name, RangeVar)) return {RelationRelationId, relation_named(as<RangeVar>(name)), 0};
    // The server has no "if it exists" for these.
    if (type == OBJECT_COLUMN) return column_named(as<List>(name));
    bool const indexes = type == OBJECT_OPCLASS || type == OBJECT_OPFAMILY;
    if (indexes && !OidIsValid(get_am_oid(strVal(linitial(as<List>(name))), true))) return {InvalidOid, InvalidOid, 0};
    const List *const names = names_of(name);
    Node *const first = list_length(names) > 1 ? static_cast<Node *>(linitial(names)) : nullptr;
    bool const hidden = first && IsA(first, String) && is_hidden(strVal(first));
    if (hidden || (has_arguments(type) && !IsA(name, ObjectWithArgs))) return {InvalidOid, InvalidOid, 0};
    if (IsA(name, ObjectWithArgs) && as<ObjectWithArgs>(name)->args_unspecified)
        return only_routine(as<ObjectWithArgs>(name)->objname);
    // Of any kind: another than is meant raises an error.
    if (has_arguments(type) && type != OBJECT_OPERATOR) type = OBJECT_ROUTINE;
    if (type == OBJECT_DOMAIN) type = OBJECT_TYPE;
    if (type == OBJECT_TYPE && IsA(name, List))
        name = reinterpret_cast<Node *>(makeTypeNameFromNameList(reinterpret_cast<List *>(name)));
    Relation relation = nullptr;
    ObjectAddress const found = get_object_address(type, name, &relation, AccessShareLock, true);
    if (relation)
        relation_close(relation, AccessShareLock);
    else if (OidIsValid(found.objectId) && IsSharedRelation(found.classId))
        UnlockSharedObject(found.classId, found.objectId, 0, AccessShareLock);
    else if (OidIsValid(found.objectId))
        UnlockDatabaseObject(found.classId, found.objectId, 0, AccessShareLock);
    return {found.classId, found.objectId, found.objectSubId};
}

object_address look_up_part(ObjectType type, Oid relation, const char *name) {
    switch (type) {
        case OBJECT_COLUMN:
        case OBJECT_ATTRIBUTE: {
            AttrNumber const column = get_attnum(relation, name);
            return {RelationRelationId, column > 0 ? relation : InvalidOid, column};
        }
        case OBJECT_TABCONSTRAINT:
            return {ConstraintRelationId, get_relation_constraint_oid(relation, name, true), 0};
        case OBJECT_TRIGGER:
            return {TriggerRelationId, get_trigger_oid(relation, name, true), 0};
        case OBJECT_POLICY:
            return {PolicyRelationId, get_relation_policy_oid(relation, name, true), 0};
        case OBJECT_RULE:
            return {RewriteRelationId, get_rewrite_oid(relation, name, true), 0};
        default:
            return {RelationRelationId, relation, 0};
    }
}

object_address look_up(const tree_object &o) {
    object_address const none{InvalidOid, InvalidOid, 0};
    if (o.in_schema) return none;
    if (o.relation) return call(look_up_relation_of, &o);
    if (o.object && o.type == OBJECT_DOMCONSTRAINT && o.part) {
        Oid const domain = guarded([&] { return look_up(OBJECT_DOMAIN, o.object).object_id; });
        if (!OidIsValid(domain)) return none;
        return {ConstraintRelationId, call(get_domain_constraint_oid, domain, o.part, true), 0};
    }
    if (o.object && !o.part) {
        return guarded([&] {
            Node *const name =
                o.takes_parameters
                    ? reinterpret_cast<Node *>(routine_of(reinterpret_cast<List *>(o.object), o.parameters))
                    : o.object;
            return look_up(o.type, name);
        });
    }
    if (!o.part) return none;
    switch (o.type) {
        case OBJECT_SCHEMA:
            return {NamespaceRelationId, call(get_namespace_oid, o.part, true), 0};
        case OBJECT_EXTENSION:
        case OBJECT_LANGUAGE:
        case OBJECT_EVENT_TRIGGER:
        case OBJECT_FDW:
        case OBJECT_FOREIGN_SERVER:
        case OBJECT_PUBLICATION:
        case OBJECT_ACCESS_METHOD:
            return guarded([&] { return look_up(o.type, reinterpret_cast<Node *>(makeString(pstrdup(o.part)))); });
        default:
            return none;
    }
}

}   // namespace whisper::pg
