#include "baseline/claim.hpp"

#include "state/recorder.hpp"

namespace whisper::baseline {
namespace {

struct table_facts {
    std::string schema, name, identity;
    bool mine;
};

table_facts describe(pg::spi_session &session, Oid table) {
    // Whose rights count is the caller's: this runs before the engine takes its own.
    pg::rows const row = session.query_as_caller(
        R"sql(
            SELECT n.nspname::pg_catalog.text, c.relname::pg_catalog.text,
            (SELECT i.identity FROM pg_catalog.pg_identify_object('pg_catalog.pg_class'::pg_catalog.regclass, c.oid, 0)
            i),
            pg_catalog.pg_has_role(c.relowner, 'USAGE'),
            c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p,f}'::pg_catalog."char"[])
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
            WHERE c.oid OPERATOR(pg_catalog.=) $1)sql",
        {pg::oid_value(table)});
    if (row.size() == 0) throw failure("42P01", "relation with OID " + std::to_string(table) + " does not exist");
    if (!row.boolean(0, 4)) throw failure("42809", "\"" + row.text(0, 1) + "\" is not a table");
    return {row.text(0, 0), row.text(0, 1), row.text(0, 2), row.boolean(0, 3)};
}

}   // namespace

std::string claim(session::workspace &work, Oid table, const std::string &tier) {
    if (!work.registry().find_tier(tier))
        throw failure(sqlstate::unknown_tier, "tier \"" + tier + "\" does not exist", {},
                      "see SELECT * FROM whisper_status()");
    table_facts const t = describe(work.session(), table);
    if (!t.mine) throw failure(sqlstate::insufficient_privilege, "must be owner of table " + t.name);

    pg::engine_scope const scope;
    pg::rows const before = work.session().query_catalog(
        R"sql(
            SELECT tier FROM whisper.owned_object WHERE object_type = 'table'
            AND object_identity = $1)sql",
        {pg::to_value(t.identity)});
    std::string const from = before.size() > 0 ? "tier \"" + before.text(0, 0) + "\"" : "nobody";
    std::string line = "table \"" + t.identity + "\" goes from " + from + " to tier \"" + tier + "\"";

    registry::revision_record entry;   // stands for no revision: a claim is about a table
    entry.tier = tier;
    entry.message = line;
    state::recorder records;
    records.add({1, state::step_kind::claim, &entry, state::applied_by::nothing, 0, 0, pg::now()});
    records.flush(work.session(), {});
    state::owned_object const claimed{"table", t.identity, {t.schema, t.name}, {}, t.schema, t.name,
                                      tier,    {},         "claimed"};
    state::own_objects(work.session(), state::last_run(work.session()), {&claimed, 1}, true);
    return line;
}

}   // namespace whisper::baseline
