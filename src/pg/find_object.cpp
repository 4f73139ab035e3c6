#include "pg/find_object.hpp"

#include "pg/guard.hpp"
#include "pg/object_kinds.hpp"
#include "pg/parse.hpp"
#include "pg/tree_lookup.hpp"

extern "C" {
#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "commands/defrem.h"
#include "commands/event_trigger.h"
#include "commands/extension.h"
#include "commands/proclang.h"
#include "commands/publicationcmds.h"
#include "commands/subscriptioncmds.h"
#include "foreign/foreign.h"
#include "mb/pg_wchar.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
}

namespace whisper::pg {
namespace {

// Plain C: called under guard.

Oid find_in_schema(ObjectType object, const char *name, Oid schema) {
    Datum const n = CStringGetDatum(name), s = ObjectIdGetDatum(schema);
    switch (object) {
        case OBJECT_COLLATION: {
            Oid const found = GetSysCacheOid3(COLLNAMEENCNSP, Anum_pg_collation_oid, n, Int32GetDatum(-1), s);
            if (OidIsValid(found)) return found;
            return GetSysCacheOid3(COLLNAMEENCNSP, Anum_pg_collation_oid, n, Int32GetDatum(GetDatabaseEncoding()), s);
        }
        case OBJECT_CONVERSION:
            return GetSysCacheOid2(CONNAMENSP, Anum_pg_conversion_oid, n, s);
        case OBJECT_STATISTIC_EXT:
            return GetSysCacheOid2(STATEXTNAMENSP, Anum_pg_statistic_ext_oid, n, s);
        case OBJECT_TSCONFIGURATION:
            return GetSysCacheOid2(TSCONFIGNAMENSP, Anum_pg_ts_config_oid, n, s);
        case OBJECT_TSDICTIONARY:
            return GetSysCacheOid2(TSDICTNAMENSP, Anum_pg_ts_dict_oid, n, s);
        case OBJECT_TSPARSER:
            return GetSysCacheOid2(TSPARSERNAMENSP, Anum_pg_ts_parser_oid, n, s);
        case OBJECT_TSTEMPLATE:
            return GetSysCacheOid2(TSTEMPLATENAMENSP, Anum_pg_ts_template_oid, n, s);
        default:
            return InvalidOid;
    }
}

Oid find_single(ObjectType object, const char *name) {
    switch (object) {
        case OBJECT_SCHEMA:
            return get_namespace_oid(name, true);
        case OBJECT_EXTENSION:
            return get_extension_oid(name, true);
        case OBJECT_ACCESS_METHOD:
            return get_am_oid(name, true);
        case OBJECT_EVENT_TRIGGER:
            return get_event_trigger_oid(name, true);
        case OBJECT_FDW:
            return get_foreign_data_wrapper_oid(name, true);
        case OBJECT_FOREIGN_SERVER:
            return get_foreign_server_oid(name, true);
        case OBJECT_LANGUAGE:
            return get_language_oid(name, true);
        case OBJECT_PUBLICATION:
            return get_publication_oid(name, true);
        case OBJECT_SUBSCRIPTION:
            return get_subscription_oid(name, true);
        case OBJECT_ROLE:
            return get_role_oid(name, true);
        default:
            return InvalidOid;
    }
}

bool is_kind_of_relation(const char *type, char relkind) {
    switch (relkind) {
        case RELKIND_RELATION:
        case RELKIND_PARTITIONED_TABLE:
            return strcmp(type, "table") == 0;
        case RELKIND_FOREIGN_TABLE:
            return strcmp(type, "foreign table") == 0;
        case RELKIND_VIEW:
            return strcmp(type, "view") == 0;
        case RELKIND_MATVIEW:
            return strcmp(type, "materialized view") == 0;
        case RELKIND_INDEX:
        case RELKIND_PARTITIONED_INDEX:
            return strcmp(type, "index") == 0;
        case RELKIND_SEQUENCE:
            return strcmp(type, "sequence") == 0;
        case RELKIND_COMPOSITE_TYPE:
            return strcmp(type, "composite type") == 0;
        case RELKIND_TOASTVALUE:
            return strcmp(type, "toast table") == 0;
        default:
            return false;
    }
}

// The one with exactly these argument types.
Oid find_routine(const char *type, const char *name, Oid schema, const Oid *arguments, int count) {
    HeapTuple const row = SearchSysCache3(PROCNAMEARGSNSP, CStringGetDatum(name),
                                          PointerGetDatum(buildoidvector(arguments, count)), ObjectIdGetDatum(schema));
    if (!HeapTupleIsValid(row)) return InvalidOid;
    auto const *const form = reinterpret_cast<Form_pg_proc>(GETSTRUCT(row));
    bool const same = strcmp(type, "procedure") == 0 ? form->prokind == PROKIND_PROCEDURE
                      : strcmp(type, "aggregate") == 0
                          ? form->prokind == PROKIND_AGGREGATE
                          : form->prokind == PROKIND_FUNCTION || form->prokind == PROKIND_WINDOW;
    Oid const found = same ? form->oid : InvalidOid;
    ReleaseSysCache(row);
    return found;
}

Oid find_operator(const char *name, Oid left, Oid right, Oid schema) {
    return GetSysCacheOid4(OPERNAMENSP, Anum_pg_operator_oid, CStringGetDatum(name), ObjectIdGetDatum(left),
                           ObjectIdGetDatum(right), ObjectIdGetDatum(schema));
}

Oid find_of_access_method(ObjectType object, const char *method, const char *name, Oid schema) {
    Oid const am = get_am_oid(method, true);
    if (!OidIsValid(am)) return InvalidOid;
    Datum const m = ObjectIdGetDatum(am), n = CStringGetDatum(name), s = ObjectIdGetDatum(schema);
    return object == OBJECT_OPCLASS ? GetSysCacheOid3(CLAAMNAMENSP, Anum_pg_opclass_oid, m, n, s)
                                    : GetSysCacheOid3(OPFAMILYAMNAMENSP, Anum_pg_opfamily_oid, m, n, s);
}

Oid find_type_in(const char *name, Oid schema) {
    return GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum(name), ObjectIdGetDatum(schema));
}

Oid find_user_mapping(const char *user, const char *server) {
    bool const everybody = strcmp(user, "public") == 0;
    Oid const role = everybody ? InvalidOid : get_role_oid(user, true);
    Oid const of = get_foreign_server_oid(server, true);
    if (!OidIsValid(of) || (!everybody && !OidIsValid(role))) return InvalidOid;
    return GetSysCacheOid2(USERMAPPINGUSERSERVER, Anum_pg_user_mapping_oid, ObjectIdGetDatum(role),
                           ObjectIdGetDatum(of));
}

Oid find_default_acl(const char *role, const char *schema, char object) {
    Oid const of = get_role_oid(role, true), in = schema ? get_namespace_oid(schema, true) : InvalidOid;
    if (!OidIsValid(of) || (schema && !OidIsValid(in))) return InvalidOid;
    return GetSysCacheOid3(DEFACLROLENSPOBJ, Anum_pg_default_acl_oid, ObjectIdGetDatum(of), ObjectIdGetDatum(in),
                           CharGetDatum(object));
}

// C++ below. Names longer than the server keeps are none: its look-ups would raise.

using names = std::span<const std::string>;

bool all_short(names parts) {
    return std::ranges::all_of(parts, [](const std::string &part) { return part.size() < NAMEDATALEN; });
}

// What the server has SQL's own words for, "character varying", it prints without a schema.
constexpr Oid types_of_the_standard[] = {BITOID,    BOOLOID,      BPCHAROID,      FLOAT4OID,  FLOAT8OID,   INT2OID,
                                         INT4OID,   INT8OID,      JSONOID,        NUMERICOID, INTERVALOID, TIMEOID,
                                         TIMETZOID, TIMESTAMPOID, TIMESTAMPTZOID, VARBITOID,  VARCHAROID};

Oid find_standard_type(const char *name) {
    for (Oid const type : types_of_the_standard)
        if (strcmp(format_type_be_qualified(type), name) == 0) return type;
    return InvalidOid;
}

Oid find_element_type(const std::string &name) {
    script::qualified_name const type = parse_name(name);
    if (type.schema.empty()) return call(find_standard_type, name.c_str());
    if (type.schema.size() >= NAMEDATALEN || type.name.size() >= NAMEDATALEN) return InvalidOid;
    Oid const schema = call(get_namespace_oid, type.schema.c_str(), true);
    return OidIsValid(schema) ? call(find_type_in, type.name.c_str(), schema) : InvalidOid;
}

// "pg_catalog.text[]", s."T", integer: as the server prints types with their schemas.
Oid find_type(std::string name) {
    if (!name.ends_with("[]")) return find_element_type(name);
    name.resize(name.size() - 2);
    Oid const element = find_element_type(name);
    return OidIsValid(element) ? call(get_array_type, element) : InvalidOid;
}

Oid find_relation_in(names parts) {
    if (parts.size() < 2 || !all_short(parts.first(2))) return InvalidOid;
    Oid const schema = call(get_namespace_oid, parts[0].c_str(), true);
    return OidIsValid(schema) ? call(get_relname_relid, parts[1].c_str(), schema) : InvalidOid;
}

struct wanted {
    const std::string &type;
    ObjectType object;
    names parts, arguments;
};

object_address find_named(const script::object_kind &kind, const server_kind &server, const wanted &w) {
    object_address const nothing{server.class_id, InvalidOid, 0};
    auto const found = [&](Oid object) { return object_address{server.class_id, object, 0}; };
    using script::naming;
    std::size_t const count = w.parts.size();
    switch (kind.by) {
        case naming::single:
            return count == 1 && all_short(w.parts) ? found(call(find_single, w.object, w.parts[0].c_str())) : nothing;
        case naming::relation: {
            Oid const relation = count == 2 ? find_relation_in(w.parts) : InvalidOid;
            bool const same =
                OidIsValid(relation) && is_kind_of_relation(w.type.c_str(), call(get_rel_relkind, relation));
            return same ? found(relation) : nothing;
        }
        case naming::relation_column: {
            Oid const relation = count == 3 ? find_relation_in(w.parts) : InvalidOid;
            AttrNumber const column = OidIsValid(relation) ? call(get_attnum, relation, w.parts[2].c_str()) : 0;
            return column > 0 ? object_address{RelationRelationId, relation, column} : nothing;
        }
        case naming::relation_part: {
            Oid const relation = count == 3 && all_short(w.parts) ? find_relation_in(w.parts) : InvalidOid;
            return OidIsValid(relation) ? call(look_up_part, w.object, relation, w.parts[2].c_str()) : nothing;
        }
        case naming::domain_part: {
            Oid const domain = count == 1 && w.arguments.size() == 1 ? find_type(w.parts[0]) : InvalidOid;
            return OidIsValid(domain) && all_short(w.arguments)
                       ? found(call(get_domain_constraint_oid, domain, w.arguments[0].c_str(), true))
                       : nothing;
        }
        case naming::type:
            return count == 1 ? found(find_type(w.parts[0])) : nothing;
        case naming::in_schema:
        case naming::routine:
        case naming::operator_: {
            if (count != 2 || !all_short(w.parts)) return nothing;
            Oid const schema = call(get_namespace_oid, w.parts[0].c_str(), true);
            if (!OidIsValid(schema)) return nothing;
            if (kind.by == naming::in_schema) return found(call(find_in_schema, w.object, w.parts[1].c_str(), schema));
            boost::container::small_vector<Oid, 8> types;
            for (const std::string &argument : w.arguments) {
                types.push_back(find_type(argument));
                if (!OidIsValid(types.back())) return nothing;
            }
            if (kind.by == naming::routine)
                return types.size() > FUNC_MAX_ARGS
                           ? nothing
                           : found(call(find_routine, w.type.c_str(), w.parts[1].c_str(), schema,
                                        static_cast<const Oid *>(types.data()), static_cast<int>(types.size())));
            if (types.empty() || types.size() > 2) return nothing;
            return found(call(find_operator, w.parts[1].c_str(), types.size() == 2 ? types[0] : InvalidOid,
                              types.back(), schema));
        }
        case naming::access_method: {
            if (count != 3 || !all_short(w.parts)) return nothing;
            Oid const schema = call(get_namespace_oid, w.parts[1].c_str(), true);
            return OidIsValid(schema)
                       ? found(call(find_of_access_method, w.object, w.parts[0].c_str(), w.parts[2].c_str(), schema))
                       : nothing;
        }
        case naming::pair: {
            if (count != 1 || w.arguments.size() != 1) return nothing;
            if (w.object == OBJECT_USER_MAPPING)
                return all_short(w.parts) && all_short(w.arguments)
                           ? found(call(find_user_mapping, w.parts[0].c_str(), w.arguments[0].c_str()))
                           : nothing;
            Oid const first = find_type(w.parts[0]);
            if (!OidIsValid(first)) return nothing;
            if (w.object == OBJECT_CAST) {
                Oid const second = find_type(w.arguments[0]);
                return OidIsValid(second) ? found(call(get_cast_oid, first, second, true)) : nothing;
            }
            Oid const language =
                all_short(w.arguments) ? call(get_language_oid, w.arguments[0].c_str(), true) : InvalidOid;
            return OidIsValid(language) ? found(call(get_transform_oid, first, language, true)) : nothing;
        }
        case naming::number:
            if (w.object != OBJECT_DEFACL || count < 1 || count > 2 || w.arguments.size() != 1) return nothing;
            if (!all_short(w.parts) || w.arguments[0].size() != 1) return nothing;
            return found(call(find_default_acl, w.parts[0].c_str(), count == 2 ? w.parts[1].c_str() : nullptr,
                              w.arguments[0][0]));
        case naming::storage:
            break;
    }
    return nothing;
}

// A domain's constraints go by other words than those of a table.
const server_kind *find_server_kind(const script::object_kind &kind) {
    ObjectType const special = kind.by == script::naming::domain_part ? OBJECT_DOMCONSTRAINT
                               : kind.type == "default acl"           ? OBJECT_DEFACL
                                                                      : OBJECT_TABLE;
    auto const found = std::ranges::find_if(server_kinds, [&](const server_kind &k) {
        return special != OBJECT_TABLE ? k.object == special : !k.words.empty() && k.words == kind.words;
    });
    return found == server_kinds.end() ? nullptr : found;
}

}   // namespace

std::optional<object_address> find_object(const std::string &type, std::span<const std::string> parts,
                                          std::span<const std::string> arguments) {
    const script::object_kind *const kind = script::find_kind_of_type(type);
    const server_kind *const server = kind ? find_server_kind(*kind) : nullptr;
    if (!server) return std::nullopt;
    object_address const found = find_named(*kind, *server, {type, server->object, parts, arguments});
    if (!OidIsValid(found.object_id)) return std::nullopt;
    return found;
}

}   // namespace whisper::pg
