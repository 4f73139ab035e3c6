#include "engine/object_record.hpp"

#include "engine/new_objects.hpp"

#include <set>
#include <tuple>
#include <unordered_set>

namespace whisper::engine {
namespace {

// Events as parallel arrays, for unnest().
struct event_arrays {
    boost::container::vector<Oid> classes, objects;
    boost::container::vector<int32> columns;
    pg::strings types, identities;

    void add(const pg::object_event &e) {
        classes.push_back(e.class_id);
        objects.push_back(e.object_id);
        columns.push_back(e.sub_id);
        types.emplace_back(e.type);
        identities.emplace_back(e.identity);
    }
};

// What a rolled back block dropped is still there and stays owned. A relation takes its columns with it.
void write_dropped(pg::spi_session &session, const event_arrays &gone) {
    if (gone.classes.empty()) return;
    session.query(
        "WITH d AS MATERIALIZED (SELECT u.type, u.identity"
        " FROM ROWS FROM (unnest($1), unnest($2), unnest($3), unnest($4), unnest($5))"
        "  AS u (classid, objid, objsubid, type, identity)"
        " WHERE (SELECT i.identity FROM pg_identify_object(u.classid, u.objid, u.objsubid) i) IS NULL)"
        " DELETE FROM whisper.owned_object o USING d"
        " WHERE (o.object_type = d.type AND o.object_identity = d.identity)"
        " OR (o.object_type = 'table column' AND d.type IN ('table', 'foreign table')"
        "  AND starts_with(o.object_identity, d.identity || '.'))",
        {pg::to_value(gone.classes), pg::to_value(gone.objects), pg::to_value(gone.columns), pg::to_value(gone.types),
         pg::to_value(gone.identities)});
}

// Positions of the events whose object has another name now.
std::unordered_set<std::size_t> find_renamed(pg::spi_session &session, std::span<const pg::object_event> events) {
    event_arrays altered;
    boost::container::vector<std::size_t> positions;
    for (std::size_t i = 0; i < events.size(); ++i) {
        if (events[i].change != pg::object_change::altered || !events[i].identity || !events[i].type) continue;
        altered.add(events[i]);
        positions.push_back(i);
    }
    std::unordered_set<std::size_t> renamed;
    if (positions.empty()) return renamed;
    pg::rows const rows = session.query(
        "SELECT u.ordinal FROM ROWS FROM (unnest($1), unnest($2), unnest($3), unnest($4))"
        "  WITH ORDINALITY AS u (classid, objid, objsubid, identity, ordinal),"
        " LATERAL pg_identify_object(u.classid, u.objid, u.objsubid) i WHERE i.identity <> u.identity",
        {pg::to_value(altered.classes), pg::to_value(altered.objects), pg::to_value(altered.columns),
         pg::to_value(altered.identities)});
    for (std::size_t i = 0; i < rows.size(); ++i)
        renamed.insert(positions[static_cast<std::size_t>(rows.int8(i, 0) - 1)]);
    return renamed;
}

void write_renamed(pg::spi_session &session, const pg::object_event &e) {
    pg::rows const now = session.query(
        "SELECT i.identity, a.object_names, a.object_args"
        " FROM pg_identify_object($1, $2, $3) i,"
        " pg_identify_object_as_address($1, $2, $3) a",
        {pg::oid_value(e.class_id), pg::oid_value(e.object_id), pg::to_value(e.sub_id)});
    session.query(
        "UPDATE whisper.owned_object SET object_identity = $3, object_names = $4, object_arguments = $5,"
        " schema_name = CASE WHEN schema_name IS NOT NULL THEN $4[1] END,"
        " object_name = $4[array_upper($4, 1)] WHERE object_type = $1 AND object_identity = $2",
        {pg::to_value(e.type), pg::to_value(e.identity), now.cell(0, 0), now.cell(0, 1), now.cell(0, 2)});
    // What is named after its table follows it.
    session.query(
        "UPDATE whisper.owned_object SET object_names = $3[1:2] || object_names[3:],"
        " schema_name = CASE WHEN schema_name IS NOT NULL THEN $3[1] END,"
        " object_identity = CASE object_type WHEN 'table column'"
        "  THEN $2 || substr(object_identity, length($1) + 1)"
        "  ELSE left(object_identity, -length($1)) || $2 END"
        " WHERE CASE object_type WHEN 'table column' THEN starts_with(object_identity, $1 || '.')"
        "  ELSE object_type IN ('table constraint', 'trigger', 'rule', 'policy')"
        "   AND right(object_identity, length($1) + 4) = ' on ' || $1 END",
        {pg::to_value(e.identity), now.cell(0, 0), now.cell(0, 1)});
}

}   // namespace

// Most changes leave the names as they are, so drops are written many at a time.
void record_changed_objects(pg::spi_session &session, std::span<const pg::object_event> events) {
    std::unordered_set<std::size_t> const renames = find_renamed(session, events);
    std::set<std::tuple<Oid, Oid, int32>> dropped;
    for (const pg::object_event &e : events)
        if (e.change == pg::object_change::dropped) dropped.emplace(e.class_id, e.object_id, e.sub_id);
    event_arrays gone;
    for (std::size_t i = 0; i < events.size(); ++i) {
        const pg::object_event &e = events[i];
        if (!e.identity || !e.type) continue;
        if (renames.contains(i)) {
            write_dropped(session, gone);
            gone = {};
            write_renamed(session, e);
        } else if (dropped.contains({e.class_id, e.object_id, e.sub_id})) {
            gone.add(e);   // what was renamed before is still written down under the name that it had then
        }
    }
    write_dropped(session, gone);
}

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
    session.query(
        "INSERT INTO whisper.owned_object (object_type, object_identity, object_names, object_arguments, schema_name,"
        " object_name, tier, revision, origin, run, ordinal)"
        " SELECT i.type, i.identity, a.object_names, a.object_args,"
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
        " ORDER BY u.ordinal ON CONFLICT (object_type, object_identity) DO NOTHING",
        {pg::to_value(run), pg::to_value(fresh.classes()), pg::to_value(fresh.objects()), pg::to_value(fresh.columns()),
         pg::to_value(tiers), pg::to_value(revisions)});
}

}   // namespace whisper::engine
