#include "registry/store.hpp"

#include "pg/settings.hpp"
#include "registry/revision_columns.hpp"
#include "registry/section_text.hpp"

#include <algorithm>

namespace whisper::registry {
namespace {

script::strings names(const pg::strings &texts) { return {texts.begin(), texts.end()}; }

void read_pack(pg::spi_session &session, registry &r) {
    {
        pg::rows const pack =
            session.query_catalog("SELECT name, location, default_profile, critical_tables FROM whisper.pack");
        if (pack.size() > 0) {
            r.pack_name = pack.text(0, 0);
            r.location = pack.text(0, 1);
            r.default_profile = pack.text(0, 2);
            r.critical_tables = names(pack.texts(0, 3));
        }
    }
    {
        pg::rows const tiers = session.query_catalog("SELECT name, kind, format FROM whisper.tier ORDER BY position");
        for (std::size_t i = 0; i < tiers.size(); ++i)
            r.tiers.push_back(
                {tiers.text(i, 0),
                 tiers.text(i, 1) == "repeatable" ? script::tier_kind::repeatable : script::tier_kind::versioned,
                 tiers.is_null(i, 2) ? std::nullopt : std::optional(tiers.text(i, 2))});
    }
    pg::rows const profiles = session.query_catalog("SELECT name, tiers FROM whisper.profile ORDER BY position");
    for (std::size_t i = 0; i < profiles.size(); ++i)
        r.profiles.push_back({profiles.text(i, 0), names(profiles.texts(i, 1))});
}

std::string expression_of(const revision_column &c) { return c.expression ? c.expression : std::string("r.") + c.name; }

void read_revisions(pg::spi_session &session, registry &r) {
    std::string selected;
    for (const revision_column &c : revision_columns())
        if (c.get) selected += (selected.empty() ? "" : ", ") + expression_of(c);
    std::string const sql = "SELECT " + selected + " FROM whisper.revision AS r ORDER BY r.registration";
    pg::rows const rows = session.query_catalog(sql.c_str());
    r.revisions.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        revision_record record;
        int column = 0;
        for (const revision_column &c : revision_columns())
            if (c.get) c.get(record, rows, i, column++);
        r.revisions.push_back(std::move(record));
    }
}

void read_applied(pg::spi_session &session, registry &r) {
    pg::rows const rows = session.query_catalog(
        "SELECT revision, tier, checksum, origin, applied_by::text, applied_at FROM whisper.applied");
    r.applied.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i)
        r.applied.push_back(
            {rows.text(i, 0), rows.text(i, 1), rows.text(i, 2), rows.text(i, 3), rows.text(i, 4), rows.time(i, 5)});
    std::sort(r.applied.begin(), r.applied.end(),
              [](const applied_record &a, const applied_record &b) { return a.revision < b.revision; });
}

void read_checks(pg::spi_session &session, registry &r) {
    pg::rows const rows = session.query_catalog(
        "SELECT name, message, sql, file, line, file_size, file_mtime FROM whisper.pack_check ORDER BY name");
    for (std::size_t i = 0; i < rows.size(); ++i)
        r.checks.push_back({rows.text(i, 0), rows.text(i, 1), rows.text(i, 2), rows.text(i, 3), rows.int4(i, 4),
                            rows.int8(i, 5), rows.int8(i, 6)});
}

[[noreturn]] void refuse_registered_meanwhile(const revision_record &record) {
    throw failure(sqlstate::serialization_failure,
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
    // Who answers for the text was read before it.
    pg::rows const row = session.query_often(
        R"sql(
            SELECT nullif(registered_by::text, ''), coalesce(registered_by_oid, 0), checksum,
            placeholders, xmin::text, r.* FROM whisper.revision r WHERE revision = $1)sql",
        {pg::to_value(record.revision)});
    if (row.size() == 0)
        throw failure(sqlstate::unknown_revision, "revision \"" + record.revision + "\" is not registered");
    bool const same_author = row.is_null(0, 0) || pg::author{row.text(0, 0), row.oid(0, 1)} == record.registered_by;
    if (!same_author || row.text(0, 2) != record.checksum || names(row.texts(0, 3)) != record.placeholders)
        refuse_registered_meanwhile(record);
    revision_text text;
    for (int column = 5; column < row.columns(); ++column)
        for (const revision_column &c : revision_columns())
            if (c.get_text && row.column_name(column) == c.name) c.get_text(text, row, column);
    if (read_parts(session, record.revision, text) &&
        session.query_often("SELECT FROM whisper.revision WHERE revision = $1 AND xmin::text = $2",
                            {pg::to_value(record.revision), row.cell(0, 4)})
                .size() == 0)
        refuse_registered_meanwhile(record);
    return text;
}

}   // namespace whisper::registry
