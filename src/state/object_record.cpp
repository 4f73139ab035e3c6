#include "state/object_record.hpp"

#include "state/new_objects.hpp"

namespace whisper::state {
namespace {

constexpr const char *insert_owned =
    R"sql(
        INSERT INTO whisper.owned_object (object_type, object_identity, object_names, object_arguments, schema_name,
        object_name, tier, revision, origin, run, ordinal))sql";

}   // namespace

void record_new_objects(pg::spi_session &session, int64 run, std::span<const pg::object_event> events,
                        const object_owner &owner_of) {
    new_objects const fresh(events);
    if (fresh.empty()) return;
    pg::strings tiers, revisions;
    for (std::size_t i = 0; i < fresh.objects().size(); ++i) {
        auto [tier, revision] = owner_of(fresh.steps()[i], fresh.objects()[i]);
        tiers.push_back(std::move(tier));
        revisions.push_back(std::move(revision));
    }
    std::string const sql =
        std::string(insert_owned) +
        "SELECT i.type, i.identity, a.object_names, a.object_args,"
        // pg_identify_object() quotes; the address has the bare names, except a type's, which is one text
        "  CASE WHEN i.schema IS NOT NULL AND array_length(a.object_names, 1) > 1 THEN a.object_names[1]"
        "   ELSE i.schema END,"
        "  CASE WHEN i.name IS NULL OR array_length(a.object_names, 1) > 1"
        "   THEN a.object_names[array_upper(a.object_names, 1)] ELSE i.name END,"
        "  u.tier, u.revision, 'created', $1, u.ordinal"
        " FROM ROWS FROM (unnest($2), unnest($3), unnest($4), unnest($5), unnest($6))"
        "  WITH ORDINALITY AS u (classid, objid, objsubid, tier, revision, ordinal)"
        " CROSS JOIN LATERAL pg_identify_object(u.classid, u.objid, u.objsubid) i"
        " CROSS JOIN LATERAL pg_identify_object_as_address(u.classid, u.objid, u.objsubid) a"
        " WHERE i.identity IS NOT NULL AND coalesce(i.schema, i.identity) !~ '^pg_(toast_)?temp'"
        " AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = u.classid AND d.objid = u.objid"
        "  AND d.objsubid = u.objsubid AND d.deptype IN ('i', 'e', 'P', 'S'))"
        // a dropped column has an identity, too
        " AND NOT EXISTS (SELECT FROM pg_attribute g WHERE g.attrelid = u.objid AND g.attnum = u.objsubid"
        "  AND u.classid = 'pg_class'::regclass AND g.attisdropped)"
        " ORDER BY u.ordinal ON CONFLICT (object_type, object_identity) DO NOTHING";
    session.query_catalog(sql.c_str(), {pg::to_value(run), pg::to_value(fresh.classes()), pg::to_value(fresh.objects()),
                                        pg::to_value(fresh.columns()), pg::to_value(tiers), pg::to_value(revisions)});
}

void own_objects(pg::spi_session &session, int64 run, std::span<const owned_object> objects, bool take_over) {
    std::string const sql = std::string(insert_owned) +
                            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT" +
                            (take_over ? " (object_type, object_identity) DO UPDATE SET tier = excluded.tier,"
                                         " revision = excluded.revision, origin = excluded.origin, run = excluded.run"
                                       : " (object_type, object_identity) DO NOTHING");
    constexpr Oid types[] = {TEXTOID, TEXTOID, TEXTARRAYOID, TEXTARRAYOID, TEXTOID, TEXTOID,
                             TEXTOID, TEXTOID, TEXTOID,      INT8OID,      INT8OID};
    pg::prepared statement(sql.c_str(), types);
    int64 ordinal = 0;
    for (const owned_object &o : objects)
        statement.run({pg::to_value(o.type), pg::to_value(o.identity), pg::to_value(o.names), pg::to_value(o.arguments),
                       pg::text_or_null(o.schema), pg::to_value(o.name), pg::to_value(o.tier), pg::to_value(o.revision),
                       pg::to_value(o.origin), pg::to_value(run), pg::to_value(++ordinal)});
}

void record_objects(pg::spi_session &session, int64 run, std::span<const pg::object_event> events,
                    const registry::revision_record &revision, bool up) {
    bool const before = !up && !revision.down_revisions.empty();
    std::string const &owner = before ? revision.down_revisions.front() : revision.revision;
    record_changed_objects(session, events);
    record_new_objects(session, run, events, [&](int, Oid) { return std::pair(revision.tier, owner); });
}

}   // namespace whisper::state
