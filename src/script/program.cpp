#include "script/program.hpp"

#include "error.hpp"
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

// psql would go on with the statement after the command; two halves of a statement are none.
[[noreturn]] void refuse_in_statement(std::string_view command, const std::string &place) {
    throw failure(sqlstate::unsupported_command,
                  "psql command \"" + std::string(first_word(command)) + "\" cannot stand in the middle of a statement",
                  place + ": " + std::string(command), "end the statement before it with a semicolon");
}

[[noreturn]] void refuse_variable(std::string_view variable, const std::string &place) {
    throw failure(sqlstate::unsupported_command,
                  "psql variable \"" + std::string(variable) + "\" cannot be used in the server",
                  "It stands in " + place + ".", "write its value, or run this part with psql");
}

class compiler {
public:
    compiler(std::string_view text, std::string_view file, int first_line)
        : text_(text), file_(file), origin_(file, first_line) {}

    boost::container::vector<action> run() {
        pieces const cut = split_in_place();
        actions_.reserve(cut.size());
        for (const piece &p : cut) {
            if (p.kind == piece_kind::psql_command)
                add_command(p);
            else
                add_statement(p);
        }
        return std::move(actions_);
    }

private:
    pieces split_in_place() const {
        pieces cut;
        try {
            split(text_, cut);
        } catch (lexical_failure &problem) {
            line_origin origin = origin_;
            for (const piece &p : cut)
                if (p.kind == piece_kind::psql_command) origin.accept(p.text(text_), p.line);
            problem.locate(origin.file(), origin.line(problem.line));
            throw;
        }
        return cut;
    }

    void add_command(const piece &p) {
        std::string_view const command = p.text(text_);
        if (origin_.accept(command, p.line)) return;
        std::string_view const word = first_word(command);
        bool const is_known = word == "\\echo" || word == "\\qecho" || is_harmless(word, rest_of(command));
        if (is_known && p.breaks_statement)
            refuse_in_statement(command, describe_place(origin_.file(), origin_.line(p.line)));
        if (word == "\\echo" || word == "\\qecho")
            add(action_kind::echo, p, rest_of(command));
        else if (!is_known)
            refuse_command(command, describe_place(origin_.file(), origin_.line(p.line)));
    }

    void add_statement(const piece &p) {
        std::string_view const statement = p.text(text_);
        if (auto const used = find_variable(statement))
            refuse_variable(used->text, describe_place(origin_.file(), origin_.line(p.line + used->line - 1)));
        bool const copy = p.kind == piece_kind::copy_data;
        action &added = add(copy ? action_kind::copy : action_kind::sql, p, statement);
        if (copy) added.data = p.data(text_);
        added.traits = classify(statement);
    }

    action &add(action_kind kind, const piece &p, std::string_view text) {
        bool const absolute = origin_.after_marker();
        std::string_view const file = origin_.file() == file_ ? std::string_view() : origin_.file();
        return actions_.emplace_back(
            action{kind, 0, absolute ? origin_.line(p.line) : p.line, file, absolute, text, {}, {}});
    }

    std::string_view text_, file_;
    line_origin origin_;
    boost::container::vector<action> actions_;
};

// BEGIN as the first statement and COMMIT as the last one wrap the whole file: the engine's transaction does that.
void unwrap_transaction(boost::container::vector<action> &actions) {
    auto const is_statement = [](const action &a) { return a.kind != action_kind::echo; };
    auto const first = std::find_if(actions.begin(), actions.end(), is_statement);
    if (first == actions.end() || first->traits.control != transaction_control::begin) return;
    auto last = actions.end();
    while (last != first && !is_statement(*--last)) {
    }
    if (last == first || last->traits.control != transaction_control::commit) return;
    if (last->traits.verb == "PREPARE") return;   // a transaction for somebody else to commit
    actions.erase(last);
    actions.erase(std::find_if(actions.begin(), actions.end(), is_statement));
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

program compile(std::string_view text, std::string_view file, int first_line) {
    program result;
    result.actions = compiler(text, file, first_line).run();
    unwrap_transaction(result.actions);
    int number = 0;
    for (action &a : result.actions) {
        if (a.kind == action_kind::echo) continue;
        a.number = ++number;
        if (a.traits.control != transaction_control::none)
            throw failure(
                "2D000", "transaction control is not allowed in the middle of a migration",
                describe_place(a.file.empty() ? file : a.file, a.line_in_file(first_line)) + ": " + std::string(a.text),
                "remove it, or put BEGIN first and COMMIT last");
        if (a.traits.needs_top_level && !result.top_level) result.top_level = &a;
    }
    return result;
}

}   // namespace whisper::script
