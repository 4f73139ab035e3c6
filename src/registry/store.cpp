#include "registry/store.hpp"

#include "registry/revision_columns.hpp"
#include "registry/section_text.hpp"

#include <algorithm>

namespace whisper::registry {
namespace {

template <class Container>
std::span<const typename Container::value_type> span_of(const Container &items) {
    return {items.data(), items.size()};
}

void write_checks(pg::spi_session &session, const registry &r) {
    session.query_catalog("DELETE FROM whisper.pack_check");
    for (const check_record &c : r.checks)
        session.query_catalog(
            R"sql(
                INSERT INTO whisper.pack_check (name, message, sql, file, line, file_size, file_mtime)
                VALUES ($1, $2, $3, $4, $5, $6, $7))sql",
            {pg::to_value(c.name), pg::to_value(c.message), pg::to_value(c.sql), pg::to_value(c.file),
             pg::to_value(int32{c.line}), pg::to_value(static_cast<int64>(c.file_size)),
             pg::to_value(static_cast<int64>(c.file_mtime))});
}

void write_pack(pg::spi_session &session, const registry &r) {
    session.query_catalog("DELETE FROM whisper.pack");
    session.query_catalog("INSERT INTO whisper.pack VALUES ($1, $2, $3, $4, clock_timestamp())",
                          {pg::to_value(r.pack_name), pg::to_value(r.location), pg::to_value(r.default_profile),
                           pg::to_value(span_of(r.critical_tables))});
    session.query_catalog("DELETE FROM whisper.tier");
    int position = 0;
    for (const tier_record &t : r.tiers)
        session.query_catalog("INSERT INTO whisper.tier VALUES ($1, $2, $3, $4)",
                              {pg::to_value(t.name), pg::to_value(int32{++position}),
                               pg::to_value(t.kind == script::tier_kind::repeatable ? "repeatable" : "versioned"),
                               pg::to_value(t.format)});
    session.query_catalog("DELETE FROM whisper.profile");
    position = 0;
    for (const profile_record &p : r.profiles)
        session.query_catalog("INSERT INTO whisper.profile VALUES ($1, $2, $3)",
                              {pg::to_value(p.name), pg::to_value(int32{++position}), pg::to_value(span_of(p.tiers))});
}

// The texts are written by one statement, the places by another: "INSERT …" with every column, and "UPDATE …" with
// those that may change alone.
class revision_writer {
public:
    explicit revision_writer(pg::spi_session &session) : session_(session) {}

    // A record that has its text.
    void write(const revision_record &record) {
        if (!all_) all_.emplace(upsert_query().c_str(), span_of(type_list(is_written)));
        all_->run(span_of(value_list(is_written, record)));
        write_parts(session_, record.revision, *record.text);
    }
    // Where the text is as it was: the file's place and time, edges that its file does not give, or that it is gone.
    void write_place(const revision_record &record) {
        if (!place_) place_.emplace(place_query().c_str(), span_of(type_list(is_for_place)));
        place_->run(span_of(value_list(is_for_place, record)));
    }

private:
    using chosen = bool (*)(const revision_column &);
    static bool is_written(const revision_column &c) { return c.put != nullptr; }
    static bool is_for_place(const revision_column &c) {
        return c.part == revision_column::place || c.part == revision_column::key;
    }

    static boost::container::small_vector<Oid, 40> type_list(chosen wanted) {
        boost::container::small_vector<Oid, 40> all;
        for (const revision_column &c : revision_columns())
            if (wanted(c)) all.push_back(c.type);
        return all;
    }
    static boost::container::small_vector<pg::value, 40> value_list(chosen wanted, const revision_record &record) {
        boost::container::small_vector<pg::value, 40> all;
        for (const revision_column &c : revision_columns())
            if (wanted(c)) all.push_back(c.put(record));
        return all;
    }

    static std::string upsert_query() {
        std::string names, parameters, sets;
        int number = 0;
        for (const revision_column &c : revision_columns()) {
            if (!is_written(c)) continue;
            names += (number ? ", " : "") + std::string(c.name);
            parameters += (number ? ", $" : "$") + std::to_string(number + 1);
            ++number;
            if (c.part != revision_column::key)
                sets += (sets.empty() ? "" : ", ") + std::string(c.name) + " = excluded." + c.name;
        }
        return "INSERT INTO whisper.revision (" + names + ") VALUES (" + parameters +
               ") ON CONFLICT (revision) DO UPDATE SET " + sets;
    }
    static std::string place_query() {
        std::string sets, where;
        int number = 0;
        for (const revision_column &c : revision_columns()) {
            if (!is_for_place(c)) continue;
            std::string const is = std::string(c.name) + " = $" + std::to_string(++number);
            if (c.part == revision_column::place)
                sets += (sets.empty() ? "" : ", ") + is;
            else
                where += (where.empty() ? "" : " AND ") + is;
        }
        return "UPDATE whisper.revision SET " + sets + " WHERE " + where;
    }

    pg::spi_session &session_;
    std::optional<pg::prepared> all_, place_;
};

void write_revisions(pg::spi_session &session, registry &r) {
    revision_writer writer(session);
    std::int64_t next = r.revisions.empty() ? 0 : 1;
    pg::strings texts;
    for (const revision_record &record : r.revisions) {
        next = std::max(next, record.registration + 1);
        if (record.unwritten && record.text) texts.push_back(record.revision);
    }
    if (!texts.empty()) delete_parts(session, {texts.data(), texts.size()});
    for (revision_record &record : r.revisions) {
        if (!record.unwritten) continue;
        if (record.registration == 0) record.registration = next++;
        if (!record.text) {
            writer.write_place(record);
        } else {
            writer.write(record);
            if (has_parts(*record.text)) record.text.reset();   // whoever needs it reads it again
        }
        record.unwritten = false;
    }
}

}   // namespace

void write_changes(pg::spi_session &session, registry &r) {
    if (r.pack_changed) write_pack(session, r);
    r.pack_changed = false;
    if (!r.removed.empty()) {
        pg::strings removed;
        for (const revision_record &record : r.removed) removed.push_back(record.revision);
        session.query_catalog("DELETE FROM whisper.revision WHERE revision = ANY ($1)", {pg::to_value(removed)});
        delete_parts(session, {removed.data(), removed.size()});
    }
    write_revisions(session, r);
    if (!r.newly_valid.empty())
        session.query_catalog(
            R"sql(
                UPDATE whisper.applied a SET checksum = r.checksum FROM whisper.revision r
                WHERE r.revision = a.revision AND a.revision = ANY ($1))sql",
            {pg::to_value(span_of(r.newly_valid))});
    r.newly_valid.clear();
    // What is applied and owned follows its revision.
    if (r.tiers_moved) {
        session.query_catalog(R"sql(
            UPDATE whisper.applied a SET tier = r.tier FROM whisper.revision r
            WHERE r.revision = a.revision AND r.tier <> a.tier)sql");
        session.query_catalog(R"sql(
            UPDATE whisper.owned_object o SET tier = r.tier FROM whisper.revision r
            WHERE r.revision = o.revision AND r.tier <> o.tier)sql");
    }
    r.tiers_moved = false;
    if (r.checks_changed) write_checks(session, r);
    r.checks_changed = false;
}

}   // namespace whisper::registry
