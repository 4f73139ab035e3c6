#include "pg/relation.hpp"

#include "pg/object_parts.hpp"

extern "C" {
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_policy.h"
#include "catalog/pg_rewrite.h"
#include "catalog/pg_trigger.h"
#include "nodes/makefuncs.h"
#include "utils/lsyscache.h"
#include "utils/varlena.h"
}

namespace whisper::pg {

Oid find_relation(const std::string &written_name) {
    const char *const name = written_name.c_str();
    return guarded([=]() -> Oid {
        // textToQualifiedNameList() would raise on what is no name; this only says so.
        char *const copy = pstrdup(name);
        List *parts = NIL;
        if (!SplitIdentifierString(copy, '.', &parts) || parts == NIL || list_length(parts) > 2) return InvalidOid;
        char *const relation = static_cast<char *>(llast(parts));
        char *const schema = list_length(parts) == 2 ? static_cast<char *>(linitial(parts)) : nullptr;
        return RangeVarGetRelid(makeRangeVar(schema, relation, -1), NoLock, true);
    });
}

Oid find_schema(const char *name) { return call(get_namespace_oid, name, true); }

bool belongs_to_schema(Oid class_id, Oid object_id, Oid schema) {
    if (class_id == NamespaceRelationId) return object_id == schema;
    bool const is_part = class_id == TriggerRelationId || class_id == RewriteRelationId ||
                         class_id == PolicyRelationId || class_id == ConstraintRelationId;
    if (class_id != RelationRelationId && !is_part) return false;
    return call(get_rel_namespace, is_part ? relation_it_is_part_of(class_id, object_id) : object_id) == schema;
}

}   // namespace whisper::pg
