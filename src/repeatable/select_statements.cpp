#include "repeatable/select_statements.hpp"

#include "pg/parse.hpp"
#include "pg/settings.hpp"
#include "registry/record.hpp"
#include "repeatable/invalidated.hpp"
#include "repeatable/lookup_object.hpp"

#include <unordered_map>

namespace whisper::repeatable {
namespace {

struct recorded_statement {
    std::string checksum, verb, object_type, object_name;
    int number;
    bool rerunnable;
};

boost::container::vector<recorded_statement> read_recorded(pg::spi_session &session, const std::string &revision) {
    pg::engine_scope const scope;
    boost::container::vector<recorded_statement> all;
    pg::rows const rows = session.query(
        "SELECT checksum, verb, object_type, object_name, number, rerunnable FROM whisper.statement"
        " WHERE revision OPERATOR(pg_catalog.=) $1 ORDER BY number",
        {pg::to_value(revision)});
    for (std::size_t i = 0; i < rows.size(); ++i)
        all.push_back(
            {rows.text(i, 0), rows.text(i, 1), rows.text(i, 2), rows.text(i, 3), rows.int4(i, 4), rows.boolean(i, 5)});
    return all;
}

// IF NOT EXISTS does nothing about another definition of what is there; an extension or a schema has none.
bool may_run_again(const recorded_statement &s) {
    bool const creates = s.verb.starts_with("CREATE") && !s.verb.starts_with("CREATE OR REPLACE");
    return s.rerunnable && (!creates || s.object_type == "extension" || s.object_type == "schema");
}

bool changes_schema(const recorded_statement &s) { return s.verb.starts_with("CREATE") || s.verb.starts_with("ALTER"); }

std::string what_to_write(const recorded_statement &s) {
    std::string const &name = s.object_name;
    if (s.object_type == "index" && name.empty())
        return "keep the statement as it was, and below it write DROP INDEX IF EXISTS with the name that the server "
               "gave the index, and CREATE INDEX with a name for the new one";
    if (s.object_type == "table")
        return "keep it as it was and add ALTER TABLE " + name +
               " … below it; to remove the table write DROP TABLE IF "
               "EXISTS " +
               name;
    if (s.object_type == "function" || s.object_type == "procedure")
        return "write CREATE OR REPLACE " + std::string(s.object_type == "function" ? "FUNCTION " : "PROCEDURE ") +
               name;
    if (s.object_type == "view") return "write CREATE OR REPLACE VIEW " + name;
    if (s.object_type == "index" || s.object_type == "materialized view")
        return "write DROP " + std::string(s.object_type == "index" ? "INDEX" : "MATERIALIZED VIEW") + " IF EXISTS " +
               name + "; in front of the new one";
    if (s.object_type == "trigger") return "write CREATE OR REPLACE TRIGGER " + name;
    if (s.object_type == "policy" || s.object_type == "rule")
        return "write DROP " + std::string(s.object_type == "policy" ? "POLICY" : "RULE") + " IF EXISTS " + name +
               " ON …; in front of the new one";
    return "keep the statement as it was and add one below it that changes what it made";
}

// The new text says itself how to get from the old object to the new one.
bool is_replaced(const recorded_statement &s, const script::qualified_name &name, const script::program &program) {
    for (const script::action &a : program.actions) {
        const script::statement_object *const object = a.traits.object();
        bool const sets =
            a.traits.action == script::statement_action::comment || a.traits.action == script::statement_action::grant;
        if (object && a.traits.rerunnable && !a.traits.if_not_exists && !sets && object->type == s.object_type &&
            script::may_be_same(object->name, name))
            return true;
    }
    return false;
}

[[noreturn]] void refuse(const registry::revision_record &revision, const recorded_statement &s, int near_line) {
    std::string const made = s.object_name.empty() ? s.verb + " without a name, and what it made exists"
                                                   : s.verb + " " + s.object_name + ", and " + s.object_type + " \"" +
                                                         s.object_name + "\" exists";
    throw failure(sqlstate::changed_statement,
                  "statement " + std::to_string(s.number) + " of \"" + revision.revision +
                      "\" was changed or removed after it had run",
                  "It was " + made + "; file \"" + (revision.file.empty() ? revision.revision : revision.file) +
                      "\", near line " + std::to_string(near_line) + ".",
                  what_to_write(s));
}

}   // namespace

boost::container::vector<bool> statements_to_run(pg::spi_session &session, const registry::revision_record &revision,
                                                 const script::program &program, int first_line) {
    boost::container::vector<bool> run(program.actions.size(), true);
    if (revision.rerun == script::rerun_mode::always || revision.rerun == script::rerun_mode::whole) return run;

    boost::container::vector<recorded_statement> const recorded = read_recorded(session, revision.revision);
    if (recorded.empty()) return run;
    std::unordered_multimap<std::string, std::size_t> unmatched;
    for (std::size_t i = 0; i < recorded.size(); ++i) unmatched.emplace(recorded[i].checksum, i);
    boost::container::vector<int> line_of(recorded.size() + 1, first_line);
    for (std::size_t i = 0; i < program.actions.size(); ++i) {
        const script::action &a = program.actions[i];
        if (a.kind == script::action_kind::echo) continue;
        if (static_cast<std::size_t>(a.number) < line_of.size())
            line_of[static_cast<std::size_t>(a.number)] = a.line_in_file(first_line);
        auto const same = unmatched.find(registry::token_checksum(a.text));
        if (same == unmatched.end()) continue;
        unmatched.erase(same);
        run[i] = a.traits.steers;   // the statements that are new need it again
    }
    invalidated_objects anew(session, revision, program);
    anew.extend(run);
    for (std::size_t i = 0; i < recorded.size(); ++i) {
        const recorded_statement &s = recorded[i];
        bool gone = false;
        auto const range = unmatched.equal_range(s.checksum);
        for (auto at = range.first; at != range.second; ++at) gone |= at->second == i;
        if (!gone || may_run_again(s) || !changes_schema(s)) continue;
        script::qualified_name const name = pg::parse_name(s.object_name);
        if (is_replaced(s, name, program) || anew.drops(s.object_type, name)) continue;
        if (fate_of(session, {revision.revision, revision.tier, s.object_type, name}) != object_fate::exists) continue;
        refuse(revision, s, line_of[std::min(static_cast<std::size_t>(s.number), recorded.size())]);
    }
    return run;
}

}   // namespace whisper::repeatable
