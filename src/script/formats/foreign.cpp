#include "script/formats/foreign.hpp"

#include "error.hpp"
#include "script/characters.hpp"
#include "script/formats/lines.hpp"
#include "script/formats/names.hpp"
#include "script/reader.hpp"

#include <algorithm>

namespace whisper::script::formats {
namespace {

constexpr foreign_marker markers[] = {
    {"+goose", "goose", "goose"},
    {"+migrate", "sql-migrate", "sql_migrate"},
    {"+micrate", "micrate", ""},
    {"rambler up", "rambler", "rambler"},
    {"rambler down", "rambler", "rambler"},
    {"create above / drop below", "tern", "tern"},
    {"up migration", "node-pg-migrate", "node_pg_migrate", true},
    {"down migration", "node-pg-migrate", "node_pg_migrate", true},
    {"no-transaction", "sqlx", "sqlx"},
    {"==== up", "shmig", ""},
    {"==== down", "shmig", ""},
    {"!ups", "Play evolutions", "play"},
    {"!downs", "Play evolutions", "play"},
    {"liquibase formatted sql", "Liquibase", "liquibase"},
    {"changeset ", "Liquibase", "liquibase"},
    {"preconditions ", "Liquibase", "liquibase"},
    {"precondition-sql-check", "Liquibase", "liquibase"},
    {"rollback drop ", "Liquibase", "liquibase"},
    {"rollback alter ", "Liquibase", "liquibase"},
    {"rollback delete ", "Liquibase", "liquibase"},
    {"rollback create ", "Liquibase", "liquibase"},
    {"atlas:", "Atlas", "atlas"},
    {"! previous:", "graphile-migrate", "graphile_migrate"},
    {"! hash:", "graphile-migrate", "graphile_migrate"},
    {"! no-transaction", "graphile-migrate", "graphile_migrate"},
    {"!no-transaction", "graphile-migrate", "graphile_migrate"},
    {"! include ", "graphile-migrate", "graphile_migrate"},
    {"!include ", "graphile-migrate", "graphile_migrate"},
    {"postgres-migrations disable-transaction", "postgres-migrations", "postgres_migrations"},
    {"@undo", "MyBatis Migrations", ""},
    {"bun:split", "bun", ""},
    {"depends:", "yoyo", ""},
    {"transactional:", "yoyo", ""},
    {"* template", "a template engine", "", true},
};

// Headings of a way up or down, with any decoration around them. A plain file has them by mistake.
constexpr std::string_view headings[] = {"up",           "down",           "ups",        "downs",
                                         "undo",         "rollback",       "revert",     "migrate up",
                                         "migrate down", "migrate verify", "migrate_up", "migrate_down",
                                         "migration up", "migration down", "up script",  "down script"};

bool is_part_of_word(char c) noexcept { return is(c, identifier_start_class | digit_class); }

std::string_view undecorated(std::string_view body) noexcept {
    while (!body.empty() && !is_part_of_word(body.front())) body.remove_prefix(1);
    while (!body.empty() && !is_part_of_word(body.back())) body.remove_suffix(1);
    return body;
}

// "+name up" and "+name down", whatever the tool.
bool is_directive(std::string_view body) noexcept {
    if (!body.starts_with('+')) return false;
    return body == "+up" || body == "+down" || body.ends_with(" up") || body.ends_with(" down") ||
           body.ends_with(" statementbegin");
}

bool belongs(const foreign_marker &row, std::string_view format) noexcept {
    return !row.owner.empty() && (row.owner == format || (row.owner == "sqlx" && format == "numbered"));
}

// "… .down.sql" and "…/down.sql" are what a heading of that direction says.
bool is_named_so(std::string_view file, std::string_view heading) noexcept {
    for (std::string_view const way : {"up", "down"})
        if (heading.starts_with(way))
            return file.ends_with('.' + std::string(way) + ".sql") || file.ends_with('/' + std::string(way) + ".sql");
    return false;
}

// Where a tool's names tell the direction, words that people write in comments mean something as a whole line only.
bool is_foreign_marker(const foreign_marker &row, std::string_view body, std::string_view file,
                       std::string_view format) {
    if (!body.starts_with(row.beginning) || belongs(row, format)) return false;
    return format.empty() || !row.prose || (undecorated(body) == row.beginning && !is_named_so(file, row.beginning));
}

[[noreturn]] void fail(std::string_view file, const script_line &line, std::string_view tool, bool supported) {
    throw failure(
        sqlstate::invalid_pack,
        "marker of another tool at line " + std::to_string(line.line) + " of file \"" + std::string(file) + '"',
        "The line is \"" + std::string(line.text.substr(0, 100)) + '"' +
            (tool.empty() ? "; no section of this format begins like that."
                          : ", as " + std::string(tool) + " writes it."),
        supported ? "put the files of " + std::string(tool) + " into a directory of their own"
                  : "write \"-- migrate:up\" and \"-- migrate:down\" in its place, or take it out");
}

void check_line(std::string_view file, std::string_view format, const script_line &line) {
    std::string const body = marker_body(line.text);
    for (const foreign_marker &row : markers)
        if (is_foreign_marker(row, body, file, format)) fail(file, line, row.tool, !row.owner.empty());
    if (!format.empty() || !line.text.starts_with("--")) return;
    std::string_view const heading = undecorated(body);
    if (is_directive(body) || std::ranges::find(headings, heading) != std::end(headings)) fail(file, line, {}, false);
}

[[noreturn]] void fail_for_template(std::string_view file, int line, std::string detail) {
    throw failure(sqlstate::invalid_pack,
                  "template text at line " + std::to_string(line) + " of file \"" + std::string(file) + '"',
                  std::move(detail), "put the file into the pack as the program that fills it in writes it");
}

// Braces are in no statement of PostgreSQL's but in strings; names have "${" and "{{" only where a program puts
// something in their place; and "<%=" is an operator of nobody's.
std::string_view template_in(std::string_view script, const token &at) {
    std::string_view const text = at.text(script);
    if (at.kind == token_kind::punctuation && text == "{")
        // A variable of psql's has its own error.
        return at.offset > 0 && script[at.offset - 1] == ':' ? "" : "Braces outside of strings are";
    if (at.kind == token_kind::quoted_identifier && (text.find("${") != text.npos || text.find("{{") != text.npos))
        return "Braces in a name are";
    if (at.kind == token_kind::operator_ && (text.starts_with("<%=") || text.starts_with("<%-")))
        return "What stands between \"<%\" and \"%>\" is";
    return "";
}

void require_no_template(std::string_view script, std::string_view file) {
    if (script.find('{') == std::string_view::npos && script.find("<%") == std::string_view::npos) return;
    script_reader reader(script);
    for (event e = reader.next(); e.kind != event_kind::end; e = reader.next()) {
        if (e.kind != event_kind::token) continue;
        if (std::string_view const what = template_in(script, e.at); !what.empty())
            fail_for_template(file, e.at.line, std::string(what) + " for a program to fill in.");
    }
}

// "CREATE TABLE /* TEMPLATE: schema */name": comments that a program fills in, between any two words.
void require_no_filled_comment(std::string_view script, std::string_view file) {
    if (script.find("/* TEMPLATE") == std::string_view::npos) return;
    script_reader reader(script);
    std::size_t from = 0;
    for (event e{}; e.kind != event_kind::end;) {
        e = reader.next();
        std::string_view const between = script.substr(from, e.at.offset - from);
        for (std::string_view const beginning : {"/* TEMPLATE:", "/* TEMPLATE_BEGIN:"})
            if (std::size_t const at = between.find(beginning); at != between.npos)
                throw failure(
                    sqlstate::invalid_pack,
                    "template text at line " +
                        std::to_string(1 + std::ranges::count(script.substr(0, from + at), '\n')) + " of file \"" +
                        std::string(file) + '"',
                    "A comment that begins with \"" + std::string(beginning) + "\" is for a program that fills it in.",
                    "put the file into the pack as that program writes it");
        from = e.kind == event_kind::copy_data ? e.data_offset + e.data_length : e.at.offset + e.at.length;
    }
}

// These tools fill in what stands between double braces wherever it is, in strings too.
void require_no_braces(std::string_view script, std::string_view file, std::string_view format) {
    if (format != "tern" && format != "popx") return;
    std::size_t const at = script.find("{{");
    if (at != std::string_view::npos)
        fail_for_template(file, 1 + count_lines(script.substr(0, at)),
                          "What stands between \"{{\" and \"}}\" the tool would fill in.");
}

// Of these, braces have a meaning that their readers know.
bool knows_braces(std::string_view format) { return format == "flyway" || format == "liquibase" || format == "play"; }

}   // namespace

std::span<const foreign_marker> foreign_markers() { return markers; }

void require_no_foreign(std::string_view script, std::string_view file, std::string_view format) {
    for_each_marker_line(script, file, [&](const script_line &line) { check_line(file, format, line); });
    require_no_filled_comment(script, file);
    require_no_braces(script, file, format);
    if (!knows_braces(format)) require_no_template(script, file);
}

}   // namespace whisper::script::formats
