// The verify sections of the applied revisions.

#include "check/verify.hpp"
#include "pg/error_context.hpp"
#include "pg/subtransaction.hpp"
#include "registry/store.hpp"
#include "script/program.hpp"

extern "C" {
#include "catalog/pg_type.h"
}

namespace whisper::check {
namespace {

// The first boolean column of every row must be true; a statement without one only has to run.
std::string falsehood(const pg::rows &rows) {
    for (int column = 0; column < rows.columns(); ++column) {
        if (rows.column_type(column) != BOOLOID) continue;
        for (std::size_t row = 0; row < rows.size(); ++row)
            if (rows.is_null(row, column) || !rows.boolean(row, column))
                return "column \"" + rows.column_name(column) + "\" of row " + std::to_string(row + 1) + " is " +
                       (rows.is_null(row, column) ? "null" : "false");
        break;
    }
    return {};
}

// Empty when the section holds.
std::string run_section(engine::workspace &work, const registry::revision_record &revision,
                        const registry::revision_text &text) {
    script::program const program = script::compile(text.verify, revision.file, text.verify_line);
    std::string trouble;
    auto const failed = pg::attempt(
        [&] {
            pg::settings_scope settings;
            settings.set("transaction_read_only", "on");
            for (const script::action &a : program.actions) {
                if (a.kind == script::action_kind::echo) continue;
                std::string const sql(a.text);
                std::string const wrong = falsehood(work.session().query(sql.c_str()));
                if (wrong.empty()) continue;
                trouble = "line " + std::to_string(text.verify_line + a.line - 1) + ": " + wrong;
                return;
            }
        },
        false);
    return failed ? failed->message : trouble;
}

}  // namespace

void check_sections(engine::workspace &work, findings &out) {
    const registry::registry &r = work.registry();
    for (const registry::revision_record &revision : r.revisions) {
        if (!revision.has_verify || !r.find_applied(revision.revision)) continue;
        pg::check_interrupts();
        std::string const trouble = run_section(work, revision, registry::read_text(work.session(), revision));
        out.push_back({"verify section", revision.revision, trouble.empty(), trouble.empty() ? "holds" : trouble,
                       trouble.empty() ? "" : "SELECT verify_sql FROM whisper_show('" + revision.revision + "')"});
    }
}

}  // namespace whisper::check
