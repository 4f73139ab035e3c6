#include "repeatable/lookup_object.hpp"

#include "pg/parse.hpp"
#include "pg/settings.hpp"
#include "pg/subtransaction.hpp"

namespace whisper::repeatable {

namespace {

// What pg_identify_object() calls it.
std::string catalog_type(const std::string &type) {
    if (type == "domain") return "type";
    if (type == "foreign data wrapper") return "foreign-data wrapper";
    return type == "statistics" ? "statistics object" : type;
}

// The recorded objects of this type and name: how many there are, and whether one of them is there. Which one has the
// name that the server chose is not recorded: without a name it may be any.
struct recorded_objects {
    std::size_t all = 0;
    bool exists = false;
    Oid catalog = InvalidOid, oid = InvalidOid;   // of one that is there
};

recorded_objects look_up_recorded(pg::spi_session &session, const recorded_name &object) {
    pg::engine_scope const scope;
    pg::rows const owned = session.query(
        "SELECT object_type, object_names, object_arguments FROM whisper.owned_object"
        " WHERE revision OPERATOR(pg_catalog.=) $1 AND object_type OPERATOR(pg_catalog.=) $2"
        " AND (object_name OPERATOR(pg_catalog.=) $3 OR $3 OPERATOR(pg_catalog.=) '')"
        " AND (schema_name OPERATOR(pg_catalog.=) $4 OR schema_name IS NULL OR $4 OPERATOR(pg_catalog.=) '')",
        {pg::to_value(object.revision), pg::to_value(catalog_type(object.type)), pg::to_value(object.name.name),
         pg::to_value(object.name.schema)});
    recorded_objects found{owned.size()};
    for (std::size_t i = 0; i < owned.size() && !found.exists; ++i)
        found.exists = !pg::attempt([&] {
            pg::rows const address =
                session.query("SELECT classid, objid FROM pg_catalog.pg_get_object_address($1, $2, $3)",
                              {owned.cell(i, 0), owned.cell(i, 1), owned.cell(i, 2)});
            found.catalog = address.oid(0, 0);
            found.oid = address.oid(0, 1);
        });
    return found;
}

// The query that tells whether $1 is there, in schema $2 if that is not empty; null for what only its record knows.
const char *lookup_for(const std::string &type) {
    if (script::is_routine_type(type))
        return "SELECT EXISTS (SELECT FROM pg_catalog.pg_proc p WHERE p.proname::pg_catalog.text"
               " OPERATOR(pg_catalog.=) $1 AND CASE $2 WHEN '' THEN pg_catalog.pg_function_is_visible(p.oid)"
               "  ELSE p.pronamespace OPERATOR(pg_catalog.=)"
               "   pg_catalog.to_regnamespace(pg_catalog.quote_ident($2))::pg_catalog.oid END)";
    if (type == "schema")
        return "SELECT pg_catalog.to_regnamespace(pg_catalog.quote_ident($1)) IS NOT NULL AND $2 IS NOT NULL";
    // On which table is not recorded: one of this name anywhere counts.
    if (type == "trigger")
        return "SELECT EXISTS (SELECT FROM pg_catalog.pg_trigger WHERE NOT tgisinternal"
               " AND tgname::pg_catalog.text OPERATOR(pg_catalog.=) $1 AND $2 IS NOT NULL)";
    if (type == "policy")
        return "SELECT EXISTS (SELECT FROM pg_catalog.pg_policy"
               " WHERE polname::pg_catalog.text OPERATOR(pg_catalog.=) $1 AND $2 IS NOT NULL)";
    if (type == "rule")
        return "SELECT EXISTS (SELECT FROM pg_catalog.pg_rewrite"
               " WHERE rulename::pg_catalog.text OPERATOR(pg_catalog.=) $1 AND $2 IS NOT NULL)";
    if (type == "extension")
        return "SELECT EXISTS (SELECT FROM pg_catalog.pg_extension"
               " WHERE extname::pg_catalog.text OPERATOR(pg_catalog.=) $1 AND $2 IS NOT NULL)";
    return nullptr;
}

bool is_there(pg::spi_session &session, const recorded_name &object, bool otherwise) {
    std::string const written = pg::to_text(object.name);
    if (script::is_relation_type(object.type))
        return session.query("SELECT pg_catalog.to_regclass($1) IS NOT NULL", {pg::to_value(written)}).boolean(0, 0);
    if (object.type == "type" || object.type == "domain")
        return session.query("SELECT pg_catalog.to_regtype($1) IS NOT NULL", {pg::to_value(written)}).boolean(0, 0);
    const char *const lookup = lookup_for(object.type);
    if (!lookup) return otherwise;
    return session.query(lookup, {pg::to_value(object.name.name), pg::to_value(object.name.schema)}).boolean(0, 0);
}

Oid regclass(pg::spi_session &session, const script::qualified_name &name) {
    return session
        .query("SELECT coalesce(pg_catalog.to_regclass($1)::pg_catalog.oid, 0)", {pg::to_value(pg::to_text(name))})
        .oid(0, 0);
}

// The tier of the table that the relation is, or is an index of.
bool belongs_elsewhere(pg::spi_session &session, const recorded_name &object) {
    Oid const relation = regclass(session, object.name);
    pg::engine_scope const scope;
    return session
               .query(
                   "SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n"
                   "  ON n.oid OPERATOR(pg_catalog.=) c.relnamespace"
                   " JOIN whisper.owned_object o ON o.schema_name OPERATOR(pg_catalog.=) n.nspname::pg_catalog.text"
                   "  AND o.object_name OPERATOR(pg_catalog.=) c.relname::pg_catalog.text"
                   " WHERE o.object_type IN ('table', 'foreign table') AND o.tier OPERATOR(pg_catalog.<>) $2"
                   " AND c.oid OPERATOR(pg_catalog.=) coalesce((SELECT x.indrelid FROM pg_catalog.pg_index x"
                   "  WHERE x.indexrelid OPERATOR(pg_catalog.=) $1), $1)",
                   {pg::oid_value(relation), pg::to_value(object.tier)})
               .size() > 0;
}

// Whether a table of the revision has an index that is not its constraint's: those are not recorded by themselves.
bool has_index(pg::spi_session &session, const std::string &revision) {
    pg::engine_scope const scope;
    return session
               .query(
                   "SELECT FROM whisper.owned_object o JOIN pg_catalog.pg_namespace n"
                   "  ON n.nspname::pg_catalog.text OPERATOR(pg_catalog.=) o.schema_name"
                   " JOIN pg_catalog.pg_class c ON c.relnamespace OPERATOR(pg_catalog.=) n.oid"
                   "  AND c.relname::pg_catalog.text OPERATOR(pg_catalog.=) o.object_name"
                   " JOIN pg_catalog.pg_index x ON x.indrelid OPERATOR(pg_catalog.=) c.oid"
                   " WHERE o.revision OPERATOR(pg_catalog.=) $1"
                   " AND o.object_type IN ('table', 'materialized view')"
                   " AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint"
                   "  WHERE conindid OPERATOR(pg_catalog.=) x.indexrelid) LIMIT 1",
                   {pg::to_value(revision)})
               .size() > 0;
}

}   // namespace

object_fate fate_of(pg::spi_session &session, const recorded_name &object) {
    recorded_objects const recorded = look_up_recorded(session, object);
    if (recorded.exists) return object_fate::exists;   // an index on another tier's table, for one
    if (object.name.empty())
        return object.type == "index" && has_index(session, object.revision) ? object_fate::exists : object_fate::gone;
    if (script::is_relation_type(object.type) && belongs_elsewhere(session, object)) return object_fate::handed_over;
    // Another function of that name is another function.
    if (recorded.all > 0 && script::is_routine_type(object.type)) return object_fate::gone;
    return is_there(session, object, recorded.all == 0) ? object_fate::exists : object_fate::gone;
}

bool was_made(pg::spi_session &session, const recorded_name &object) {
    return look_up_recorded(session, object).all > 0 || fate_of(session, object) != object_fate::gone;
}

boost::container::vector<dependent_object> dependents_of(pg::spi_session &session, const recorded_name &object) {
    recorded_objects at;
    if (script::is_relation_type(object.type)) {
        at.catalog = RelationRelationId;
        at.oid = regclass(session, object.name);
    } else {
        at = look_up_recorded(session, object);
    }
    boost::container::vector<dependent_object> all;
    if (at.oid == InvalidOid || at.all > 1) return all;
    pg::engine_scope const scope;
    // A view hangs on its rule; of a table whose column goes the rest stays.
    pg::rows const found = session.query(
        "WITH RECURSIVE gone (classid, objid) AS (SELECT $1::pg_catalog.oid, $2::pg_catalog.oid"
        " UNION SELECT CASE WHEN r.oid IS NULL THEN d.classid ELSE r.classid END,"
        "  coalesce(r.ev_class, d.objid) FROM gone g JOIN pg_catalog.pg_depend d"
        "   ON d.refclassid = g.classid AND d.refobjid = g.objid AND d.objsubid = 0"
        "  LEFT JOIN (SELECT oid, ev_class, 'pg_catalog.pg_class'::regclass::oid AS classid"
        "   FROM pg_catalog.pg_rewrite WHERE rulename = '_RETURN') r"
        "   ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND r.oid = d.objid)"
        " SELECT i.type, i.object_names FROM gone g,"
        " pg_catalog.pg_identify_object_as_address(g.classid, g.objid, 0) i"
        " WHERE (g.classid, g.objid) <> ($1, $2) AND i.object_names <> '{}'",
        {pg::oid_value(at.catalog), pg::oid_value(at.oid)});
    for (std::size_t i = 0; i < found.size(); ++i) all.push_back({found.text(i, 0), found.texts(i, 1)});
    return all;
}

}   // namespace whisper::repeatable
