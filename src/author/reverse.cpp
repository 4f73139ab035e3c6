#include "author/reverse.hpp"

#include "pg/object_parts.hpp"
#include "pg/relation.hpp"
#include "pg/settings.hpp"
#include "script/object_kind.hpp"
#include "script/quote.hpp"
#include "state/new_objects.hpp"

#include <algorithm>

namespace whisper::author {
namespace {

constexpr const char *no_way = "its way back cannot be derived";

// The object $1, $2, $3 as o; what it is as i; its names as a.
constexpr std::string_view from_object =
    " FROM (SELECT $1 AS classid, $2 AS objid, $3 AS objsubid) o,"
    " LATERAL pg_identify_object(o.classid, o.objid, o.objsubid) i,"
    " LATERAL pg_identify_object_as_address(o.classid, o.objid, o.objsubid) a WHERE i.identity IS NOT NULL";

// Type and name as CREATE, ALTER, DROP and COMMENT write them; NULL where they have no such form.
std::string typed_name() {
    std::string text = "(CASE i.type";
    for (const script::object_kind &kind : script::object_kinds) {
        using script::naming;
        bool const by_identity = kind.by != naming::relation_column && kind.by != naming::domain_part &&
                                 kind.by != naming::storage && kind.by != naming::number &&
                                 kind.type != "table constraint" && kind.type != "cast" && kind.type != "user mapping";
        if (kind.type.empty() || kind.words.empty() || !by_identity) continue;
        text += " WHEN " + script::quote_literal(kind.type) + " THEN " +
                (kind.type == "type" ? "CASE WHEN EXISTS (SELECT FROM pg_type t WHERE t.oid = o.objid"
                                       " AND t.typtype = 'd') THEN 'DOMAIN' ELSE 'TYPE' END"
                                     : "upper(" + script::quote_literal(kind.words) + ")");
    }
    return text + " END || ' ' || i.identity)";
}

std::string select(std::string_view expressions) {
    return std::string("SELECT ").append(expressions).append(from_object);
}

// How names are printed: all of them qualified, as nothing but the catalogs is in the path. The rights are the
// caller's, as the catalogs are everybody's.
class catalog_search_path {
public:
    catalog_search_path() { settings_.set("search_path", pg::engine_search_path); }

private:
    pg::settings_scope settings_;
};

pg::rows ask(pg::spi_session &session, const std::string &sql, const pg::object_address &o) {
    return session.query_catalog(sql.c_str(),
                                 {pg::oid_value(o.class_id), pg::oid_value(o.object_id), pg::to_value(o.sub_id)});
}

// What the server makes and drops by itself: the parts of tables, and the copy that a table is rewritten into.
bool is_internal(const pg::object_event &e) {
    std::string_view const identity = e.identity ? e.identity : "";
    return identity.starts_with("pg_toast") || identity.starts_with("\"RI_ConstraintTrigger_") ||
           identity.find(".pg_temp_") != std::string_view::npos || identity.ends_with("[]") ||
           (e.change == pg::object_change::dropped &&
            (e.relation_kind == RELKIND_INDEX || e.relation_kind == RELKIND_PARTITIONED_INDEX));
}

// Whether the event changes something that `made` does not have.
bool is_foreign(const pg::object_event &e, const object_set &made) {
    if (e.change == pg::object_change::created || !pg::can_be_owned(e.class_id) || is_internal(e)) return false;
    if (made.covers(e.class_id, e.object_id)) return false;
    if (e.class_id != ConstraintRelationId || !e.identity) return true;
    // A constraint that a change of type made anew has an OID that nobody was told; its table is known.
    std::string_view const identity = e.identity;
    std::size_t const on = identity.rfind(" on ");
    Oid const table =
        on == std::string_view::npos ? InvalidOid : pg::find_relation(std::string(identity.substr(on + 4)));
    return table != InvalidOid && !made.contains(RelationRelationId, table);
}

}   // namespace

bool object_set::covers(Oid class_id, Oid object_id) const {
    if (contains(class_id, object_id)) return true;
    Oid const relation = pg::relation_it_is_part_of(class_id, object_id);
    return relation != InvalidOid && contains(RelationRelationId, relation);
}

statement_undo::statement_undo(const pg::utility_statement &statement, const object_set &made) {
    if (statement.targets.empty()) return;
    targets_made_ = true;
    for (const pg::object_address &t : statement.targets) targets_made_ &= made.covers(t.class_id, t.object_id);

    pg::spi_session session;
    catalog_search_path const scope;
    const pg::object_address &target = statement.targets.front();
    if (statement.kind == pg::utility_kind::alter_table) {
        shape_.emplace(session, target.object_id);
    } else if (statement.kind == pg::utility_kind::alter_domain) {
        domain_.emplace(session, target.object_id);
    } else if (statement.kind == pg::utility_kind::create) {
        for (const pg::object_address &t : statement.targets)
            if (std::optional<definition> known = read_definition(session, t))
                definitions_.push_back(std::move(*known));
    } else if (statement.kind == pg::utility_kind::set_schema) {
        pg::rows const row = ask(session, select("i.schema"), target);
        if (row.size() > 0 && !row.is_null(0, 0)) old_schema_ = row.text(0, 0);
    } else if (statement.kind == pg::utility_kind::comment) {
        pg::rows const row =
            ask(session, "SELECT description FROM pg_description WHERE classoid = $1 AND objoid = $2 AND objsubid = $3",
                target);
        if (row.size() > 0) old_comment_ = row.text(0, 0);
    }
}

void statement_undo::find(const pg::utility_statement &statement, std::span<const pg::object_event> events,
                          const object_set &made) {
    pg::spi_session session;
    catalog_search_path const scope;
    problem_ = statement.problem;
    switch (statement.kind) {
        case pg::utility_kind::create:
            find_created(session, events);
            break;
        case pg::utility_kind::alter_table:
            if (shape_)
                steps_ =
                    schema::table_shape(session, statement.targets.front().object_id).back_to(*shape_, targets_made_);
            break;
        case pg::utility_kind::alter_domain:
            if (domain_ && !targets_made_)
                steps_ = schema::domain_shape(session, statement.targets.front().object_id).back_to(*domain_);
            return;
        case pg::utility_kind::rename:
        case pg::utility_kind::set_schema:
            // Even the name of what was made just before: to take it away under the name that it was made with.
            if (!statement.targets.empty()) find_renamed(session, statement);
            return;
        case pg::utility_kind::rename_value:
        case pg::utility_kind::comment:
            if (!targets_made_) find_renamed(session, statement);
            return;
        case pg::utility_kind::harmless:
            return;
        case pg::utility_kind::other:
            if (problem_.empty()) problem_ = no_way;
            break;
    }
    if (!problem_.empty() && is_of_made(events, made)) problem_.clear();
}

bool statement_undo::is_of_made(std::span<const pg::object_event> events, const object_set &made) const {
    return targets_made_ &&
           std::none_of(events.begin(), events.end(), [&](const pg::object_event &e) { return is_foreign(e, made); });
}

void statement_undo::find_created(pg::spi_session &session, std::span<const pg::object_event> events) {
    object_set known;
    for (const definition &d : definitions_) known.insert(d.object.class_id, d.object.object_id);
    for (const definition &d : definitions_) find_replaced(session, d);
    bool made_anything = false;
    for (const pg::object_event &e : events) {
        made_anything |= e.change == pg::object_change::created;
        // Of the aggregate that was replaced nobody knows the former text.
        bool const aggregate = e.type && std::string_view(e.type) == "aggregate";
        if (aggregate && e.change == pg::object_change::altered) problem_ = no_way;
    }

    std::string const drop =
        select("'DROP ' || " + typed_name()) +
        " AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = o.classid AND d.objid = o.objid"
        "  AND d.objsubid = o.objsubid AND d.deptype IN ('i', 'e', 'P', 'S'))";
    state::new_objects const fresh(events);
    for (std::size_t n = fresh.objects().size(); n-- > 0;) {
        pg::object_address const object{fresh.classes()[n], fresh.objects()[n], fresh.columns()[n]};
        if (known.covers(object.class_id, object.object_id)) continue;
        pg::rows const row = ask(session, drop, object);
        if (row.size() == 0) continue;   // a part of something else, or a member of an extension
        if (row.is_null(0, 0))
            problem_ = no_way;
        else
            steps_.push_back({object, row.text(0, 0)});
    }
    // A cast, a role: nothing that is dropped by its name in this database.
    if (made_anything && steps_.empty() && definitions_.empty()) problem_ = no_way;
}

std::optional<statement_undo::definition> statement_undo::read_definition(pg::spi_session &session,
                                                                          const pg::object_address &object) {
    pg::rows const row = ask(session,
                             select("CASE WHEN i.type IN ('function', 'procedure') THEN pg_get_functiondef(o.objid)"
                                    " WHEN i.type = 'view' THEN 'CREATE VIEW ' || i.identity || E' AS\\n' ||"
                                    "  pg_get_viewdef(o.objid)"
                                    " WHEN i.type = 'trigger' THEN pg_get_triggerdef(o.objid)"
                                    " WHEN i.type = 'rule' THEN pg_get_ruledef(o.objid) END,"
                                    " (SELECT count(*)::int4 FROM pg_attribute WHERE i.type = 'view'"
                                    "  AND attrelid = o.objid)"),
                             object);
    if (row.size() == 0 || row.is_null(0, 0)) return std::nullopt;
    constexpr std::string_view create = "CREATE ", replace = "CREATE OR REPLACE ";
    std::string sql = row.text(0, 0);
    if (!sql.starts_with(replace) && sql.starts_with(create)) sql.replace(0, create.size(), replace);
    while (sql.ends_with(';') || sql.ends_with('\n')) sql.pop_back();
    return definition{object, std::move(sql), row.int4(0, 1)};
}

void statement_undo::find_replaced(pg::spi_session &session, const definition &before) {
    std::optional<definition> const now = read_definition(session, before.object);
    if (!now || now->sql == before.sql) return;
    if (now->columns == before.columns)
        steps_.push_back({before.object, before.sql});
    else
        problem_ = "columns that a view was given cannot be taken away from it";
}

void statement_undo::find_renamed(pg::spi_session &session, const pg::utility_statement &statement) {
    if (statement.targets.empty()) return;
    std::string const name = typed_name();
    std::string sql;
    switch (statement.kind) {
        case pg::utility_kind::rename:
            sql =
                "CASE WHEN i.type = 'composite type column' THEN format('ALTER TYPE %I.%I RENAME ATTRIBUTE %I TO %I',"
                "  a.object_names[1], a.object_names[2], a.object_names[3], $4)"
                " WHEN i.type LIKE '% column' THEN format('ALTER TABLE %I.%I RENAME COLUMN %I TO %I',"
                "  a.object_names[1], a.object_names[2], a.object_names[3], $4)"
                " WHEN i.type = 'table constraint' THEN format('ALTER TABLE %I.%I RENAME CONSTRAINT %I TO %I',"
                "  a.object_names[1], a.object_names[2], a.object_names[3], $4)"
                " WHEN i.type = 'domain constraint' THEN format('ALTER DOMAIN %s RENAME CONSTRAINT %I TO %I',"
                "  a.object_names[1], a.object_args[1], $4)"
                " ELSE 'ALTER ' || " +
                name + " || ' RENAME TO ' || quote_ident($4) END";
            break;
        case pg::utility_kind::set_schema:
            sql = "'ALTER ' || " + name + " || ' SET SCHEMA ' || quote_ident($4)";
            break;
        case pg::utility_kind::rename_value:
            sql = "'ALTER ' || " + name + " || format(' RENAME VALUE %L TO %L', $5, $4)";
            break;
        default:
            sql =
                "'COMMENT ON ' || CASE WHEN i.type LIKE '% column' THEN format('COLUMN %I.%I.%I', a.object_names[1],"
                "  a.object_names[2], a.object_names[3])"
                " WHEN i.type = 'table constraint' THEN format('CONSTRAINT %I ON %I.%I', a.object_names[3],"
                "  a.object_names[1], a.object_names[2])"
                " WHEN i.type = 'domain constraint' THEN format('CONSTRAINT %I ON DOMAIN %s', a.object_args[1],"
                "  a.object_names[1])"
                " ELSE " +
                name + " END || ' IS ' || quote_nullable($4)";
            break;
    }
    std::optional<std::string> const was = statement.kind == pg::utility_kind::comment      ? old_comment_
                                           : statement.kind == pg::utility_kind::set_schema ? old_schema_
                                                                                            : statement.old_name;
    const pg::object_address &o = statement.targets.front();
    pg::rows const row = session.query_catalog(
        select(sql).c_str(), {pg::oid_value(o.class_id), pg::oid_value(o.object_id), pg::to_value(o.sub_id),
                              pg::to_value(was), pg::to_value(statement.new_name)});
    if (row.size() == 0 || row.is_null(0, 0))
        problem_ = no_way;
    else
        steps_.push_back({o, row.text(0, 0)});
}

}   // namespace whisper::author
