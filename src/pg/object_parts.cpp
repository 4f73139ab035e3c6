#include "pg/object_parts.hpp"

#include "pg/object_kinds.hpp"

extern "C" {
#include "access/genam.h"
#include "access/table.h"
#include "catalog/index.h"
#include "catalog/pg_attrdef.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_description.h"
#include "catalog/pg_index.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/syscache.h"
}

namespace whisper::pg {
namespace {

// Plain C below: called under guard.

bool row_or_array(Oid type) {
    HeapTuple const row = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
    if (!HeapTupleIsValid(row)) return false;
    auto const *const form = reinterpret_cast<Form_pg_type>(GETSTRUCT(row));
    bool const array = OidIsValid(form->typelem) && form->typcategory == TYPCATEGORY_ARRAY;
    // CREATE TYPE … AS (…) has a relation too, of its own kind; that one counts as a type.
    bool const of_table = form->typtype == TYPTYPE_COMPOSITE && OidIsValid(form->typrelid) &&
                          get_rel_relkind(form->typrelid) != RELKIND_COMPOSITE_TYPE;
    bool const multirange = form->typtype == TYPTYPE_MULTIRANGE;
    ReleaseSysCache(row);
    return array || of_table || multirange;
}

// The relation that pg_depend's automatic or internal entry names.
Oid relation_from_depend(Oid class_id, Oid object_id) {
    Relation const depend = table_open(DependRelationId, AccessShareLock);
    ScanKeyData key[2];
    ScanKeyInit(&key[0], Anum_pg_depend_classid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(class_id));
    ScanKeyInit(&key[1], Anum_pg_depend_objid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(object_id));
    SysScanDesc const scan = systable_beginscan(depend, DependDependerIndexId, true, nullptr, 2, key);
    Oid found = InvalidOid;
    for (HeapTuple row; !OidIsValid(found) && HeapTupleIsValid(row = systable_getnext(scan));) {
        auto const *const form = reinterpret_cast<Form_pg_depend>(GETSTRUCT(row));
        bool const part = form->deptype == DEPENDENCY_AUTO || form->deptype == DEPENDENCY_INTERNAL;
        if (part && form->refclassid == RelationRelationId) found = form->refobjid;
    }
    systable_endscan(scan);
    table_close(depend, AccessShareLock);
    return found;
}

Oid relation_of_constraint(Oid constraint) {
    HeapTuple const row = SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint));
    if (!HeapTupleIsValid(row)) return InvalidOid;
    auto const *const form = reinterpret_cast<Form_pg_constraint>(GETSTRUCT(row));
    Oid const whole = OidIsValid(form->conrelid) ? form->conrelid : form->contypid;
    ReleaseSysCache(row);
    return whole;
}

bool not_null(Oid constraint) {
    HeapTuple const row = SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint));
    if (!HeapTupleIsValid(row)) return false;
    bool const found = reinterpret_cast<Form_pg_constraint>(GETSTRUCT(row))->contype == 'n';
    ReleaseSysCache(row);
    return found;
}

// A constraint trigger depends on the table that it names by FROM, too.
Oid relation_of_trigger(Oid trigger) {
    Relation const triggers = table_open(TriggerRelationId, AccessShareLock);
    ScanKeyData key;
    ScanKeyInit(&key, Anum_pg_trigger_oid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(trigger));
    SysScanDesc const scan = systable_beginscan(triggers, TriggerOidIndexId, true, nullptr, 1, &key);
    HeapTuple const row = systable_getnext(scan);
    Oid found = InvalidOid;
    if (HeapTupleIsValid(row)) {
        auto const *const form = reinterpret_cast<Form_pg_trigger>(GETSTRUCT(row));
        if (!form->tgisinternal) found = form->tgrelid;   // a foreign key has triggers on the other table
    }
    systable_endscan(scan);
    table_close(triggers, AccessShareLock);
    return found;
}

Oid relation_of(Oid class_id, Oid object_id) {
    switch (class_id) {
        case IndexRelationId:   // a mark on an index
            return IndexGetRelation(object_id, true);
        case TriggerRelationId:
            return relation_of_trigger(object_id);
        case ConstraintRelationId:
            return relation_of_constraint(object_id);
        case RelationRelationId: {
            char const kind = get_rel_relkind(object_id);
            bool const part = kind == RELKIND_INDEX || kind == RELKIND_PARTITIONED_INDEX || kind == RELKIND_SEQUENCE ||
                              kind == RELKIND_TOASTVALUE;
            return part ? relation_from_depend(class_id, object_id) : InvalidOid;
        }
        case AttrDefaultRelationId:
        case RewriteRelationId:
        case PolicyRelationId:
        case StatisticExtRelationId:
            return relation_from_depend(class_id, object_id);
        default:
            return InvalidOid;
    }
}

}   // namespace

bool can_be_owned(Oid class_id) noexcept {
    return std::ranges::any_of(server_kinds, [&](const server_kind &k) { return k.owned && k.class_id == class_id; });
}

Oid comment_class() noexcept { return DescriptionRelationId; }

bool is_row_or_array_type(Oid class_id, Oid object_id) {
    return class_id == TypeRelationId && call(row_or_array, object_id);
}

bool is_not_null_constraint(Oid class_id, Oid object_id) {
    return class_id == ConstraintRelationId && call(not_null, object_id);
}

Oid part_of_relation(Oid class_id, Oid object_id) { return relation_of(class_id, object_id); }

Oid relation_it_is_part_of(Oid class_id, Oid object_id) { return call(relation_of, class_id, object_id); }

}   // namespace whisper::pg
