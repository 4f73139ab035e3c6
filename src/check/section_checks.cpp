// The verify sections of the applied revisions, and the pack's own checks.

#include "check/verify.hpp"
#include "pg/authority.hpp"
#include "script/program.hpp"
#include "script/quote.hpp"
#include "state/verify_section.hpp"

namespace whisper::check {
namespace {

int column_named(const pg::rows &rows, std::string_view name) {
    for (int column = 0; column < rows.columns(); ++column)
        if (rows.column_name(column) == name) return column;
    return -1;
}

// What a row of a pack check says; columns by name, the first boolean when none is called "ok".
finding row_finding(const std::string &check, const pg::rows &rows, std::size_t row) {
    auto const text = [&](const char *name) {
        int const column = column_named(rows, name);
        return column < 0 ? std::string() : rows.as_text(row, column);
    };
    int const named = column_named(rows, "ok");
    int const ok = named >= 0 && rows.column_type(named) == BOOLOID ? named : state::first_boolean(rows);
    finding f{check, text("subject"), ok < 0 || (!rows.is_null(row, ok) && rows.boolean(row, ok)), text("detail"),
              text("hint")};
    if (f.ok) f.hint.clear();
    return f;
}

}   // namespace

void check_sections(session::workspace &work, findings &out) {
    const registry::registry &r = work.registry();
    auto const sections = state::read_verify_sections(work);
    for (const registry::revision_record &revision : r.revisions) {
        if (!revision.has_verify || !r.find_applied(revision.revision)) continue;
        pg::check_interrupts();
        auto const found = sections.find(revision.revision);
        if (found == sections.end()) continue;   // another session has just taken it out
        state::verify_text const &text = found->second;
        script::program const program = script::compile(script::unread(), text.sql, revision.file, text.line);
        if (program.statements() == 0) continue;
        if (pg::authority_of(text.author) == pg::authority::none) {
            bool const known = !(text.author == state::nobody_known());
            out.push_back(
                {"verify section", revision.revision, false,
                 known ? "not run: role \"" + text.author.name + "\" registered it" : "not run: nobody answers for it",
                 known ? "call whisper_verify() as that role, or as one that has its privileges"
                       : "read it, and have a superuser call SELECT whisper_register(whisper_export(" +
                             script::quote_literal(revision.revision) + "))"});
            continue;
        }
        state::verify_outcome const outcome = state::verify(work, program, text);
        std::string const &trouble = outcome.error.empty() ? outcome.falsehood : outcome.error;
        out.push_back({"verify section", revision.revision, trouble.empty(), trouble.empty() ? "holds" : trouble,
                       trouble.empty() ? ""
                                       : "SELECT * FROM whisper_repair('" + revision.revision +
                                             "') /* with nothing to repair: mend what the section found, or it */"});
    }
}

void check_pack(session::workspace &work, findings &out) {
    for (const registry::check_record &check : work.registry().checks) {
        pg::check_interrupts();
        script::program const program = script::compile(script::unread(), check.sql, check.file, check.line);
        findings found;
        std::string const error =
            state::run_read_only(work, program, {}, [&](const script::action &, const pg::rows &rows) {
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
