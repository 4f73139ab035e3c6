// What a run dropped and renamed, in whisper.owned_object and whisper.statement_object.

#include "script/object_kind.hpp"
#include "state/object_record.hpp"

#include <array>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <unordered_map>

namespace whisper::state {
namespace {

// Both keep objects by their names.
constexpr std::array<const char *, 2> records{"whisper.owned_object", "whisper.statement_object"};

using object_key = std::tuple<Oid, Oid, int32>;

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

bool is_whole_table(const pg::object_event &e) {
    std::string_view const type = e.type;
    return e.sub_id == 0 && (type == "table" || type == "foreign table");
}

// What a rolled back block dropped is still there and stays owned.
void delete_owned(pg::spi_session &session, const event_arrays &gone, const char *condition) {
    if (gone.classes.empty()) return;
    for (const char *const table : records)
        session.query_catalog((std::string(R"sql(
                WITH d AS MATERIALIZED (SELECT DISTINCT u.type, u.identity
                FROM ROWS FROM (unnest($1), unnest($2), unnest($3), unnest($4), unnest($5))
                 AS u (classid, objid, objsubid, type, identity)
                WHERE (SELECT i.identity FROM pg_identify_object(u.classid, u.objid, u.objsubid) i)
                 IS NULL
                -- a dropped column has an identity, too
                 OR EXISTS (SELECT FROM pg_attribute g WHERE u.classid = 'pg_class'::regclass
                  AND g.attrelid = u.objid AND g.attnum = u.objsubid AND g.attisdropped))
                DELETE FROM
                )sql") + table +
                               " o USING d WHERE " + condition)
                                  .c_str(),
                              {pg::to_value(gone.classes), pg::to_value(gone.objects), pg::to_value(gone.columns),
                               pg::to_value(gone.types), pg::to_value(gone.identities)});
}

// A relation takes its columns with it. Each condition can be hashed: both in one statement would compare everything
// owned with everything gone.
void write_dropped(pg::spi_session &session, const event_arrays &gone, const event_arrays &tables) {
    delete_owned(session, gone, "o.object_type = d.type AND o.object_identity = d.identity");
    delete_owned(session, tables,
                 "o.object_type = 'table column'"
                 " AND format('%I.%I', o.object_names[1], o.object_names[2]) = d.identity");
}

// By position of the event: what its object is called now. Nothing for what is gone.
std::unordered_map<std::size_t, std::string> names_now(pg::spi_session &session,
                                                       std::span<const pg::object_event> events) {
    event_arrays altered;
    boost::container::vector<std::size_t> positions;
    for (std::size_t i = 0; i < events.size(); ++i) {
        if (events[i].change != pg::object_change::altered || !events[i].identity || !events[i].type) continue;
        altered.add(events[i]);
        positions.push_back(i);
    }
    std::unordered_map<std::size_t, std::string> names;
    if (positions.empty()) return names;
    pg::rows const rows = session.query_catalog(
        R"sql(
            SELECT u.ordinal, i.identity FROM ROWS FROM (unnest($1), unnest($2), unnest($3))
             WITH ORDINALITY AS u (classid, objid, objsubid, ordinal),
            LATERAL pg_identify_object(u.classid, u.objid, u.objsubid) i WHERE i.identity IS NOT NULL)sql",
        {pg::to_value(altered.classes), pg::to_value(altered.objects), pg::to_value(altered.columns)});
    for (std::size_t i = 0; i < rows.size(); ++i)
        names.emplace(positions[static_cast<std::size_t>(rows.int8(i, 0) - 1)], rows.text(i, 1));
    return names;
}

// What other objects are named after.
bool has_parts(std::string_view type) {
    const script::object_kind *const kind = script::find_kind_of_type(type);
    return kind && kind->by == script::naming::relation && type != "index" && type != "sequence";
}

pg::strings types_on_relations() {
    pg::strings types;
    for (const script::object_kind &kind : script::object_kinds)
        if (kind.by == script::naming::relation_part) types.emplace_back(kind.type);
    return types;
}

// Gives the rows of an object another identity; what is named after a relation follows it.
void move(pg::spi_session &session, const std::string &table, const std::string &type, const std::string &from,
          const std::string &to, pg::value names, pg::value arguments) {
    session.query_catalog(("UPDATE " + table +
                           " SET object_identity = $3, object_names = coalesce($4, object_names),"
                           " object_arguments = coalesce($5, object_arguments),"
                           " schema_name = CASE WHEN schema_name IS NOT NULL THEN coalesce($4[1], schema_name) END,"
                           " object_name = coalesce($4[array_upper($4, 1)], object_name)"
                           " WHERE object_type = $1 AND object_identity = $2")
                              .c_str(),
                          {pg::to_value(type), pg::to_value(from), pg::to_value(to), names, arguments});
    if (!has_parts(type)) return;
    session.query_catalog(("UPDATE " + table +
                           " SET object_names = coalesce($3[1:2] || object_names[3:], object_names),"
                           " schema_name = CASE WHEN schema_name IS NOT NULL THEN coalesce($3[1], schema_name) END,"
                           " object_identity = CASE object_type WHEN 'table column'"
                           "  THEN $2 || substr(object_identity, length($1) + 1)"
                           "  ELSE left(object_identity, -length($1)) || $2 END"
                           " WHERE CASE object_type WHEN 'table column' THEN starts_with(object_identity, $1 || '.')"
                           "  ELSE object_type = ANY ($4)"
                           "   AND right(object_identity, length($1) + 4) = ' on ' || $1 END")
                              .c_str(),
                          {pg::to_value(from), pg::to_value(to), names, pg::to_value(types_on_relations())});
}

// A schema is part of the names of what is in it, and of the argument types of functions anywhere.
void follow_schema(pg::spi_session &session, const std::string &table, const std::string &from, const std::string &to) {
    session.query_catalog(
        (R"sql(
            WITH b AS (SELECT chr(92) AS slash), s AS (SELECT $1 || '.' AS old, $2 || '.' AS new,
             (parse_ident($1))[1] AS old_name, (parse_ident($2))[1] AS new_name,
             '(^|[(, ])' || regexp_replace($1, '[^[:alnum:]_]', repeat(slash, 3) || '&', 'g') || slash || '.' AS
            pattern,
             slash || '1' || replace($2, slash, repeat(slash, 2)) || '.' AS replacement FROM b)
            UPDATE
            )sql" +
         table +
         " o SET"
         " object_identity = regexp_replace(o.object_identity, s.pattern, s.replacement, 'g'),"
         " object_names = CASE WHEN o.schema_name IS NULL OR o.schema_name NOT IN (s.old_name, $1) THEN o.object_names"
         "  WHEN array_length(o.object_names, 1) > 1 THEN s.new_name || o.object_names[2:]"
         "  ELSE ARRAY[s.new || substr(o.object_names[1], length(s.old) + 1)] END,"
         " object_arguments = ARRAY(SELECT CASE WHEN starts_with(a.type, s.old)"
         "   THEN s.new || substr(a.type, length(s.old) + 1) ELSE a.type END"
         "  FROM unnest(o.object_arguments) WITH ORDINALITY AS a (type, ordinal) ORDER BY a.ordinal),"
         " schema_name = CASE o.schema_name WHEN s.old_name THEN s.new_name WHEN $1 THEN $2 ELSE o.schema_name END"
         " FROM s WHERE o.object_identity ~ s.pattern")
            .c_str(),
        {pg::to_value(from), pg::to_value(to)});
}

// Goes through the events once more: at each an object has the name that it had then.
class change_writer {
public:
    change_writer(pg::spi_session &session, std::span<const pg::object_event> events)
        : session_(session), events_(events), now_(names_now(session, events)), next_(events.size()) {
        std::map<object_key, const char *> later;
        for (std::size_t i = events.size(); i-- > 0;) {
            const pg::object_event &e = events[i];
            if (e.change == pg::object_change::created || !e.identity) continue;
            auto const at = later.try_emplace(key_of(e), nullptr).first;
            if (at->second)
                next_[i] = at->second;
            else if (auto const now = now_.find(i); now != now_.end())
                next_[i] = now->second;
            at->second = e.identity;
        }
    }

    void run() {
        for (std::size_t i = 0; i < events_.size(); ++i) {
            const pg::object_event &e = events_[i];
            if (e.change == pg::object_change::created) {
                made_.insert(key_of(e));
            } else if (e.identity && e.type && !is_new(e)) {
                if (e.change == pg::object_change::dropped) {
                    gone_.add(e);
                    if (is_whole_table(e)) gone_tables_.add(e);
                } else if (!next_[i].empty() && next_[i] != e.identity) {
                    rename(i);
                }
            }
        }
        drop_gone();
    }

private:
    static object_key key_of(const pg::object_event &e) { return {e.class_id, e.object_id, e.sub_id}; }

    // Made in this run, it has no row yet.
    bool is_new(const pg::object_event &e) const {
        return made_.contains({e.class_id, e.object_id, 0}) || made_.contains(key_of(e));
    }

    void drop_gone() {
        write_dropped(session_, gone_, gone_tables_);
        gone_ = {};
        gone_tables_ = {};
    }

    void rename(std::size_t i) {
        const pg::object_event &e = events_[i];
        drop_gone();
        auto const now = now_.find(i);
        pg::value names = unknown, arguments = unknown;   // of a name on the way to another, or to its end
        std::optional<pg::rows> address;
        if (now != now_.end() && now->second == next_[i]) {
            address.emplace(session_.query_catalog(
                "SELECT a.object_names, a.object_args FROM pg_identify_object_as_address($1, $2, $3) a",
                {pg::oid_value(e.class_id), pg::oid_value(e.object_id), pg::to_value(e.sub_id)}));
            names = address->cell(0, 0);
            arguments = address->cell(0, 1);
        }
        for (const char *const table : records) {
            move(session_, table, e.type, e.identity, next_[i], names, arguments);
            if (std::string_view(e.type) == "schema") follow_schema(session_, table, e.identity, next_[i]);
        }
    }

    static constexpr pg::value unknown{TEXTARRAYOID, 0, true};

    pg::spi_session &session_;
    std::span<const pg::object_event> const events_;
    std::unordered_map<std::size_t, std::string> const now_;
    boost::container::vector<std::string> next_;   // by event: what the object was called after it
    std::set<object_key> made_;
    event_arrays gone_, gone_tables_;
};

}   // namespace

// Most changes leave the names as they are, so drops are written many at a time.
void record_changed_objects(pg::spi_session &session, std::span<const pg::object_event> events) {
    change_writer(session, events).run();
}

}   // namespace whisper::state
