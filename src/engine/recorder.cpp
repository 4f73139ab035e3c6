#include "engine/recorder.hpp"

#include "engine/new_objects.hpp"
#include "registry/record.hpp"

namespace whisper::engine {
namespace {

template <class T>
std::span<const T> all(const boost::container::vector<T> &v) {
    return {v.data(), v.size()};
}

// Arrays of bytea are sent as hexadecimal text.
std::string hex(std::string_view bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string out;
    out.reserve(bytes.size() * 2);
    for (unsigned char const c : bytes) {
        out += digits[c >> 4];
        out += digits[c & 15];
    }
    return out;
}

}  // namespace

void recorder::statements_of(const registry::revision_record &revision, const script::program &program) {
    for (const script::action &a : program.actions) {
        if (a.kind == script::action_kind::echo) continue;
        statements_.push_back({revision.revision, registry::token_checksum(a.text), a.traits.verb, a.traits.object_type,
                               a.traits.object_name, a.number, a.line, a.traits.rerunnable});
    }
}

void recorder::flush(pg::spi_session &session, std::span<const pg::object_event> events) {
    if (steps_.empty()) return;
    int64 const run = session.query("SELECT pg_catalog.nextval('whisper.run_id')").int8(0, 0);
    write_applied(session, run);
    write_history(session, run);
    write_statements(session, run);
    write_dropped(session, events);
    write_renamed(session, events);
    write_created(session, run, events);
    steps_.clear();
    statements_.clear();
}

void recorder::write_applied(pg::spi_session &session, int64 run) {
    pg::strings revisions, gone, tiers, origins, checksums;
    boost::container::vector<int64> elapsed, moments;
    boost::container::vector<int32> counts;
    for (const step_record &s : steps_) {
        if (s.origin.empty()) {
            if (s.direction != "repair") gone.push_back(s.revision->revision);
            continue;
        }
        revisions.push_back(s.revision->revision);
        tiers.push_back(s.revision->tier);
        origins.push_back(s.origin);
        checksums.push_back(hex(s.revision->checksum));
        elapsed.push_back(s.elapsed);
        moments.push_back(s.at.at);
        counts.push_back(s.statements);
    }
    if (!gone.empty()) {
        session.query("DELETE FROM whisper.applied WHERE revision OPERATOR(pg_catalog.=) ANY ($1)",
                      {pg::to_value(all(gone))});
        session.query("DELETE FROM whisper.statement WHERE revision OPERATOR(pg_catalog.=) ANY ($1)",
                      {pg::to_value(all(gone))});
    }
    if (revisions.empty()) return;
    session.query(
        "INSERT INTO whisper.applied (revision, tier, run, applied_by, applied_at, elapsed, statements, checksum,"
        " origin) SELECT u.revision, u.tier, $1, $2::pg_catalog.name,"
        " '2000-01-01 00:00:00+00'::pg_catalog.timestamptz OPERATOR(pg_catalog.+)"
        "  (u.moment OPERATOR(pg_catalog.*) '1 microsecond'::pg_catalog.interval),"
        " u.elapsed OPERATOR(pg_catalog.*) '1 microsecond'::pg_catalog.interval, u.statements,"
        " pg_catalog.decode(u.checksum, 'hex'), u.origin"
        " FROM ROWS FROM (pg_catalog.unnest($3), pg_catalog.unnest($4), pg_catalog.unnest($5), pg_catalog.unnest($6),"
        "  pg_catalog.unnest($7), pg_catalog.unnest($8), pg_catalog.unnest($9))"
        " AS u (revision, tier, moment, elapsed, statements, checksum, origin)"
        " ON CONFLICT (revision) DO UPDATE SET run = excluded.run, applied_by = excluded.applied_by,"
        " applied_at = excluded.applied_at, elapsed = excluded.elapsed, statements = excluded.statements,"
        " checksum = excluded.checksum",
        {pg::to_value(run), pg::to_value(pg::session_role_name()), pg::to_value(all(revisions)),
         pg::to_value(all(tiers)), pg::to_value(all(moments)), pg::to_value(all(elapsed)), pg::to_value(all(counts)),
         pg::to_value(all(checksums)), pg::to_value(all(origins))});
}

void recorder::write_history(pg::spi_session &session, int64 run) {
    pg::strings revisions, tiers, directions, checksums, messages;
    boost::container::vector<int64> elapsed, moments;
    boost::container::vector<int32> numbers, counts;
    for (const step_record &s : steps_) {
        numbers.push_back(s.number);
        directions.push_back(s.direction);
        tiers.push_back(s.revision->tier);
        revisions.push_back(s.revision->revision);
        checksums.push_back(hex(s.revision->checksum));
        messages.push_back(s.revision->message);
        elapsed.push_back(s.elapsed);
        moments.push_back(s.at.at);
        counts.push_back(s.statements);
    }
    session.query(
        "INSERT INTO whisper.history (id, run, step, direction, tier, revision, executed_by, executed_at, elapsed,"
        " statements, checksum, message) SELECT pg_catalog.nextval('whisper.history_id'), $1, u.step, u.direction,"
        " u.tier, u.revision, $2::pg_catalog.name,"
        " '2000-01-01 00:00:00+00'::pg_catalog.timestamptz OPERATOR(pg_catalog.+)"
        "  (u.moment OPERATOR(pg_catalog.*) '1 microsecond'::pg_catalog.interval),"
        " u.elapsed OPERATOR(pg_catalog.*) '1 microsecond'::pg_catalog.interval, u.statements,"
        " pg_catalog.decode(u.checksum, 'hex'), u.message"
        " FROM ROWS FROM (pg_catalog.unnest($3), pg_catalog.unnest($4), pg_catalog.unnest($5), pg_catalog.unnest($6),"
        "  pg_catalog.unnest($7), pg_catalog.unnest($8), pg_catalog.unnest($9), pg_catalog.unnest($10),"
        "  pg_catalog.unnest($11))"
        " AS u (step, direction, tier, revision, moment, elapsed, statements, checksum, message)",
        {pg::to_value(run), pg::to_value(pg::session_role_name()), pg::to_value(all(numbers)),
         pg::to_value(all(directions)), pg::to_value(all(tiers)), pg::to_value(all(revisions)),
         pg::to_value(all(moments)), pg::to_value(all(elapsed)), pg::to_value(all(counts)),
         pg::to_value(all(checksums)), pg::to_value(all(messages))});
}

void recorder::write_statements(pg::spi_session &session, int64 run) {
    if (statements_.empty()) return;
    pg::strings revisions, checksums, verbs, types, names, rerunnable;
    boost::container::vector<int32> numbers, lines;
    for (const statement_record &s : statements_) {
        revisions.push_back(s.revision);
        numbers.push_back(s.number);
        lines.push_back(s.line);
        checksums.push_back(hex(s.checksum));
        verbs.push_back(s.verb);
        types.push_back(s.object_type);
        names.push_back(s.object_name);
        rerunnable.push_back(s.rerunnable ? "t" : "f");
    }
    session.query("DELETE FROM whisper.statement WHERE revision OPERATOR(pg_catalog.=) ANY ($1)",
                  {pg::to_value(all(revisions))});
    session.query(
        "INSERT INTO whisper.statement (revision, number, line, checksum, verb, object_type, object_name, rerunnable,"
        " run) SELECT u.revision, u.number, u.line, pg_catalog.decode(u.checksum, 'hex'), u.verb, u.object_type,"
        " u.object_name, u.rerunnable::pg_catalog.bool, $1"
        " FROM ROWS FROM (pg_catalog.unnest($2), pg_catalog.unnest($3), pg_catalog.unnest($4), pg_catalog.unnest($5),"
        "  pg_catalog.unnest($6), pg_catalog.unnest($7), pg_catalog.unnest($8), pg_catalog.unnest($9))"
        " AS u (revision, number, line, checksum, verb, object_type, object_name, rerunnable)",
        {pg::to_value(run), pg::to_value(all(revisions)), pg::to_value(all(numbers)), pg::to_value(all(lines)),
         pg::to_value(all(checksums)), pg::to_value(all(verbs)), pg::to_value(all(types)), pg::to_value(all(names)),
         pg::to_value(all(rerunnable))});
}

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
        types.emplace_back(e.type ? e.type : "");
        identities.emplace_back(e.identity ? e.identity : "");
    }
};
}  // namespace

void recorder::write_dropped(pg::spi_session &session, std::span<const pg::object_event> events) {
    event_arrays gone;
    for (const pg::object_event &e : events)
        if (e.change == pg::object_change::dropped && e.identity && e.type) gone.add(e);
    if (gone.classes.empty()) return;
    // What a rolled back block dropped is still there and stays owned. A relation takes its columns with it.
    session.query(
        "WITH d AS MATERIALIZED (SELECT u.type, u.identity FROM ROWS FROM (pg_catalog.unnest($1),"
        "  pg_catalog.unnest($2), pg_catalog.unnest($3), pg_catalog.unnest($4), pg_catalog.unnest($5))"
        "  AS u (classid, objid, objsubid, type, identity)"
        "  WHERE (SELECT i.identity FROM pg_catalog.pg_identify_object(u.classid, u.objid, u.objsubid) i) IS NULL)"
        " DELETE FROM whisper.owned_object o USING d"
        " WHERE (o.object_type OPERATOR(pg_catalog.=) d.type AND o.object_identity OPERATOR(pg_catalog.=) d.identity)"
        " OR (o.object_type OPERATOR(pg_catalog.=) 'table column'"
        "  AND d.type IN ('table', 'foreign table') AND pg_catalog.starts_with(o.object_identity,"
        "   d.identity OPERATOR(pg_catalog.||) '.'))",
        {pg::to_value(all(gone.classes)), pg::to_value(all(gone.objects)), pg::to_value(all(gone.columns)),
         pg::to_value(all(gone.types)), pg::to_value(all(gone.identities))});
}

void recorder::write_renamed(pg::spi_session &session, std::span<const pg::object_event> events) {
    event_arrays altered;
    for (const pg::object_event &e : events)
        if (e.change == pg::object_change::altered && e.identity && e.type) altered.add(e);
    if (altered.classes.empty()) return;
    session.query(
        "UPDATE whisper.owned_object o SET object_identity = i.identity, schema_name = i.schema,"
        " object_name = coalesce(i.name, a.object_names[pg_catalog.array_upper(a.object_names, 1)]),"
        " object_names = a.object_names, object_arguments = a.object_args"
        " FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2), pg_catalog.unnest($3), pg_catalog.unnest($4),"
        "  pg_catalog.unnest($5)) AS u (classid, objid, objsubid, type, identity),"
        " LATERAL pg_catalog.pg_identify_object(u.classid, u.objid, u.objsubid) i,"
        " LATERAL pg_catalog.pg_identify_object_as_address(u.classid, u.objid, u.objsubid) a"
        " WHERE o.object_type OPERATOR(pg_catalog.=) u.type AND o.object_identity OPERATOR(pg_catalog.=) u.identity"
        " AND i.identity IS NOT NULL AND i.identity OPERATOR(pg_catalog.<>) u.identity",
        {pg::to_value(all(altered.classes)), pg::to_value(all(altered.objects)), pg::to_value(all(altered.columns)),
         pg::to_value(all(altered.types)), pg::to_value(all(altered.identities))});
}

void recorder::write_created(pg::spi_session &session, int64 run, std::span<const pg::object_event> events) {
    new_objects const fresh(events);
    if (fresh.empty()) return;
    boost::container::vector<int32> step_numbers;
    pg::strings step_tiers, step_revisions;
    for (const step_record &s : steps_) {
        step_numbers.push_back(s.number);
        step_tiers.push_back(s.revision->tier);
        step_revisions.push_back(s.revision->revision);
    }
    session.query(
        "INSERT INTO whisper.owned_object (object_type, object_identity, object_names, object_arguments, schema_name,"
        " object_name, tier, revision, origin, run, ordinal)"
        " SELECT i.type, i.identity, a.object_names, a.object_args, i.schema,"
        "  coalesce(i.name, a.object_names[pg_catalog.array_upper(a.object_names, 1)]), s.tier, s.revision, 'created',"
        "  $1, u.ordinal"
        " FROM ROWS FROM (pg_catalog.unnest($2), pg_catalog.unnest($3), pg_catalog.unnest($4), pg_catalog.unnest($5))"
        "  WITH ORDINALITY AS u (classid, objid, objsubid, step, ordinal)"
        " JOIN ROWS FROM (pg_catalog.unnest($6), pg_catalog.unnest($7), pg_catalog.unnest($8))"
        "  AS s (step, tier, revision) ON s.step OPERATOR(pg_catalog.=) u.step"
        " CROSS JOIN LATERAL pg_catalog.pg_identify_object(u.classid, u.objid, u.objsubid) i"
        " CROSS JOIN LATERAL pg_catalog.pg_identify_object_as_address(u.classid, u.objid, u.objsubid) a"
        " WHERE i.identity IS NOT NULL AND coalesce(i.schema, '') OPERATOR(pg_catalog.<>) 'pg_temp'"
        " AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid OPERATOR(pg_catalog.=) u.classid"
        "  AND d.objid OPERATOR(pg_catalog.=) u.objid AND d.objsubid OPERATOR(pg_catalog.=) u.objsubid"
        "  AND d.deptype IN ('i', 'e', 'P', 'S'))"
        " ORDER BY u.ordinal"
        " ON CONFLICT (object_type, object_identity) DO NOTHING",
        {pg::to_value(run), pg::to_value(fresh.classes()), pg::to_value(fresh.objects()), pg::to_value(fresh.columns()),
         pg::to_value(fresh.steps()), pg::to_value(all(step_numbers)), pg::to_value(all(step_tiers)),
         pg::to_value(all(step_revisions))});
}

}  // namespace whisper::engine
