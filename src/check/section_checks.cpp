// The verify sections of the applied revisions, and the pack's own checks.

#include "check/verify.hpp"
#include "pg/authority.hpp"
#include "pg/subtransaction.hpp"
#include "script/program.hpp"
#include "script/quote.hpp"

#include <unordered_map>

namespace whisper::check {
namespace {

int column_named(const pg::rows &rows, std::string_view name) {
    for (int column = 0; column < rows.columns(); ++column)
        if (rows.column_name(column) == name) return column;
    return -1;
}

int first_boolean(const pg::rows &rows) {
    for (int column = 0; column < rows.columns(); ++column)
        if (rows.column_type(column) == BOOLOID) return column;
    return -1;
}

// Runs a script's statements read-only, hands each one's rows to `take`, and leaves nothing behind. Returns the error
// message of the first statement that failed; cancel and shutdown go on upwards. Read-only keeps nobody from writing a
// file or calling a function, so what a role registered runs with no more rights than that role has.
template <class Take>
std::string run_read_only(session::workspace &work, const script::program &program, const lookup &in, Take take) {
    bool const queries_only = in.how == pg::authority::author;   // a PREPARE would outlive the rollback
    auto const failed = pg::attempt(
        [&] {
            pg::authority_scope const rights(in.how, in.author);
            pg::settings_scope settings;
            settings.set("transaction_read_only", "on");
            if (in.search_path) settings.set("search_path", in.search_path->c_str());
            for (const script::action &a : program.actions) {
                if (a.kind == script::action_kind::echo) continue;
                std::string const sql(a.text);
                if (!take(a, work.session().query(sql.c_str(), {}, queries_only))) return;
            }
        },
        false);
    return failed ? failed->message : std::string();
}

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

pg::author nobody_known() { return {"(unknown)", InvalidOid}; }

struct verify_text {
    std::string sql;
    int line;
    pg::author author;   // who answers for it: read with it, or another session could register another text in between
};

// Read in one query; what was just read from a file counts before what is stored.
std::unordered_map<std::string, verify_text> read_sections(session::workspace &work) {
    std::unordered_map<std::string, verify_text> sections;
    pg::engine_scope const scope;
    pg::rows const rows = work.session().query(
        "SELECT revision, verify_sql, verify_line, registered_by::text,"
        " coalesce(registered_by_oid, 0::oid) FROM whisper.revision WHERE verify_sql IS NOT NULL");
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

// What a row of a pack check says; columns by name, the first boolean when none is called "ok".
finding row_finding(const std::string &check, const pg::rows &rows, std::size_t row) {
    auto const text = [&](const char *name) {
        int const column = column_named(rows, name);
        return column < 0 ? std::string() : rows.as_text(row, column);
    };
    int const named = column_named(rows, "ok");
    int const ok = named >= 0 && rows.column_type(named) == BOOLOID ? named : first_boolean(rows);
    finding f{check, text("subject"), ok < 0 || (!rows.is_null(row, ok) && rows.boolean(row, ok)), text("detail"),
              text("hint")};
    if (f.ok) f.hint.clear();
    return f;
}

}   // namespace

void check_sections(session::workspace &work, const applied_paths &paths, findings &out) {
    const registry::registry &r = work.registry();
    std::unordered_map<std::string, verify_text> const sections = read_sections(work);
    for (const registry::revision_record &revision : r.revisions) {
        if (!revision.has_verify || !r.find_applied(revision.revision)) continue;
        pg::check_interrupts();
        auto const found = sections.find(revision.revision);
        if (found == sections.end()) continue;   // another session has just taken it out
        verify_text const &text = found->second;
        script::program const program = script::compile(script::unread(), text.sql, revision.file, text.line);
        if (program.statements() == 0) continue;
        if (pg::authority_of(text.author) == pg::authority::none) {
            bool const known = !(text.author == nobody_known());
            out.push_back(
                {"verify section", revision.revision, false,
                 known ? "not run: role \"" + text.author.name + "\" registered it" : "not run: nobody answers for it",
                 known ? "call whisper_verify() as that role, or as one that has its privileges"
                       : "read it, and have a superuser call SELECT whisper_register(whisper_export(" +
                             script::quote_literal(revision.revision) + "))"});
            continue;
        }
        lookup const in = paths.for_section(revision.revision, text.author);
        if (!in.runs()) {
            out.push_back({"verify section", revision.revision, false, in.detail, in.fix_hint});
            continue;
        }
        std::string trouble;
        std::string const error = run_read_only(work, program, in, [&](const script::action &a, const pg::rows &rows) {
            std::string const wrong = falsehood(rows);
            if (!wrong.empty()) trouble = "line " + std::to_string(a.line_in_file(text.line)) + ": " + wrong;
            return wrong.empty();
        });
        if (!error.empty()) trouble = error;
        out.push_back({"verify section", revision.revision, trouble.empty(), trouble.empty() ? "holds" : trouble,
                       trouble.empty() ? ""
                                       : "SELECT * FROM whisper_repair('" + revision.revision +
                                             "') /* with nothing to repair: mend what the section found, or it */"});
    }
}

void check_pack(session::workspace &work, const applied_paths &paths, findings &out) {
    lookup const in = paths.for_checks();
    for (const registry::check_record &check : work.registry().checks) {
        if (!in.runs()) {
            out.push_back({check.name, check.file, false, in.detail, in.fix_hint});
            continue;
        }
        pg::check_interrupts();
        script::program const program = script::compile(script::unread(), check.sql, check.file, check.line);
        findings found;
        std::string const error = run_read_only(work, program, in, [&](const script::action &, const pg::rows &rows) {
            for (std::size_t row = 0; row < rows.size(); ++row) found.push_back(row_finding(check.name, rows, row));
            return true;
        });
        if (!error.empty())
            found.push_back({check.name, check.file, false, error,
                             "mend the check: SELECT sql FROM whisper.pack_check WHERE name = " +
                                 script::quote_literal(check.name)});
        for (finding &f : found) out.push_back(std::move(f));
    }
}

}   // namespace whisper::check
