#include "registry/revision_columns.hpp"

#include "pg/parse.hpp"
#include "registry/section_text.hpp"

namespace whisper::registry {
namespace {

using record = revision_record;

pg::value value_of(const std::string &text) { return pg::to_value(text); }
pg::value value_of(bool flag) { return pg::to_value(flag); }
pg::value value_of(int number) { return pg::to_value(int32{number}); }
pg::value value_of(std::int64_t number) { return pg::to_value(static_cast<int64>(number)); }
pg::value value_of(const script::strings &texts) {
    return pg::to_value(std::span<const std::string>(texts.data(), texts.size()));
}

void take(std::string &into, const pg::rows &rows, std::size_t row, int column) { into = rows.text(row, column); }
void take(bool &into, const pg::rows &rows, std::size_t row, int column) { into = rows.boolean(row, column); }
void take(int &into, const pg::rows &rows, std::size_t row, int column) { into = rows.int4(row, column); }
void take(std::int64_t &into, const pg::rows &rows, std::size_t row, int column) {
    if (!rows.is_null(row, column)) into = rows.int8(row, column);
}
void take(std::optional<std::string> &into, const pg::rows &rows, std::size_t row, int column) {
    if (!rows.is_null(row, column)) into = rows.text(row, column);
}
void take(script::strings &into, const pg::rows &rows, std::size_t row, int column) {
    pg::strings const texts = rows.texts(row, column);
    into = {texts.begin(), texts.end()};
}

template <auto member>
pg::value put(const record &r) {
    return value_of(r.*member);
}
template <auto member>
void get(record &r, const pg::rows &rows, std::size_t row, int column) {
    take(r.*member, rows, row, column);
}
template <auto member>
pg::value put_or_null(const record &r) {
    return pg::text_or_null(r.*member);
}
// Of a file: NULL where there is none.
template <auto member>
pg::value put_of_file(const record &r) {
    return r.file.empty() ? pg::null_value(INT8OID) : value_of(r.*member);
}
template <auto member>
pg::value put_text(const record &r) {
    return value_of((*r.text).*member);
}
template <auto member>
void get_text(revision_text &text, const pg::rows &rows, int column) {
    take(text.*member, rows, 0, column);
}

pg::value put_up(const record &r) { return pg::to_value(first_part(r.text->up)); }
pg::value put_down(const record &r) {
    return r.text->down ? pg::to_value(first_part(*r.text->down)) : pg::null_value(TEXTOID);
}
pg::value put_verify(const record &r) { return r.has_verify ? value_of(r.text->verify) : pg::null_value(TEXTOID); }
pg::value put_batch(const record &r) {
    return r.batch_options.empty() ? pg::null_value(TEXTOID) : value_of(r.text->batch);
}
pg::value put_checksum(const record &r) { return pg::to_value(pg::bytes{r.checksum}); }
pg::value put_author(const record &r) { return pg::text_or_null(r.registered_by.name); }
pg::value put_author_oid(const record &r) {
    return r.registered_by.role == InvalidOid ? pg::null_value(OIDOID) : pg::oid_value(r.registered_by.role);
}

pg::value put_creates(const record &r) {
    pg::strings texts;
    for (const script::qualified_name &table : r.creates) texts.push_back(pg::to_text(table));
    return pg::to_value(texts);
}
void get_creates(record &r, const pg::rows &rows, std::size_t row, int column) {
    for (const std::string &table : rows.texts(row, column)) r.creates.push_back(pg::parse_name(table));
}

struct rerun_word {
    script::rerun_mode mode;
    std::string_view word;
};
constexpr rerun_word rerun_words[] = {{script::rerun_mode::changed, "changed"},
                                      {script::rerun_mode::whole, "whole"},
                                      {script::rerun_mode::always, "always"},
                                      {script::rerun_mode::never, "never"}};

pg::value put_rerun(const record &r) {
    for (auto const &[mode, word] : rerun_words)
        if (mode == r.rerun) return pg::to_value(word);
    return pg::to_value(rerun_words[0].word);
}
void get_rerun(record &r, const pg::rows &rows, std::size_t row, int column) {
    std::string const written = rows.text(row, column);
    for (auto const &[mode, word] : rerun_words)
        if (word == written) r.rerun = mode;
}

void get_author(record &r, const pg::rows &rows, std::size_t row, int column) {
    r.registered_by.name = rows.text(row, column);
}
void get_author_oid(record &r, const pg::rows &rows, std::size_t row, int column) {
    r.registered_by.role = rows.oid(row, column);
}

// Version 1.0.0 kept nobody: who applied the text answers for it, as long as it is the one that was applied.
constexpr const char *author_expression =
    "coalesce(nullif(r.registered_by::text, ''), CASE WHEN coalesce(r.file, '') = '' THEN"
    " coalesce((SELECT a.applied_by FROM whisper.applied a WHERE a.revision = r.revision"
    "  AND a.checksum = r.checksum)::text, '(unknown)') END)";
// A part of it has run: a deploy's, or what an adoption found.
constexpr const char *begun_expression =
    "r.revision IN (SELECT u.revision FROM whisper.unfinished_statement u UNION ALL"
    " SELECT s.revision FROM whisper.statement s"
    "  WHERE NOT EXISTS (SELECT FROM whisper.applied a WHERE a.revision = s.revision))";

using text = revision_text;
using enum revision_column::group;

constexpr revision_column columns[] = {
    {"registration", key, INT8OID, put<&record::registration>, get<&record::registration>},
    {"revision", key, TEXTOID, put<&record::revision>, get<&record::revision>},
    {"tier", contents, TEXTOID, put<&record::tier>, get<&record::tier>},
    {"message", contents, TEXTOID, put<&record::message>, get<&record::message>},
    {"down_revisions", place, TEXTARRAYOID, put<&record::down_revisions>, get<&record::down_revisions>},
    {"down_implicit", contents, BOOLOID, put<&record::down_implicit>, get<&record::down_implicit>},
    {"depends_on", place, TEXTARRAYOID, put<&record::depends_on>, get<&record::depends_on>},
    {"branch_labels", contents, TEXTARRAYOID, put<&record::branch_labels>, get<&record::branch_labels>},
    {"rerun", contents, TEXTOID, put_rerun, get_rerun},
    {"allow_data_loss", contents, BOOLOID, put<&record::allow_data_loss>, get<&record::allow_data_loss>},
    {"up_transactional", contents, BOOLOID, put<&record::up_transactional>, get<&record::up_transactional>},
    {"down_transactional", contents, BOOLOID, put<&record::down_transactional>, get<&record::down_transactional>},
    {"up_sql", contents, TEXTOID, put_up, nullptr, get_text<&text::up>},
    {"up_line", contents, INT4OID, put_text<&text::up_line>, nullptr, get_text<&text::up_line>},
    {"down_sql", contents, TEXTOID, put_down, get<&record::has_down>, get_text<&text::down>, "r.down_sql IS NOT NULL"},
    {"down_line", contents, INT4OID, put_text<&text::down_line>, nullptr, get_text<&text::down_line>},
    {"verify_sql", contents, TEXTOID, put_verify, get<&record::has_verify>, get_text<&text::verify>,
     "r.verify_sql IS NOT NULL"},
    {"verify_line", contents, INT4OID, put_text<&text::verify_line>, nullptr, get_text<&text::verify_line>},
    {"batch_options", contents, TEXTOID, put_or_null<&record::batch_options>, get<&record::batch_options>},
    {"batch_sql", contents, TEXTOID, put_batch, nullptr, get_text<&text::batch>},
    {"batch_line", contents, INT4OID, put_text<&text::batch_line>, nullptr, get_text<&text::batch_line>},
    {"lock_count", contents, INT4OID, put<&record::lock_count>, get<&record::lock_count>},
    {"creates", contents, TEXTARRAYOID, put_creates, get_creates},
    {"includes", contents, TEXTARRAYOID, put<&record::includes>, get<&record::includes>},
    {"placeholders", contents, TEXTARRAYOID, put<&record::placeholders>, get<&record::placeholders>},
    {"allow_invalid", contents, TEXTARRAYOID, put<&record::allow_invalid>, get<&record::allow_invalid>},
    {"checksum", contents, BYTEAOID, put_checksum, get<&record::checksum>},
    {"file", place, TEXTOID, put_or_null<&record::file>, get<&record::file>},
    {"file_size", place, INT8OID, put_of_file<&record::file_size>, get<&record::file_size>},
    {"file_mtime", place, INT8OID, put_of_file<&record::file_mtime>, get<&record::file_mtime>},
    {"missing", place, BOOLOID, put<&record::missing>, get<&record::missing>},
    {"registered_by", place, TEXTOID, put_author, get_author, nullptr, author_expression},
    {"registered_by_oid", place, OIDOID, put_author_oid, get_author_oid, nullptr, "coalesce(r.registered_by_oid, 0)"},
    {"begun", derived, BOOLOID, nullptr, get<&record::begun>, nullptr, begun_expression},
};

}   // namespace

std::span<const revision_column> revision_columns() noexcept { return columns; }

}   // namespace whisper::registry
