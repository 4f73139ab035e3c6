#include "registry/store.hpp"

#include "pg/parse.hpp"
#include "registry/section_text.hpp"

#include <algorithm>

namespace whisper::registry {
namespace {

std::span<const std::string> span_of(const script::strings &s) { return {s.data(), s.size()}; }

pg::value names_of(const table_names &tables) {
    pg::strings texts;
    for (const script::qualified_name &table : tables) texts.push_back(pg::to_text(table));
    return pg::to_value(texts);
}

std::string_view rerun_name(script::rerun_mode mode) {
    switch (mode) {
        case script::rerun_mode::whole:
            return "whole";
        case script::rerun_mode::always:
            return "always";
        case script::rerun_mode::never:
            return "never";
        default:
            return "changed";
    }
}

void write_checks(pg::spi_session &session, const registry &r) {
    session.query("DELETE FROM whisper.pack_check");
    for (const check_record &c : r.checks)
        session.query(
            "INSERT INTO whisper.pack_check (name, message, sql, file, line, file_size, file_mtime)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7)",
            {pg::to_value(c.name), pg::to_value(c.message), pg::to_value(c.sql), pg::to_value(c.file),
             pg::to_value(int32{c.line}), pg::to_value(static_cast<int64>(c.file_size)),
             pg::to_value(static_cast<int64>(c.file_mtime))});
}

void write_pack(pg::spi_session &session, const registry &r) {
    session.query("DELETE FROM whisper.pack");
    session.query("INSERT INTO whisper.pack VALUES ($1, $2, $3, $4, pg_catalog.clock_timestamp())",
                  {pg::to_value(r.pack_name), pg::to_value(r.location), pg::to_value(r.default_profile),
                   pg::to_value(span_of(r.critical_tables))});
    session.query("DELETE FROM whisper.tier");
    int position = 0;
    for (const tier_record &t : r.tiers)
        session.query("INSERT INTO whisper.tier VALUES ($1, $2, $3, $4)",
                      {pg::to_value(t.name), pg::to_value(int32{++position}),
                       pg::to_value(t.kind == script::tier_kind::repeatable ? "repeatable" : "versioned"),
                       pg::to_value(t.format)});
    session.query("DELETE FROM whisper.profile");
    position = 0;
    for (const profile_record &p : r.profiles)
        session.query("INSERT INTO whisper.profile VALUES ($1, $2, $3)",
                      {pg::to_value(p.name), pg::to_value(int32{++position}), pg::to_value(span_of(p.tiers))});
}

constexpr const char *upsert =
    "INSERT INTO whisper.revision (registration, revision, tier, message, down_revisions, down_implicit, depends_on,"
    " branch_labels, rerun, up_transactional, down_transactional, up_sql, up_line, down_sql, down_line, verify_sql,"
    " verify_line, checksum, file, file_size, file_mtime, missing, creates, includes, batch_options,"
    " batch_sql, batch_line, lock_count, registered_by, registered_by_oid,"
    " allow_data_loss, placeholders, allow_invalid)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,"
    " $24, $25, $26, $27, $28, $29::pg_catalog.name, $30, $31, $32, $33)"
    " ON CONFLICT (revision) DO UPDATE SET tier = excluded.tier, message = excluded.message,"
    " down_revisions = excluded.down_revisions, down_implicit = excluded.down_implicit,"
    " depends_on = excluded.depends_on, branch_labels = excluded.branch_labels, rerun = excluded.rerun,"
    " up_transactional = excluded.up_transactional, down_transactional = excluded.down_transactional,"
    " up_sql = excluded.up_sql, up_line = excluded.up_line, down_sql = excluded.down_sql,"
    " down_line = excluded.down_line, verify_sql = excluded.verify_sql, verify_line = excluded.verify_line,"
    " checksum = excluded.checksum, file = excluded.file, file_size = excluded.file_size,"
    " file_mtime = excluded.file_mtime, missing = excluded.missing, creates = excluded.creates,"
    " includes = excluded.includes, batch_options = excluded.batch_options, batch_sql = excluded.batch_sql,"
    " batch_line = excluded.batch_line, lock_count = excluded.lock_count,"
    " registered_by = excluded.registered_by, registered_by_oid = excluded.registered_by_oid,"
    " allow_data_loss = excluded.allow_data_loss, placeholders = excluded.placeholders,"
    " allow_invalid = excluded.allow_invalid";

pg::value author_oid(const revision_record &r) {
    return r.registered_by.role == InvalidOid ? pg::null_value(OIDOID) : pg::oid_value(r.registered_by.role);
}

void write_text(pg::prepared &statement, const revision_record &r) {
    revision_text const &t = *r.text;
    bool const from_file = !r.file.empty();
    statement.execute({pg::to_value(static_cast<int64>(r.registration)),
                       pg::to_value(r.revision),
                       pg::to_value(r.tier),
                       pg::to_value(r.message),
                       pg::to_value(span_of(r.down_revisions)),
                       pg::to_value(r.down_implicit),
                       pg::to_value(span_of(r.depends_on)),
                       pg::to_value(span_of(r.branch_labels)),
                       pg::to_value(rerun_name(r.rerun)),
                       pg::to_value(r.up_transactional),
                       pg::to_value(r.down_transactional),
                       pg::to_value(first_part(t.up)),
                       pg::to_value(int32{t.up_line}),
                       t.down ? pg::to_value(first_part(*t.down)) : pg::null_value(TEXTOID),
                       pg::to_value(int32{t.down_line}),
                       r.has_verify ? pg::to_value(t.verify) : pg::null_value(TEXTOID),
                       pg::to_value(int32{t.verify_line}),
                       pg::to_value(pg::bytes{r.checksum}),
                       pg::text_or_null(r.file),
                       from_file ? pg::to_value(static_cast<int64>(r.file_size)) : pg::null_value(INT8OID),
                       from_file ? pg::to_value(static_cast<int64>(r.file_mtime)) : pg::null_value(INT8OID),
                       pg::to_value(r.missing),
                       names_of(r.creates),
                       pg::to_value(span_of(r.includes)),
                       pg::text_or_null(r.batch_options),
                       r.batch_options.empty() ? pg::null_value(TEXTOID) : pg::to_value(t.batch),
                       pg::to_value(int32{t.batch_line}),
                       pg::to_value(int32{r.lock_count}),
                       pg::text_or_null(r.registered_by.name),
                       author_oid(r),
                       pg::to_value(r.allow_data_loss),
                       pg::to_value(span_of(r.placeholders)),
                       pg::to_value(span_of(r.allow_invalid))});
}

// Where the text is as it was: the file's place and time, edges that its file does not give, or that it is gone.
void write_place(pg::spi_session &session, const revision_record &r) {
    session.query_often(
        "UPDATE whisper.revision SET file_mtime = $2, file_size = $3, missing = $4, down_revisions = $5,"
        " file = $6, depends_on = $7, registered_by = $8::pg_catalog.name, registered_by_oid = $9"
        " WHERE revision OPERATOR(pg_catalog.=) $1",
        {pg::to_value(r.revision), pg::to_value(static_cast<int64>(r.file_mtime)),
         pg::to_value(static_cast<int64>(r.file_size)), pg::to_value(r.missing),
         pg::to_value(span_of(r.down_revisions)), pg::text_or_null(r.file), pg::to_value(span_of(r.depends_on)),
         pg::text_or_null(r.registered_by.name), author_oid(r)});
}

void write_revisions(pg::spi_session &session, registry &r) {
    std::optional<pg::prepared> statement;
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
            write_place(session, record);
        } else {
            if (!statement)
                statement.emplace(
                    upsert, std::initializer_list<Oid>{INT8OID, TEXTOID,      TEXTOID,      TEXTOID,      TEXTARRAYOID,
                                                       BOOLOID, TEXTARRAYOID, TEXTARRAYOID, TEXTOID,      BOOLOID,
                                                       BOOLOID, TEXTOID,      INT4OID,      TEXTOID,      INT4OID,
                                                       TEXTOID, INT4OID,      BYTEAOID,     TEXTOID,      INT8OID,
                                                       INT8OID, BOOLOID,      TEXTARRAYOID, TEXTARRAYOID, TEXTOID,
                                                       TEXTOID, INT4OID,      INT4OID,      TEXTOID,      OIDOID,
                                                       BOOLOID, TEXTARRAYOID, TEXTARRAYOID});
            write_text(*statement, record);
            write_parts(session, record.revision, *record.text);
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
        session.query("DELETE FROM whisper.revision WHERE revision OPERATOR(pg_catalog.=) ANY ($1)",
                      {pg::to_value(removed)});
        delete_parts(session, {removed.data(), removed.size()});
    }
    write_revisions(session, r);
    // What is applied and owned follows its revision.
    if (r.tiers_moved)
        for (const char *const follow : {"UPDATE whisper.applied a SET tier = r.tier FROM whisper.revision r"
                                         " WHERE r.revision = a.revision AND r.tier <> a.tier",
                                         "UPDATE whisper.owned_object o SET tier = r.tier FROM whisper.revision r"
                                         " WHERE r.revision = o.revision AND r.tier <> o.tier"})
            session.query(follow);
    r.tiers_moved = false;
    if (r.checks_changed) write_checks(session, r);
    r.checks_changed = false;
}

}   // namespace whisper::registry
