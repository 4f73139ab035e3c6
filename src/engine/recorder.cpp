#include "engine/recorder.hpp"

#include "engine/new_objects.hpp"
#include "registry/record.hpp"

#include <unordered_map>
#include <unordered_set>

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

void recorder::statements_of(const registry::revision_record &revision, const script::program &program,
                             const boost::container::vector<bool> *done) {
    for (std::size_t i = 0; i < program.actions.size(); ++i) {
        const script::action &a = program.actions[i];
        if (a.kind == script::action_kind::echo || (done && !(*done)[i])) continue;
        statements_.push_back({revision.revision, registry::token_checksum(a.text), a.traits.verb, a.traits.object_type,
                               a.traits.object_name, a.number, a.line, a.traits.rerunnable});
    }
}

void recorder::flush(pg::spi_session &session, std::span<const pg::object_event> events) {
    if (steps_.empty() && statements_.empty()) return;
    int64 const run = session.query("SELECT nextval('whisper.run_id')").int8(0, 0);
    write_applied(session, run);
    write_history(session, run);
    write_statements(session, run);
    write_changes(session, events);
    write_created(session, run, events);
    steps_.clear();
    statements_.clear();
    restored_.clear();
}

void recorder::write_applied(pg::spi_session &session, int64 run) {
    pg::strings revisions, gone, tiers, origins, checksums;
    boost::container::vector<int64> elapsed, moments;
    boost::container::vector<int32> counts;
    for (const step_record &s : steps_) {
        if (s.origin.empty()) {
            if (s.direction == "down" || s.direction == "forget" || s.direction == "rebuild")
                gone.push_back(s.revision->revision);
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
        session.query("DELETE FROM whisper.applied WHERE revision = ANY ($1)",
                      {pg::to_value(all(gone))});
        session.query("DELETE FROM whisper.statement WHERE revision = ANY ($1)",
                      {pg::to_value(all(gone))});
    }
    if (revisions.empty()) return;
    session.query(
        "INSERT INTO whisper.applied (revision, tier, run, applied_by, applied_at, elapsed, statements, checksum,"
        " origin) SELECT u.revision, u.tier, $1, $2::name,"
        " '2000-01-01 00:00:00+00'::timestamptz OPERATOR(pg_catalog.+)"
        "  (u.moment * '1 microsecond'::interval),"
        " u.elapsed * '1 microsecond'::interval, u.statements,"
        " decode(u.checksum, 'hex'), u.origin"
        " FROM ROWS FROM (unnest($3), unnest($4), unnest($5), unnest($6),"
        "  unnest($7), unnest($8), unnest($9))"
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
        " statements, checksum, message) SELECT nextval('whisper.history_id'), $1, u.step, u.direction,"
        " u.tier, u.revision, $2::name,"
        " '2000-01-01 00:00:00+00'::timestamptz OPERATOR(pg_catalog.+)"
        "  (u.moment * '1 microsecond'::interval),"
        " u.elapsed * '1 microsecond'::interval, u.statements,"
        " decode(u.checksum, 'hex'), u.message"
        " FROM ROWS FROM (unnest($3), unnest($4), unnest($5), unnest($6),"
        "  unnest($7), unnest($8), unnest($9), unnest($10),"
        "  unnest($11))"
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
    session.query("DELETE FROM whisper.statement WHERE revision = ANY ($1)",
                  {pg::to_value(all(revisions))});
    session.query(
        "INSERT INTO whisper.statement (revision, number, line, checksum, verb, object_type, object_name, rerunnable,"
        " run) SELECT u.revision, u.number, u.line, decode(u.checksum, 'hex'), u.verb, u.object_type,"
        " u.object_name, u.rerunnable::bool, $1"
        " FROM ROWS FROM (unnest($2), unnest($3), unnest($4), unnest($5),"
        "  unnest($6), unnest($7), unnest($8), unnest($9))"
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
        types.emplace_back(e.type);
        identities.emplace_back(e.identity);
    }
};

// What a rolled back block dropped is still there and stays owned. A relation takes its columns with it.
void write_dropped(pg::spi_session &session, const event_arrays &gone) {
    if (gone.classes.empty()) return;
    session.query("WITH d AS MATERIALIZED (SELECT u.type, u.identity"
                  " FROM ROWS FROM (unnest($1), unnest($2), unnest($3), unnest($4), unnest($5))"
                  "  AS u (classid, objid, objsubid, type, identity)"
                  " WHERE (SELECT i.identity FROM pg_identify_object(u.classid, u.objid, u.objsubid) i) IS NULL)"
                  " DELETE FROM whisper.owned_object o USING d"
                  " WHERE (o.object_type = d.type AND o.object_identity = d.identity)"
                  " OR (o.object_type = 'table column' AND d.type IN ('table', 'foreign table')"
                  "  AND starts_with(o.object_identity, d.identity || '.'))",
                  {pg::to_value(all(gone.classes)), pg::to_value(all(gone.objects)), pg::to_value(all(gone.columns)),
                   pg::to_value(all(gone.types)), pg::to_value(all(gone.identities))});
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
        {pg::to_value(all(altered.classes)), pg::to_value(all(altered.objects)), pg::to_value(all(altered.columns)),
         pg::to_value(all(altered.identities))});
    for (std::size_t i = 0; i < rows.size(); ++i)
        renamed.insert(positions[static_cast<std::size_t>(rows.int8(i, 0) - 1)]);
    return renamed;
}

void write_renamed(pg::spi_session &session, const pg::object_event &e) {
    pg::rows const now = session.query("SELECT i.identity, a.object_names, a.object_args"
                                       " FROM pg_identify_object($1, $2, $3) i,"
                                       " pg_identify_object_as_address($1, $2, $3) a",
                                       {pg::oid_value(e.class_id), pg::oid_value(e.object_id), pg::to_value(e.sub_id)});
    session.query("UPDATE whisper.owned_object SET object_identity = $3, object_names = $4, object_arguments = $5,"
                  " schema_name = CASE WHEN schema_name IS NOT NULL THEN $4[1] END,"
                  " object_name = $4[array_upper($4, 1)] WHERE object_type = $1 AND object_identity = $2",
                  {pg::to_value(e.type), pg::to_value(e.identity), now.cell(0, 0), now.cell(0, 1), now.cell(0, 2)});
    // What is named after its table follows it.
    session.query("UPDATE whisper.owned_object SET object_names = $3[1:2] || object_names[3:],"
                  " schema_name = CASE WHEN schema_name IS NOT NULL THEN $3[1] END,"
                  " object_identity = CASE object_type WHEN 'table column'"
                  "  THEN $2 || substr(object_identity, length($1) + 1)"
                  "  ELSE left(object_identity, -length($1)) || $2 END"
                  " WHERE CASE object_type WHEN 'table column' THEN starts_with(object_identity, $1 || '.')"
                  "  ELSE object_type IN ('table constraint', 'trigger', 'rule', 'policy')"
                  "   AND right(object_identity, length($1) + 4) = ' on ' || $1 END",
                  {pg::to_value(e.identity), now.cell(0, 0), now.cell(0, 1)});
}

}  // namespace

// In the order of the events: an object's identity is the one it had when it went, and what is named after a table is
// renamed with it. Most changes leave the names as they are, so drops are written many at a time.
void recorder::write_changes(pg::spi_session &session, std::span<const pg::object_event> events) {
    std::unordered_set<std::size_t> const renames = find_renamed(session, events);
    event_arrays gone;
    for (std::size_t i = 0; i < events.size(); ++i) {
        const pg::object_event &e = events[i];
        if (!e.identity || !e.type) continue;
        if (e.change == pg::object_change::dropped) {
            gone.add(e);
        } else if (renames.contains(i)) {
            write_dropped(session, gone);
            gone = {};
            write_renamed(session, e);
        }
    }
    write_dropped(session, gone);
}

void recorder::write_created(pg::spi_session &session, int64 run, std::span<const pg::object_event> events) {
    new_objects const fresh(events);
    if (fresh.empty()) return;
    std::unordered_map<int, const step_record *> step_of;
    for (const step_record &s : steps_) step_of.emplace(s.number, &s);
    pg::strings tiers, revisions;
    for (std::size_t i = 0; i < fresh.objects().size(); ++i) {
        step_record const &step = *step_of.at(fresh.steps()[i]);
        registry::revision_record const &revision = *step.revision;
        auto const restored = restored_.find(fresh.objects()[i]);
        tiers.push_back(revision.tier);
        // What a way down makes again was there before its revision.
        bool const before = step.direction == "down" && !revision.down_revisions.empty();
        revisions.push_back(restored != restored_.end() ? restored->second
                            : before                    ? revision.down_revisions.front()
                                                        : revision.revision);
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
         pg::to_value(all(tiers)), pg::to_value(all(revisions))});
}

}  // namespace whisper::engine
