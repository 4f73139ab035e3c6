#include "engine/history_making.hpp"

#include "script/history_shapes.hpp"

#include <algorithm>

namespace whisper::engine {
namespace {

const script::history_shape *shape_for(const registry::registry &r, const std::string &tier) {
    for (auto const &[name, tool] : r.tools)
        if (name == tier) return script::find_history_shape(tool);
    return nullptr;
}

bool is_there(pg::spi_session &session, const script::history_shape &shape) {
    pg::rows const row =
        session.query("SELECT pg_catalog.to_regclass($1) IS NOT NULL", {pg::to_value(std::string(shape.table))});
    return row.boolean(0, 0);
}

void make(pg::spi_session &session, const script::history_shape &shape) {
    if (is_there(session, shape)) return;
    if (!shape.schema.empty()) {
        pg::rows const schema = session.query("SELECT pg_catalog.to_regnamespace($1) IS NOT NULL",
                                              {pg::to_value(std::string(shape.schema))});
        if (!schema.boolean(0, 0)) session.run(("CREATE SCHEMA " + std::string(shape.schema)).c_str());
    }
    session.run(("CREATE TABLE " + std::string(shape.table) + " (" + std::string(shape.columns) + ")").c_str());
}

// The registry in memory is of before the run: what it has applied since is asked for.
bool has_applied(pg::spi_session &session, const std::string &tier) {
    pg::rows const row = session.query(
        "SELECT EXISTS (SELECT FROM whisper.applied WHERE tier OPERATOR(pg_catalog.=) $1)", {pg::to_value(tier)});
    return row.boolean(0, 0);
}

}   // namespace

void make_history_table(workspace &work, const registry::revision_record &revision) {
    const script::history_shape *const shape = shape_for(work.registry(), revision.tier);
    if (shape && revision.down_revisions.empty() && !has_applied(work.session(), revision.tier))
        make(work.session(), *shape);
}

void drop_history_table(workspace &work, const registry::revision_record &revision) {
    const script::history_shape *const shape = shape_for(work.registry(), revision.tier);
    if (!shape || !revision.down_revisions.empty()) return;
    std::string const table(shape->table.substr(shape->table.find('.') + 1));
    pg::rows const made = work.session().query(
        "SELECT pg_catalog.format('%I.%I', schema_name, object_name) FROM whisper.owned_object"
        " WHERE object_type OPERATOR(pg_catalog.=) 'table' AND revision OPERATOR(pg_catalog.=) $1"
        " AND object_name OPERATOR(pg_catalog.=) $2 AND origin OPERATOR(pg_catalog.=) 'created'"
        " AND pg_catalog.to_regclass(pg_catalog.format('%I.%I', schema_name, object_name)) IS NOT NULL",
        {pg::to_value(revision.revision), pg::to_value(table)});
    for (std::size_t i = 0; i < made.size(); ++i) {
        std::string const name = made.text(i, 0);
        work.session().run(("DELETE FROM ONLY " + name).c_str());   // its rows are no loss
        work.session().run(("DROP TABLE " + name).c_str());
    }
}

void make_history_tables(workspace &work) {
    for (auto const &[tier, tool] : work.registry().tools)
        if (const script::history_shape *const shape = script::find_history_shape(tool)) make(work.session(), *shape);
}

}   // namespace whisper::engine
