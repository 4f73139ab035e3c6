#include "engine/script_output.hpp"

#include "engine/reapply.hpp"
#include "engine/runner.hpp"
#include "registry/store.hpp"
#include "script/batch.hpp"
#include "script/tokens.hpp"

#include <algorithm>

namespace whisper::engine {
namespace {

bool contains_word(std::string_view text, std::string_view word) {
    auto const same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; };
    return std::search(text.begin(), text.end(), word.begin(), word.end(), same) != text.end();
}

// The engine gives every section the caller's settings; a script has to put them back by itself.
bool changes_settings(const script::program &program) {
    return std::any_of(program.actions.begin(), program.actions.end(), [](const script::action &a) {
        std::string_view const verb = a.traits.verb;
        return verb == "SET" || verb == "RESET" || contains_word(a.text, "set_config") ||
               (verb == "DO" && contains_word(a.text, "set"));
    });
}

void append_program(std::string &out, const script::program &program,
                    const boost::container::vector<bool> *chosen = nullptr) {
    for (std::size_t i = 0; i < program.actions.size(); ++i) {
        const script::action &a = program.actions[i];
        if (chosen && !(*chosen)[i]) continue;
        if (a.kind == script::action_kind::echo) {
            out.append("\\echo ").append(a.text).append("\n");
            continue;
        }
        out.append(a.text).append(";\n");
        if (a.kind != script::action_kind::copy) continue;
        out.append(a.data);
        if (!a.data.empty() && a.data.back() != '\n') out += '\n';
        out.append("\\.\n");
    }
    if (changes_settings(program)) out.append("RESET SESSION AUTHORIZATION;\nRESET ROLE;\nRESET ALL;\n");
}

// "name on public.t" -> its two halves.
std::pair<std::string, std::string> name_and_relation(const std::string &identity) {
    std::size_t const at = identity.rfind(" on ");
    return {identity.substr(0, at), at == std::string::npos ? std::string() : identity.substr(at + 4)};
}

std::string upper(std::string text) {
    for (char &c : text) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
    return text;
}

std::string drop_statement(const std::string &type, const std::string &identity) {
    auto const [name, relation] = name_and_relation(identity);
    if (type == "table column") {
        std::size_t const dot = identity.rfind('.');
        return "ALTER TABLE " + identity.substr(0, dot) + " DROP COLUMN " + identity.substr(dot + 1);
    }
    if (type == "table constraint") return "ALTER TABLE " + relation + " DROP CONSTRAINT " + name;
    if (type == "trigger" || type == "policy" || type == "rule")
        return "DROP " + upper(type) + " " + name + " ON " + relation;
    return "DROP " + upper(type) + " " + identity;
}

void append_derived_down(std::string &out, workspace &work, const registry::revision_record &revision) {
    pg::engine_scope const scope;
    pg::rows const owned = work.session().query(
        "SELECT object_type, object_identity FROM whisper.owned_object WHERE revision OPERATOR(pg_catalog.=) $1"
        " AND origin OPERATOR(pg_catalog.=) 'created' ORDER BY run DESC, ordinal DESC",
        {pg::to_value(revision.revision)});
    for (std::size_t i = 0; i < owned.size(); ++i)
        out.append(drop_statement(owned.text(i, 0), owned.text(i, 1))).append(";\n");
}

// One range of the whole key: a script has nobody to wait for.
void append_batch(std::string &out, const registry::revision_record &revision, const registry::revision_text &text) {
    script::batch_options const options = script::parse_batch_options(revision.batch_options, {revision.file, 0});
    script::batch_statement const batch = script::compile_batch(text.batch, revision.file, text.batch_line);
    std::string sql;
    script::lexer tokens(batch.sql);
    std::size_t copied = 0;
    for (script::token t = tokens.next(); t.kind != script::token_kind::end; t = tokens.next()) {
        if (t.kind != script::token_kind::parameter) continue;
        sql.append(batch.sql, copied, t.offset - copied);
        sql += t.text(batch.sql) == "$1" ? ":'batch_start'" : ":'batch_end'";
        copied = t.offset + t.length;
    }
    sql.append(batch.sql, copied);
    std::string const from = " FROM " + options.table + " ORDER BY " + options.key;
    out += "SELECT count(*) > 0 AS batch_wanted FROM " + options.table + " \\gset\n\\if :batch_wanted\n";
    out += "SELECT " + options.key + (batch.start_exclusive ? " - 1" : "") + " AS batch_start" + from +
           " LIMIT 1 \\gset\n";
    out += "SELECT " + options.key + (batch.end_exclusive ? " + 1" : "") + " AS batch_end" + from +
           " DESC LIMIT 1 \\gset\n";
    out += sql + ";\n\\endif\n";
}

class script_writer {
public:
    explicit script_writer(workspace &work) : work_(work) {}

    std::string write(const run_plan &plan) {
        out_ = "\\set ON_ERROR_STOP on\n";
        int number = 0;
        for (const planned_step &step : plan.steps) {
            const registry::revision_record &revision = work_.registry().revisions[step.revision];
            transaction(revision.is_transactional(step.up));
            out_ += "\n-- step " + std::to_string(++number) + ", " + (step.up ? "up" : "down") + ": " + revision.tier +
                    "/" + revision.revision + (revision.message.empty() ? "" : ": " + revision.message) + "\n";
            append_step(revision, step.up);
        }
        transaction(false);
        return std::move(out_);
    }

private:
    void append_step(const registry::revision_record &revision, bool up) {
        registry::revision_text const text = registry::read_text(work_.session(), revision);
        if (up) {
            script::program const program = script::compile(text.up, revision.file, text.up_line);
            auto const chosen = statements_to_run(work_.session(), revision, program, text.up_line);
            append_program(out_, program, &chosen);
            if (!revision.batch_options.empty()) append_batch(out_, revision, text);
        } else if (text.down)
            append_program(out_, script::compile(*text.down, revision.file, text.down_line));
        else
            append_derived_down(out_, work_, revision);
    }

    void transaction(bool wanted) {
        if (wanted == open_) return;
        out_ += wanted ? "\nBEGIN;\n" : "\nCOMMIT;\n";
        open_ = wanted;
    }

    workspace &work_;
    std::string out_;
    bool open_ = false;
};

}   // namespace

std::string script_of(workspace &work, const run_plan &plan) {
    require_ways_down(work.registry(), plan);
    return script_writer(work).write(plan);
}

}   // namespace whisper::engine
