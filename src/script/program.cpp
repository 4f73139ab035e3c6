#include "script/program.hpp"

#include "error.hpp"
#include "script/characters.hpp"
#include "script/command_arguments.hpp"
#include "script/cursor.hpp"
#include "script/origin.hpp"
#include "script/tokens.hpp"
#include "script/variables.hpp"

#include <algorithm>

namespace whisper::script {
namespace {

std::string_view first_word(std::string_view command) {
    std::size_t const end = command.find_first_of(" \t\r\n");
    return command.substr(0, end);
}

std::string_view rest_of(std::string_view command) {
    std::size_t const end = command.find_first_of(" \t");
    if (end == std::string_view::npos) return {};
    std::size_t const begin = command.find_first_not_of(" \t", end);
    return begin == std::string_view::npos ? std::string_view() : command.substr(begin);
}

// Commands that only steer psql's own behaviour towards what the engine does anyway.
bool is_harmless(std::string_view word, std::string_view rest) {
    return word == "\\restrict" || word == "\\unrestrict" || (word == "\\set" && first_word(rest) == "ON_ERROR_STOP");
}

[[noreturn]] void refuse_command(std::string_view command, const std::string &place) {
    throw failure(sqlstate::unsupported_command,
                  "psql command \"" + std::string(first_word(command)) + "\" cannot run in the server",
                  place + ": " + std::string(command), "write it in SQL, or run this part with psql");
}

// psql goes on with the statement after the command; here it would be cut in two.
[[noreturn]] void refuse_inside(std::string_view command, const std::string &place) {
    throw failure(sqlstate::unsupported_command,
                  "psql command \"" + std::string(first_word(command)) + "\" stands inside a statement",
                  place + ": " + std::string(command), "end the statement before it with a semicolon");
}

// The text was cut with backslashes as ordinary characters, before the setting could change that.
void require_standard_strings(std::string_view statement, const std::string &place) {
    cursor at(statement);
    if (!at.accept("set")) return;
    at.accept_any("session", "local");
    if (!at.accept("standard_conforming_strings")) return;
    at.advance();
    for (std::string_view const on : {"on", "true", "yes", "1", "default", "'on'", "'true'", "'yes'", "'1'"})
        if (equals_word(at.text(), on)) return;
    throw failure("0A000", "standard_conforming_strings cannot be turned off in a migration",
                  "It stands in " + place + ".", "write strings that have backslash escapes as E'...'");
}

[[noreturn]] void refuse_variable(std::string_view variable, const std::string &place) {
    throw failure(sqlstate::unsupported_command,
                  "psql variable \"" + std::string(variable) + "\" cannot be used in the server",
                  "It stands in " + place + ".", "write its value, or run this part with psql");
}

// What psql would run or fill in is not what the engine prints, and must not run when psql is given the text.
void require_plain_arguments(std::string_view command, const std::string &place) {
    auto const active = find_active(rest_of(command));
    if (!active) return;
    if (active->kind == active_kind::variable) refuse_variable(active->text, place);
    std::string const text(active->text);
    throw failure(sqlstate::unsupported_command,
                  active->kind == active_kind::shell ? "psql shell command \"" + text + "\" cannot run in the server"
                                                     : "psql command \"" + text + "\" stands behind another one",
                  place + ": " + std::string(command), "put what is text between single quotes");
}

// psql ends a line at its line feed alone, and would take what follows for arguments.
void require_whole_line(std::string_view text, const piece &p, const std::string &place) {
    std::size_t const end = end_of_line(text, p.offset);
    if (end + 1 >= text.size() || text[end] == '\n' || text[end + 1] == '\n') return;
    throw failure(sqlstate::unsupported_command,
                  "psql command \"" + std::string(first_word(p.text(text))) + "\" ends in a carriage return alone",
                  place + ": psql would go on with the same line.", "end the line with a line feed");
}

[[noreturn]] void refuse(const action &control, std::string_view file, int first_line) {
    throw failure("2D000", "transaction control is not allowed in the middle of a migration",
                  describe_place(control.file.empty() ? file : control.file, control.line_in_file(first_line)) + ": " +
                      std::string(control.text),
                  "remove it, or write BEGIN and COMMIT in pairs");
}

}   // namespace

std::string echo_text(std::string_view arguments) {
    std::string text;
    bool quoted = false, space = false;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        char const c = arguments[i];
        if (c == '\'' && quoted && i + 1 < arguments.size() && arguments[i + 1] == '\'') {
            text += arguments[++i];
        } else if (c == '\'') {
            quoted = !quoted;
            if (space && quoted) text += ' ';
            space = false;
        } else if (!quoted && (c == ' ' || c == '\t')) {
            space = !text.empty();
        } else {
            if (space) text += ' ';
            space = false;
            text += c;
        }
    }
    return text;
}

int program::statements() const noexcept {
    return static_cast<int>(
        std::count_if(actions.begin(), actions.end(), [](const action &a) { return a.kind != action_kind::echo; }));
}

bool action_reader::next_piece(piece &p) {
    try {
        return pieces_.next(p);
    } catch (lexical_failure &problem) {
        problem.locate(origin_.file(), origin_.line(problem.line));
        throw;
    }
}

bool action_reader::next(action &a) {
    for (piece p{}; next_piece(p);) {
        if (p.kind == piece_kind::psql_command) {
            if (read_command(p, a)) return true;
            continue;
        }
        read_statement(p, a);
        if (takes_away(a)) continue;
        if (a.control != transaction_control::none) refuse_control(a);
        if (ended_ && !divided_by_) divided_by_ = ended_;
        a.traits = reader_.read(a.text);
        a.number = ++number_;
        return true;
    }
    if (begin_ && !ended_) refuse_control(*begin_);
    return false;
}

// False for a command that needs no action.
bool action_reader::read_command(const piece &p, action &a) {
    std::string_view const command = p.text(text_);
    if (origin_.accept(command, p.line)) return false;
    std::string_view const word = first_word(command);
    std::string const at = describe_place(origin_.file(), origin_.line(p.line));
    bool const echo = word == "\\echo" || word == "\\qecho";
    if (!echo && !is_harmless(word, rest_of(command))) refuse_command(command, at);
    if (p.inside_statement) refuse_inside(command, at);
    require_plain_arguments(command, at);
    require_whole_line(text_, p, at);
    if (echo) place(p, action_kind::echo, rest_of(command), a);
    return echo;
}

void action_reader::read_statement(const piece &p, action &a) {
    std::string_view const statement = p.text(text_);
    if (auto const used = find_variable(statement))
        refuse_variable(used->text, describe_place(origin_.file(), origin_.line(p.line + used->line - 1)));
    bool const copy = p.kind == piece_kind::copy_data;
    place(p, copy ? action_kind::copy : action_kind::sql, statement, a);
    if (copy) a.data = p.data(text_);
    a.control = control_of(statement);
    require_standard_strings(statement, describe_place(origin_.file(), origin_.line(p.line)));
}

void action_reader::place(const piece &p, action_kind kind, std::string_view text, action &a) const {
    bool const absolute = origin_.after_marker();
    std::string_view const file = origin_.file() == file_ ? std::string_view() : origin_.file();
    a = {kind, 0, absolute ? origin_.line(p.line) : p.line, file, absolute, text, {}, {}, {}, block_};
}

bool action_reader::takes_away(const action &a) {
    switch (a.control) {
        case transaction_control::begin:
            return takes_begin(a);
        case transaction_control::commit:
            return takes_commit(a);
        default:
            return false;
    }
}

bool action_reader::takes_begin(const action &a) {
    if (begin_) return false;
    begin_ = a;
    block_ = ++blocks_;
    return true;
}

bool action_reader::takes_commit(const action &a) {
    bool const ends_all = blocks_ == leading_block && !ended_;   // the transaction that the tool had begun
    if ((!begin_ && !ends_all) || chains(a.text)) return false;
    if (ends_all) ended_ = a;
    begin_.reset();
    block_ = 0;
    return true;
}

void action_reader::refuse_control(const action &a) const { refuse(a, file_, first_line_); }

namespace {

// Whether what stands before the first BEGIN or COMMIT is one transaction: a COMMIT ends it, or a statement is about
// it; and nothing of it needs to be outside.
bool is_leading_block_kept(const program &p) {
    bool kept = p.divided_by.has_value();
    for (const action &a : p.actions) {
        if (a.block != leading_block) continue;
        kept |= a.traits.begins_transaction;
        if (a.traits.needs_top_level && !a.traits.begins_transaction) return false;
    }
    return kept;
}

}   // namespace

program compile(const statement_reader &reader, std::string_view text, std::string_view file, int first_line) {
    program result;
    action_reader actions(reader, text, file, first_line);
    for (action a{}; actions.next(a);) result.actions.push_back(std::move(a));
    result.divided_by = actions.divided_by();
    if (!is_leading_block_kept(result))
        for (action &a : result.actions)
            if (a.block == leading_block) a.block = 0;
    auto const first = std::find_if(result.actions.begin(), result.actions.end(),
                                    [](const action &a) { return a.traits.needs_top_level; });
    if (first != result.actions.end()) result.top_level = &*first;
    return result;
}

void require_undivided(const program &p, std::string_view file, int first_line) {
    if (p.divided_by) refuse(*p.divided_by, file, first_line);
}

}   // namespace whisper::script
