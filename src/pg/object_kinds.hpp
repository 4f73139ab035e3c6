#pragma once
// The server's side of script/object_kind.hpp: which of its enums and catalogs stands for which kind.

#include "pg/server.hpp"
#include "script/object_kind.hpp"

extern "C" {
#include "catalog/pg_am.h"
#include "catalog/pg_cast.h"
#include "catalog/pg_class.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_conversion.h"
#include "catalog/pg_database.h"
#include "catalog/pg_default_acl.h"
#include "catalog/pg_event_trigger.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_foreign_data_wrapper.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_language.h"
#include "catalog/pg_largeobject.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_opclass.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_opfamily.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_policy.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_publication.h"
#include "catalog/pg_rewrite.h"
#include "catalog/pg_statistic_ext.h"
#include "catalog/pg_subscription.h"
#include "catalog/pg_tablespace.h"
#include "catalog/pg_transform.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_ts_config.h"
#include "catalog/pg_ts_dict.h"
#include "catalog/pg_ts_parser.h"
#include "catalog/pg_ts_template.h"
#include "catalog/pg_type.h"
#include "catalog/pg_user_mapping.h"
#include "nodes/parsenodes.h"
}

namespace whisper::pg {

struct server_kind {
    ObjectType object;
    Oid class_id;
    std::string_view words;   // of the kind; empty where statements have none
    bool owned;               // objects of the catalog can belong to a tier
};

inline constexpr std::array server_kinds = std::to_array<server_kind>({
    {OBJECT_TABLE, RelationRelationId, "table", true},
    {OBJECT_FOREIGN_TABLE, RelationRelationId, "foreign table", true},
    {OBJECT_VIEW, RelationRelationId, "view", true},
    {OBJECT_MATVIEW, RelationRelationId, "materialized view", true},
    {OBJECT_INDEX, RelationRelationId, "index", true},
    {OBJECT_SEQUENCE, RelationRelationId, "sequence", true},
    {OBJECT_COLUMN, RelationRelationId, "column", true},
    {OBJECT_ATTRIBUTE, RelationRelationId, "column", true},
    {OBJECT_TABCONSTRAINT, ConstraintRelationId, "constraint", true},
    {OBJECT_DOMCONSTRAINT, ConstraintRelationId, "constraint", true},
    {OBJECT_TRIGGER, TriggerRelationId, "trigger", true},
    {OBJECT_RULE, RewriteRelationId, "rule", true},
    {OBJECT_POLICY, PolicyRelationId, "policy", true},
    {OBJECT_TYPE, TypeRelationId, "type", true},
    {OBJECT_DOMAIN, TypeRelationId, "domain", true},
    {OBJECT_FUNCTION, ProcedureRelationId, "function", true},
    {OBJECT_PROCEDURE, ProcedureRelationId, "procedure", true},
    {OBJECT_AGGREGATE, ProcedureRelationId, "aggregate", true},
    {OBJECT_ROUTINE, ProcedureRelationId, "routine", true},
    {OBJECT_OPERATOR, OperatorRelationId, "operator", true},
    {OBJECT_OPCLASS, OperatorClassRelationId, "operator class", true},
    {OBJECT_OPFAMILY, OperatorFamilyRelationId, "operator family", true},
    {OBJECT_COLLATION, CollationRelationId, "collation", true},
    {OBJECT_CONVERSION, ConversionRelationId, "conversion", true},
    {OBJECT_STATISTIC_EXT, StatisticExtRelationId, "statistics", true},
    {OBJECT_TSCONFIGURATION, TSConfigRelationId, "text search configuration", true},
    {OBJECT_TSDICTIONARY, TSDictionaryRelationId, "text search dictionary", true},
    {OBJECT_TSPARSER, TSParserRelationId, "text search parser", true},
    {OBJECT_TSTEMPLATE, TSTemplateRelationId, "text search template", true},
    {OBJECT_SCHEMA, NamespaceRelationId, "schema", true},
    {OBJECT_EXTENSION, ExtensionRelationId, "extension", true},
    {OBJECT_ACCESS_METHOD, AccessMethodRelationId, "access method", true},
    {OBJECT_EVENT_TRIGGER, EventTriggerRelationId, "event trigger", true},
    {OBJECT_FDW, ForeignDataWrapperRelationId, "foreign data wrapper", true},
    {OBJECT_FOREIGN_SERVER, ForeignServerRelationId, "server", true},
    {OBJECT_LANGUAGE, LanguageRelationId, "language", true},
    {OBJECT_PUBLICATION, PublicationRelationId, "publication", true},
    {OBJECT_SUBSCRIPTION, SubscriptionRelationId, "subscription", false},
    {OBJECT_ROLE, AuthIdRelationId, "role", false},
    {OBJECT_DATABASE, DatabaseRelationId, "database", false},
    {OBJECT_TABLESPACE, TableSpaceRelationId, "tablespace", false},
    {OBJECT_CAST, CastRelationId, "cast", true},
    {OBJECT_TRANSFORM, TransformRelationId, "transform", true},
    {OBJECT_USER_MAPPING, UserMappingRelationId, "user mapping", true},
    {OBJECT_DEFACL, DefaultAclRelationId, "", true},
    {OBJECT_LARGEOBJECT, LargeObjectRelationId, "large object", false},
});

static_assert(std::ranges::all_of(server_kinds, [](const server_kind &k) {
    return k.words.empty() || script::find_kind_of_words(k.words);
}));

}   // namespace whisper::pg
