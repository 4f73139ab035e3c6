#include "state/verify_section.hpp"

#include "pg/authority.hpp"
#include "pg/subtransaction.hpp"

namespace whisper::state {
namespace {

// The first boolean column of every row must be true; a statement without one only has to run.
std::string falsehood(const pg::rows &rows) {
    int const column = first_boolean(rows);
    if (column < 0) return {};
    for (std::size_t row = 0; row < rows.size(); ++row)
        if (rows.is_null(row, column) || !rows.boolean(row, column))
            return "column \"" + rows.column_name(column) + "\" of row " + std::to_string(row + 1) + " is " +
                   (rows.is_null(row, column) ? "null" : "false");
    return {};
}

}   // namespace

pg::author nobody_known() { return {"(unknown)", InvalidOid}; }

int first_boolean(const pg::rows &rows) {
    for (int column = 0; column < rows.columns(); ++column)
        if (rows.column_type(column) == BOOLOID) return column;
    return -1;
}

std::string run_read_only(session::workspace &work, const script::program &program, const text_rights &rights,
                          const std::function<bool(const script::action &, const pg::rows &)> &take) {
    bool const queries_only = rights.how == pg::authority::author;   // a PREPARE would outlive the rollback
    auto const failed = pg::attempt(
        [&] {
            pg::authority_scope const scope(rights.how, rights.author);
            pg::settings_scope settings;
            settings.set("transaction_read_only", "on");
            if (rights.search_path) settings.set("search_path", rights.search_path->c_str());
            for (const script::action &a : program.actions) {
                if (a.kind == script::action_kind::echo) continue;
                std::string const sql(a.text);
                if (!take(a, work.session().query_as_caller(sql.c_str(), {}, queries_only))) return;
            }
        },
        false);
    return failed ? failed->message : std::string();
}

std::unordered_map<std::string, verify_text> read_verify_sections(session::workspace &work) {
    std::unordered_map<std::string, verify_text> sections;
    pg::engine_scope const scope;
    pg::rows const rows = work.session().query_catalog(
        R"sql(
            SELECT revision, verify_sql, verify_line, registered_by::text,
            coalesce(registered_by_oid, 0::oid) FROM whisper.revision WHERE verify_sql IS NOT NULL)sql");
    for (std::size_t i = 0; i < rows.size(); ++i)
        sections.emplace(rows.text(i, 0),
                         verify_text{rows.text(i, 1), rows.int4(i, 2), {rows.text(i, 3), rows.oid(i, 4)}});
    for (const registry::revision_record &revision : work.registry().revisions) {
        auto const stored = sections.find(revision.revision);
        // Of no role: a file's, or of a time when nobody was kept. Who applied a text has not seen its verify section,
        // which could be replaced afterwards.
        if (stored != sections.end() && stored->second.author.name.empty())
            stored->second.author = revision.file.empty() ? nobody_known() : revision.registered_by;
        if (revision.text)
            sections.insert_or_assign(revision.revision, verify_text{revision.text->verify, revision.text->verify_line,
                                                                     revision.registered_by});
    }
    return sections;
}

verify_outcome verify(session::workspace &work, const script::program &program, int first_line,
                      const text_rights &rights) {
    verify_outcome outcome;
    outcome.error = run_read_only(work, program, rights, [&](const script::action &a, const pg::rows &rows) {
        std::string const wrong = falsehood(rows);
        if (!wrong.empty()) outcome.falsehood = "line " + std::to_string(a.line_in_file(first_line)) + ": " + wrong;
        return wrong.empty();
    });
    return outcome;
}

}   // namespace whisper::state
