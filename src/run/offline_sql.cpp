#include "run/offline_sql.hpp"

#include "pg/parse.hpp"
#include "registry/store.hpp"
#include "repeatable/select_statements.hpp"
#include "run/runner.hpp"
#include "run/top_level_check.hpp"
#include "script/batch.hpp"
#include "script/characters.hpp"
#include "script/object_kind.hpp"
#include "script/psql.hpp"
#include "script/tokens.hpp"

#include <algorithm>

namespace whisper::run {
namespace {

bool contains_word(std::string_view text, std::string_view word) {
    auto const same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; };
    return std::search(text.begin(), text.end(), word.begin(), word.end(), same) != text.end();
}

// The engine gives every section the caller's settings; a script has to put them back by itself. To do so for a
// statement that only might have changed some costs nothing.
bool changes_settings(const script::program &program) {
    return std::any_of(program.actions.begin(), program.actions.end(), [](const script::action &a) {
        return a.traits.steers || contains_word(a.text, "set_config") ||
               (a.traits.command == "DO" && contains_word(a.text, "set"));
    });
}

// A line that psql takes for the end of the rows, also within a quoted value of CSV.
bool ends_rows_early(std::string_view data) {
    for (std::size_t start = 0; start < data.size();) {
        std::size_t const end = script::end_of_line(data, start);
        if (data.substr(start, end - start) == "\\.") return true;
        start = script::next_line(data, end);
    }
    return false;
}

constexpr std::string_view remember_encoding = "\\set whisper_encoding :ENCODING\n";
constexpr std::string_view pin_reading = "\\encoding :whisper_encoding\nSET standard_conforming_strings = on;\n";
constexpr std::string_view remember_role =
    "SELECT session_user AS whisper_user, current_setting('role') AS whisper_role \\gset\n";
constexpr std::string_view settings_back =
    "SET SESSION AUTHORIZATION :\"whisper_user\";\nSET ROLE :\"whisper_role\";\nRESET ALL;\n";

// A statement before it may have changed how psql cuts what follows: it is put back wherever that matters.
void append_pin(std::string &out, std::string_view text) {
    if (!script::reads_the_same_everywhere(text)) out.append(pin_reading);
}

void append_statement(std::string &out, const std::string &statement) {
    append_pin(out, statement);
    out.append(statement).append(";\n");
}

void append_rows(std::string &out, const script::action &copy) {
    if (ends_rows_early(copy.data))
        throw failure(sqlstate::unsupported_command, "COPY rows with a line \"\\.\" cannot be printed for psql",
                      "psql would take what follows for statements.", "run them with whisper_upgrade");
    out.append(copy.data);
    if (!copy.data.empty() && copy.data.back() != '\n') out += '\n';
    out.append("\\.\n");
}

// A section that is not one transaction has those that its file says.
void append_program(std::string &out, const script::program &program, bool transactional,
                    const boost::container::vector<bool> *chosen = nullptr) {
    int block = 0;
    auto const enter = [&](int next) {
        if (transactional || block == next) return;
        if (block != 0) out.append("COMMIT;\n");
        if (next != 0) out.append("BEGIN;\n");
        block = next;
    };
    for (std::size_t i = 0; i < program.actions.size(); ++i) {
        const script::action &a = program.actions[i];
        if (chosen && !(*chosen)[i]) continue;
        enter(a.block);
        if (a.kind == script::action_kind::echo) {
            out.append("\\echo ").append(script::psql_argument(script::echo_text(a.text))).append("\n");
            continue;
        }
        if (a.kind == script::action_kind::copy && script::reads_the_same_everywhere(a.text)) append_pin(out, a.data);
        append_statement(out, script::for_psql(a.text));
        if (a.kind == script::action_kind::copy) append_rows(out, a);
    }
    enter(0);
    if (changes_settings(program)) out.append(settings_back);
}

// By the parts that address an object, each quoted; the server's own identity of it where the parts are not names only.
// $1: the revision; $2 and $3: kinds, and SQL's words for them; $4 and $5: those with a relation's name, or on one.
constexpr const char *drops = R"sql(
    SELECT CASE
            WHEN t = 'table column' THEN format('ALTER TABLE %I.%I DROP COLUMN %I', n[1], n[2], n[3])
            WHEN t = 'table constraint' THEN format('ALTER TABLE %I.%I DROP CONSTRAINT %I', n[1], n[2], n[3])
            WHEN t = 'domain constraint' THEN format('ALTER DOMAIN %s DROP CONSTRAINT %I', n[1], a[1])
            WHEN t = 'user mapping' THEN format('DROP USER MAPPING FOR %s SERVER %I',
                CASE n[1] WHEN 'public' THEN 'PUBLIC' ELSE quote_ident(n[1]) END, a[1])
            WHEN t = 'transform' THEN format('DROP TRANSFORM FOR %s LANGUAGE %I', n[1], a[1])
            WHEN t = ANY ($5) THEN format('DROP %s %I ON %I.%I', words, n[3], n[1], n[2])
            WHEN t = ANY ($4) THEN format('DROP %s %I.%I', words, n[1], n[2])
            WHEN t IN ('schema', 'extension') THEN format('DROP %s %I', words, n[1])
            ELSE format('DROP %s %s', words, i)
        END
        FROM (
            SELECT o.object_type AS t, o.object_names AS n, o.object_arguments AS a, o.object_identity AS i, o.run,
                    o.ordinal, upper(coalesce(k.words, o.object_type)) AS words
                FROM whisper.owned_object AS o
                    LEFT JOIN ROWS FROM (unnest($2), unnest($3)) AS k (type, words) ON k.type = o.object_type
                WHERE o.revision = $1 AND o.origin = 'created') AS owned
        ORDER BY run DESC, ordinal DESC
)sql";

void append_derived_down(std::string &out, session::workspace &work, const registry::revision_record &revision) {
    pg::strings types, words, relations, parts;
    for (const script::object_kind &kind : script::object_kinds) {
        if (kind.type.empty() || kind.words.empty()) continue;
        types.emplace_back(kind.type);
        words.emplace_back(kind.words);
        if (kind.by == script::naming::relation) relations.emplace_back(kind.type);
        if (kind.by == script::naming::relation_part) parts.emplace_back(kind.type);
    }
    pg::engine_scope const scope;
    pg::rows const owned =
        work.session().query_catalog(drops, {pg::to_value(revision.revision), pg::to_value(types), pg::to_value(words),
                                             pg::to_value(relations), pg::to_value(parts)});
    for (std::size_t i = 0; i < owned.size(); ++i) append_statement(out, script::for_psql(owned.text(i, 0), true));
}

// One range of the whole key: a script has nobody to wait for.
void append_batch(std::string &out, const registry::revision_record &revision, const registry::revision_text &text) {
    script::batch_options const options = script::parse_batch_options(revision.batch_options, {revision.file, 0});
    script::batch_statement const batch =
        script::compile_batch(pg::server_parser(), text.batch, revision.file, text.batch_line);
    std::string const section = script::for_psql(batch.sql);
    std::string sql;
    script::lexer tokens(section);
    std::size_t copied = 0;
    for (script::token t = tokens.next(); t.kind != script::token_kind::end; t = tokens.next()) {
        if (t.kind != script::token_kind::parameter) continue;
        sql.append(section, copied, t.offset - copied);
        sql += t.text(section) == "$1" ? ":'batch_start'" : ":'batch_end'";
        copied = t.offset + t.length;
    }
    sql.append(section, copied);
    std::string const from = " FROM " + options.table + " ORDER BY " + options.key;
    append_pin(out, from + section);
    out += "SELECT count(*) > 0 AS batch_wanted FROM " + options.table + " \\gset\n\\if :batch_wanted\n";
    out += "SELECT " + options.key + (batch.start_exclusive ? " - 1" : "") + " AS batch_start" + from +
           " LIMIT 1 \\gset\n";
    out += "SELECT " + options.key + (batch.end_exclusive ? " + 1" : "") + " AS batch_end" + from +
           " DESC LIMIT 1 \\gset\n";
    out += sql + ";\n\\endif\n";
}

class script_writer {
public:
    explicit script_writer(session::workspace &work) : work_(work) {}

    std::string write(const plan::run_plan &plan) {
        out_.clear();
        int number = 0;
        top_level_check const check(work_, plan);
        for (const plan::planned_step &step : plan.steps) {
            const registry::revision_record &revision = work_.registry().revisions[step.revision];
            transaction(check.is_transactional(revision, step.up));
            out_ += "\n-- step " + std::to_string(++number) + ", " + (step.up ? "up" : "down") + ": " +
                    script::psql_comment(revision.tier + "/" + revision.revision +
                                         (revision.message.empty() ? "" : ": " + revision.message)) +
                    "\n";
            append_step(revision, step.up);
        }
        transaction(false);
        std::string head = "\\set ON_ERROR_STOP on\n";
        if (out_.find(pin_reading) != std::string::npos) head.append(remember_encoding);
        if (out_.find(settings_back) != std::string::npos) head.append(remember_role);
        return head + out_;
    }

private:
    void append_step(const registry::revision_record &revision, bool up) {
        registry::revision_text const text = registry::read_text(work_.session(), revision);
        if (up) {
            script::program const program = script::compile(pg::server_parser(), text.up, revision.file, text.up_line);
            auto const chosen =
                repeatable::statement_selection(work_.session(), revision, program, text.up_line).foresee();
            append_program(out_, program, revision.up_transactional, &chosen);
            if (!revision.batch_options.empty()) append_batch(out_, revision, text);
        } else if (text.down)
            append_program(out_, script::compile(pg::server_parser(), *text.down, revision.file, text.down_line),
                           revision.down_transactional);
        else
            append_derived_down(out_, work_, revision);
    }

    void transaction(bool wanted) {
        if (wanted == open_) return;
        out_ += wanted ? "\nBEGIN;\n" : "\nCOMMIT;\n";
        open_ = wanted;
    }

    session::workspace &work_;
    std::string out_;
    bool open_ = false;
};

}   // namespace

std::string script_of(session::workspace &work, const plan::run_plan &plan) {
    require_ways_down(work.registry(), plan);
    return script_writer(work).write(plan);
}

}   // namespace whisper::run
