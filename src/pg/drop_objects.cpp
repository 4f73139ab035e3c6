#include "pg/drop_objects.hpp"

#include "pg/object_parts.hpp"

extern "C" {
#include "catalog/objectaddress.h"
#include "catalog/pg_class.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "utils/acl.h"
#include "utils/syscache.h"
}

namespace whisper::pg {
namespace {

// Plain C below: called under guard.

// What has no owner of its own (casts, transforms, access methods) is a superuser's here.
bool is_owner(Oid class_id, Oid object_id, Oid user) {
    if (superuser_arg(user)) return true;
    if (!is_objectclass_supported(class_id)) return false;
    AttrNumber const column = get_object_attnum_owner(class_id);
    int const cache = get_object_catcache_oid(class_id);
    if (column == InvalidAttrNumber || cache < 0) return false;
    HeapTuple const row = SearchSysCache1(cache, ObjectIdGetDatum(object_id));
    if (!HeapTupleIsValid(row)) return false;
    bool null = false;
    Oid const owner = DatumGetObjectId(SysCacheGetAttr(cache, row, column, &null));
    ReleaseSysCache(row);
    return !null && has_privs_of_role(user, owner);
}

bool owns(const object_address &object, Oid user) {
    Oid const relation = object.class_id == RelationRelationId
                             ? object.object_id
                             : relation_it_is_part_of(object.class_id, object.object_id);
    if (OidIsValid(relation)) return is_owner(RelationRelationId, relation, user);
    return is_owner(object.class_id, object.object_id, user);
}

void drop_all(const object_address *objects, std::size_t count) {
    ObjectAddresses *const addresses = new_object_addresses();
    for (std::size_t i = 0; i < count; ++i) {
        ObjectAddress const address{objects[i].class_id, objects[i].object_id, objects[i].sub_id};
        if (!owns(objects[i], GetUserId()))
            ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                            errmsg("must be owner of %s", getObjectDescription(&address, false))));
        add_exact_object_address(&address, addresses);
    }
    performMultipleDeletions(addresses, DROP_RESTRICT, 0);
    free_object_addresses(addresses);
    CommandCounterIncrement();
}

}   // namespace

bool is_extension(Oid class_id) noexcept { return class_id == ExtensionRelationId; }

Oid relation_or_self(Oid class_id, Oid object_id) {
    Oid const relation = relation_it_is_part_of(class_id, object_id);
    return OidIsValid(relation) ? relation : object_id;
}

void drop_objects(std::span<const object_address> objects) {
    if (!objects.empty()) call(drop_all, objects.data(), objects.size());
}

}   // namespace whisper::pg
