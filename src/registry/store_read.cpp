#include "registry/store.hpp"

#include "pg/parse.hpp"
#include "pg/settings.hpp"
#include "registry/section_text.hpp"

#include <algorithm>

namespace whisper::registry {
namespace {

script::strings names(const pg::strings &texts) { return {texts.begin(), texts.end()}; }

script::rerun_mode rerun_of(std::string_view name) {
    return name == "whole"    ? script::rerun_mode::whole
           : name == "always" ? script::rerun_mode::always
           : name == "never"  ? script::rerun_mode::never
                              : script::rerun_mode::changed;
}

void read_pack(pg::spi_session &session, registry &r) {
    {
        pg::rows const pack =
            session.query("SELECT name, location, default_profile, critical_tables FROM whisper.pack");
        if (pack.size() > 0) {
            r.pack_name = pack.text(0, 0);
            r.location = pack.text(0, 1);
            r.default_profile = pack.text(0, 2);
            r.critical_tables = names(pack.texts(0, 3));
        }
    }
    {
        pg::rows const tiers = session.query("SELECT name, kind, format FROM whisper.tier ORDER BY position");
        for (std::size_t i = 0; i < tiers.size(); ++i)
            r.tiers.push_back(
                {tiers.text(i, 0),
                 tiers.text(i, 1) == "repeatable" ? script::tier_kind::repeatable : script::tier_kind::versioned,
                 tiers.is_null(i, 2) ? std::nullopt : std::optional(tiers.text(i, 2))});
    }
    pg::rows const profiles = session.query("SELECT name, tiers FROM whisper.profile ORDER BY position");
    for (std::size_t i = 0; i < profiles.size(); ++i)
        r.profiles.push_back({profiles.text(i, 0), names(profiles.texts(i, 1))});
}

void read_revisions(pg::spi_session &session, registry &r) {
    pg::rows const rows = session.query(
        "SELECT registration, revision, tier, message, down_revisions, depends_on, branch_labels, down_implicit, rerun,"
        " up_transactional, down_transactional, down_sql IS NOT NULL, verify_sql IS NOT NULL, checksum, file, "
        "file_size,"
        " file_mtime, missing, creates, includes, batch_options, lock_count,"
        // Version 1.0.0 kept nobody: who applied the text answers for it, as long as it is the one that was applied.
        " coalesce(nullif(registered_by::pg_catalog.text, ''), CASE WHEN coalesce(file, '') OPERATOR(pg_catalog.=) ''"
        "  THEN coalesce((SELECT a.applied_by FROM whisper.applied a WHERE a.revision OPERATOR(pg_catalog.=) r.revision"
        "   AND a.checksum OPERATOR(pg_catalog.=) r.checksum)::pg_catalog.text, '(unknown)') END),"
        " coalesce(registered_by_oid, 0::pg_catalog.oid), revision IN (SELECT u.revision FROM "
        "whisper.unfinished_statement u"
        "  UNION ALL SELECT s.revision FROM whisper.statement s WHERE NOT EXISTS"
        "  (SELECT FROM whisper.applied a WHERE a.revision OPERATOR(pg_catalog.=) s.revision)), allow_data_loss, "
        "placeholders, allow_invalid"
        " FROM whisper.revision AS r ORDER BY registration");
    r.revisions.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        revision_record record;
        record.registration = rows.int8(i, 0);
        record.revision = rows.text(i, 1);
        record.tier = rows.text(i, 2);
        record.message = rows.text(i, 3);
        record.down_revisions = names(rows.texts(i, 4));
        record.depends_on = names(rows.texts(i, 5));
        record.branch_labels = names(rows.texts(i, 6));
        record.down_implicit = rows.boolean(i, 7);
        record.rerun = rerun_of(rows.text(i, 8));
        record.up_transactional = rows.boolean(i, 9);
        record.down_transactional = rows.boolean(i, 10);
        record.has_down = rows.boolean(i, 11);
        record.has_verify = rows.boolean(i, 12);
        record.checksum = rows.text(i, 13);
        record.file = rows.text(i, 14);
        if (!record.file.empty()) {
            record.file_size = rows.int8(i, 15);
            record.file_mtime = rows.int8(i, 16);
        }
        record.missing = rows.boolean(i, 17);
        for (const std::string &table : rows.texts(i, 18)) record.creates.push_back(pg::parse_name(table));
        record.includes = names(rows.texts(i, 19));
        record.batch_options = rows.text(i, 20);
        record.lock_count = rows.int4(i, 21);
        record.registered_by = {rows.text(i, 22), rows.oid(i, 23)};
        record.begun = rows.boolean(i, 24);
        record.allow_data_loss = rows.boolean(i, 25);
        record.placeholders = names(rows.texts(i, 26));
        record.allow_invalid = names(rows.texts(i, 27));
        r.revisions.push_back(std::move(record));
    }
}

void read_applied(pg::spi_session &session, registry &r) {
    pg::rows const rows = session.query(
        "SELECT revision, tier, checksum, origin, applied_by::pg_catalog.text, applied_at FROM whisper.applied");
    r.applied.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i)
        r.applied.push_back(
            {rows.text(i, 0), rows.text(i, 1), rows.text(i, 2), rows.text(i, 3), rows.text(i, 4), rows.time(i, 5)});
    std::sort(r.applied.begin(), r.applied.end(),
              [](const applied_record &a, const applied_record &b) { return a.revision < b.revision; });
}

void read_checks(pg::spi_session &session, registry &r) {
    pg::rows const rows = session.query(
        "SELECT name, message, sql, file, line, file_size, file_mtime FROM whisper.pack_check ORDER BY name");
    for (std::size_t i = 0; i < rows.size(); ++i)
        r.checks.push_back({rows.text(i, 0), rows.text(i, 1), rows.text(i, 2), rows.text(i, 3), rows.int4(i, 4),
                            rows.int8(i, 5), rows.int8(i, 6)});
}

failure registered_meanwhile(const revision_record &record) {
    return failure(sqlstate::serialization_failure,
                   "revision \"" + record.revision + "\" was registered anew while it was read",
                   "Another session has sent another text, or answers for it now.", "repeat the call");
}

}   // namespace

registry read_catalog(pg::spi_session &session) {
    registry r;
    read_pack(session, r);
    read_revisions(session, r);
    read_applied(session, r);
    read_checks(session, r);
    return r;
}

revision_text read_text(pg::spi_session &session, const revision_record &record) {
    if (record.text) return *record.text;
    pg::engine_scope const scope;
    pg::rows const row = session.query_often(
        "SELECT up_sql, up_line, down_sql, down_line, verify_sql, verify_line,"
        " batch_sql, batch_line, nullif(registered_by::pg_catalog.text, ''),"
        " coalesce(registered_by_oid, 0::pg_catalog.oid), checksum, xmin::pg_catalog.text, placeholders"
        " FROM whisper.revision WHERE revision OPERATOR(pg_catalog.=) $1",
        {pg::to_value(record.revision)});
    if (row.size() == 0)
        throw failure(sqlstate::unknown_revision, "revision \"" + record.revision + "\" is not registered");
    // Who answers for the text was read before it.
    bool const same_author = row.is_null(0, 8) || pg::author{row.text(0, 8), row.oid(0, 9)} == record.registered_by;
    if (!same_author || row.text(0, 10) != record.checksum || names(row.texts(0, 12)) != record.placeholders)
        throw registered_meanwhile(record);
    revision_text text;
    text.up = row.text(0, 0);
    text.up_line = row.int4(0, 1);
    if (!row.is_null(0, 2)) text.down = row.text(0, 2);
    text.down_line = row.int4(0, 3);
    text.verify = row.text(0, 4);
    text.verify_line = row.int4(0, 5);
    text.batch = row.text(0, 6);
    text.batch_line = row.int4(0, 7);
    if (read_parts(session, record.revision, text) &&
        session.query_often("SELECT FROM whisper.revision WHERE revision OPERATOR(pg_catalog.=) $1"
                            " AND xmin::pg_catalog.text OPERATOR(pg_catalog.=) $2",
                            {pg::to_value(record.revision), row.cell(0, 11)})
                .size() == 0)
        throw registered_meanwhile(record);
    return text;
}

}   // namespace whisper::registry
