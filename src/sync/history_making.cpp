#include "sync/history_making.hpp"

#include "script/history_shapes.hpp"
#include "sync/history_rights.hpp"

#include <algorithm>

namespace whisper::sync {
namespace {

const script::history_shape *shape_for(const registry::registry &r, const std::string &tier) {
    for (auto const &[name, tool] : r.tools)
        if (name == tier) return script::find_history_shape(tool);
    return nullptr;
}

bool is_there(pg::spi_session &session, const script::history_shape &shape) {
    pg::rows const row = session.query_as_caller("SELECT pg_catalog.to_regclass($1) IS NOT NULL",
                                                 {pg::to_value(std::string(shape.table))});
    return row.boolean(0, 0);
}

void make(pg::spi_session &session, const script::history_shape &shape) {
    if (is_there(session, shape)) return;
    if (!shape.schema.empty()) {
        pg::rows const schema = session.query_as_caller("SELECT pg_catalog.to_regnamespace($1) IS NOT NULL",
                                                        {pg::to_value(std::string(shape.schema))});
        if (!schema.boolean(0, 0)) session.run(("CREATE SCHEMA " + std::string(shape.schema)).c_str());
    }
    session.run(("CREATE TABLE " + std::string(shape.table) + " (" + std::string(shape.columns) + ")").c_str());
    for (std::string_view const index : shape.indexes)
        if (!index.empty()) session.run(("CREATE " + std::string(index)).c_str());
}

// The registry in memory is of before the run: what it has applied since is asked for.
bool has_applied(pg::spi_session &session, const std::string &tier) {
    pg::rows const row = session.query_as_caller(
        "SELECT EXISTS (SELECT FROM whisper.applied WHERE tier OPERATOR(pg_catalog.=) $1)", {pg::to_value(tier)});
    return row.boolean(0, 0);
}

// Whoever has the table by now may have put triggers on it.
void drop(pg::spi_session &session, const std::string &table, const history_owner &owner) {
    if (owner.how == pg::authority::none)
        throw failure(sqlstate::insufficient_privilege, "must be owner of table " + table,
                      "It was made for another tool's history, and goes with the first revision.",
                      "run it as the table's owner, or as a member of that role");
    history_scope scope(session, owner);
    session.run(("DELETE FROM ONLY " + table).c_str());   // its rows are no loss
    scope.finish();
    session.run(("DROP TABLE " + table).c_str());
}

}   // namespace

void make_history_table(session::workspace &work, const registry::revision_record &revision) {
    const script::history_shape *const shape = shape_for(work.registry(), revision.tier);
    if (shape && revision.down_revisions.empty() && !has_applied(work.session(), revision.tier))
        make(work.session(), *shape);
}

void drop_history_table(session::workspace &work, const registry::revision_record &revision) {
    const script::history_shape *const shape = shape_for(work.registry(), revision.tier);
    if (!shape || !revision.down_revisions.empty()) return;
    std::string const table(shape->table.substr(shape->table.find('.') + 1));
    pg::rows const made = work.session().query_as_caller(
        R"sql(
            SELECT pg_catalog.format('%I.%I', o.schema_name, o.object_name), c.relowner FROM whisper.owned_object o
            JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=)
             pg_catalog.to_regclass(pg_catalog.format('%I.%I', o.schema_name, o.object_name))::pg_catalog.oid
            WHERE o.object_type OPERATOR(pg_catalog.=) 'table' AND o.revision OPERATOR(pg_catalog.=) $1
            AND o.object_name OPERATOR(pg_catalog.=) $2 AND o.origin OPERATOR(pg_catalog.=) 'created')sql",
        {pg::to_value(revision.revision), pg::to_value(table)});
    for (std::size_t i = 0; i < made.size(); ++i) drop(work.session(), made.text(i, 0), history_owner(made.oid(i, 1)));
}

void make_history_tables(session::workspace &work) {
    for (auto const &[tier, tool] : work.registry().tools)
        if (const script::history_shape *const shape = script::find_history_shape(tool)) make(work.session(), *shape);
}

}   // namespace whisper::sync
