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
}

namespace whisper::pg {
namespace {

// Plain C below: called under guard.

bool owns(const object_address &object, Oid user) {
    Oid const relation = object.class_id == RelationRelationId
                             ? object.object_id
                             : relation_it_is_part_of(object.class_id, object.object_id);
#if PG_VERSION_NUM >= 160000
    if (OidIsValid(relation)) return object_ownercheck(RelationRelationId, relation, user);
    return object_ownercheck(object.class_id, object.object_id, user);
#else
    if (OidIsValid(relation)) return pg_class_ownercheck(relation, user);
    switch (object.class_id) {
        case ProcedureRelationId:
            return pg_proc_ownercheck(object.object_id, user);
        case TypeRelationId:
            return pg_type_ownercheck(object.object_id, user);
        case NamespaceRelationId:
            return pg_namespace_ownercheck(object.object_id, user);
        case ExtensionRelationId:
            return pg_extension_ownercheck(object.object_id, user);
        default:
            return superuser_arg(user);
    }
#endif
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
