#include "sync/alembic.hpp"

#include "sync/history_rights.hpp"

#include <algorithm>

namespace whisper::sync {
namespace {

struct version_table {
    std::string name, owner;   // "schema.alembic_version", quoted
    Oid owner_role = InvalidOid;
};

// Found where the caller's Alembic would find it; an empty name when there is none.
version_table find_table(pg::spi_session &session) {
    pg::rows const row = session.query_as_caller(
        R"sql(
            SELECT pg_catalog.format('%I.%I', n.nspname, c.relname),
            pg_catalog.pg_get_userbyid(c.relowner)::pg_catalog.text, c.relowner FROM pg_catalog.pg_class c
            JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
            WHERE c.oid OPERATOR(pg_catalog.=) coalesce(pg_catalog.to_regclass('alembic_version'),
             pg_catalog.to_regclass('public.alembic_version'))::pg_catalog.oid
            AND c.relkind IN ('r', 'p') AND (SELECT pg_catalog.array_agg(a.attname::pg_catalog.text)
             FROM pg_catalog.pg_attribute a WHERE a.attrelid OPERATOR(pg_catalog.=) c.oid
             AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped)
             OPERATOR(pg_catalog.=) ARRAY['version_num'])sql");
    return row.size() == 0 ? version_table() : version_table{row.text(0, 0), row.text(0, 1), row.oid(0, 2)};
}

pg::strings read_versions(pg::spi_session &session, const std::string &table) {
    pg::rows const rows = session.query_catalog(("SELECT version_num::text FROM " + table).c_str());
    pg::strings versions;
    for (std::size_t i = 0; i < rows.size(); ++i) versions.push_back(rows.text(i, 0));
    return versions;
}

// The tier that the table is about; null when none can be.
const registry::tier_record *tier_of(const registry::registry &r, const pg::strings &versions) {
    for (const std::string &version : versions)
        if (auto const known = r.revision_graph->find(version)) return r.find_tier(r.revisions[*known].tier);
    if (!versions.empty()) return nullptr;
    auto const versioned = std::find_if(r.tiers.begin(), r.tiers.end(), [](const registry::tier_record &t) {
        return t.kind == script::tier_kind::versioned;
    });
    return versioned == r.tiers.end() ? nullptr : &*versioned;
}

// As Alembic counts: what an applied revision follows or depends on is implied by it and has no row, be it applied or,
// after an adoption in part, pending. The catalog is asked, as the registry in memory is of before the run.
pg::strings heads_of(session::workspace &work, const registry::tier_record &tier) {
    const graph::revision_graph &graph = *work.registry().revision_graph;
    graph::node_set applied(graph.size(), work.memory());
    pg::rows const rows =
        work.session().query_catalog("SELECT revision FROM whisper.applied WHERE tier = $1", {pg::to_value(tier.name)});
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (auto const known = graph.find(rows.text(i, 0))) applied.insert(*known);
    graph::indexes const current = graph.current_heads(applied);
    pg::strings heads;
    for (graph::index const head : current) {
        bool const implied = std::any_of(current.begin(), current.end(), [&](graph::index other) {
            return other != head && graph.closure({&other, 1}).contains(head);
        });
        if (!implied) heads.emplace_back(graph.id(head));
    }
    return heads;
}

void write_heads(session::workspace &work, const std::string &table) {
    pg::spi_session &session = work.session();
    pg::strings const versions = read_versions(session, table);
    const registry::tier_record *const tier = tier_of(work.registry(), versions);
    if (!tier) {
        if (!versions.empty())
            pg::warning("table " + table + " is not kept in step",
                        "No revision in it is registered, \"" + versions.front() + "\" for one.",
                        "set whisper_migrate.sync_alembic_version = off");
        return;
    }
    pg::strings const heads = heads_of(work, *tier);
    pg::value const wanted = pg::to_value(std::span<const std::string>(heads.data(), heads.size()));
    session.query_catalog(("DELETE FROM " + table + " WHERE version_num::text <> ALL ($1)").c_str(), {wanted});
    session.query_catalog(("INSERT INTO " + table +
                           " (version_num) SELECT h FROM unnest($1) AS h WHERE NOT EXISTS"
                           " (SELECT FROM " +
                           table + " v WHERE v.version_num::text = h)")
                              .c_str(),
                          {wanted});
}

}   // namespace

void sync_alembic_version(session::workspace &work) {
    pg::spi_session &session = work.session();
    version_table const found = find_table(session);
    if (found.name.empty()) return;
    history_owner const owner(found.owner_role);
    if (!may_keep_in_step(owner, found.name, found.owner, "set whisper_migrate.sync_alembic_version = off")) return;
    history_scope scope(session, owner);
    write_heads(work, found.name);
    scope.finish();
}

}   // namespace whisper::sync
