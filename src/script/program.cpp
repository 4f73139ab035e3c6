#include "script/program.hpp"

#include "error.hpp"

#include <algorithm>
#include <optional>

namespace whisper::script {
namespace {

std::string place(std::string_view file, int line) {
    return (file.empty() ? std::string("line ") : "file \"" + std::string(file) + "\", line ") + std::to_string(line);
}

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

std::string_view without_quotes(std::string_view text) {
    bool const quoted = text.size() >= 2 && text.front() == '\'' && text.back() == '\'';
    return quoted ? text.substr(1, text.size() - 2) : text;
}

// Commands that only steer psql's own behaviour towards what the engine does anyway.
bool is_harmless(std::string_view word, std::string_view rest) {
    return word == "\\restrict" || word == "\\unrestrict" || (word == "\\set" && rest.starts_with("ON_ERROR_STOP"));
}

std::optional<action> psql_action(const piece &p, std::string_view text, std::string_view file, int first_line) {
    std::string_view const command = p.text(text);
    std::string_view const word = first_word(command);
    if (word == "\\echo" || word == "\\qecho")
        return action{action_kind::echo, 0, p.line, without_quotes(rest_of(command)), {}, {}};
    if (is_harmless(word, rest_of(command))) return std::nullopt;
    throw failure(sqlstate::unsupported_command, "psql command \"" + std::string(word) + "\" cannot run in the server",
                  place(file, p.line + first_line - 1) + ": " + std::string(command),
                  "write it in SQL, or run this part with psql");
}

// BEGIN as the first statement and COMMIT as the last one wrap the whole file: the engine's transaction does that.
void unwrap_transaction(boost::container::vector<action> &actions) {
    auto const is_statement = [](const action &a) { return a.kind != action_kind::echo; };
    auto const first = std::find_if(actions.begin(), actions.end(), is_statement);
    if (first == actions.end() || first->traits.control != transaction_control::begin) return;
    auto last = actions.end();
    while (last != first && !is_statement(*--last)) {}
    if (last == first || last->traits.control != transaction_control::commit) return;
    actions.erase(last);
    actions.erase(std::find_if(actions.begin(), actions.end(), is_statement));
}

}  // namespace

int program::statements() const noexcept {
    return static_cast<int>(std::count_if(actions.begin(), actions.end(),
                                          [](const action &a) { return a.kind != action_kind::echo; }));
}

program compile(std::string_view text, std::string_view file, int first_line) {
    program result;
    pieces const cut = split(text);
    result.actions.reserve(cut.size());
    for (const piece &p : cut) {
        if (p.kind == piece_kind::psql_command) {
            if (auto made = psql_action(p, text, file, first_line)) result.actions.push_back(std::move(*made));
            continue;
        }
        bool const copy = p.kind == piece_kind::copy_data;
        result.actions.push_back({copy ? action_kind::copy : action_kind::sql, 0, p.line, p.text(text),
                                  copy ? p.data(text) : std::string_view(), classify(p.text(text))});
    }
    unwrap_transaction(result.actions);
    int number = 0;
    for (action &a : result.actions) {
        if (a.kind == action_kind::echo) continue;
        a.number = ++number;
        if (a.traits.control != transaction_control::none)
            throw failure("2D000", "transaction control is not allowed in the middle of a migration",
                          place(file, a.line + first_line - 1) + ": " + std::string(a.text),
                          "remove it, or put BEGIN first and COMMIT last");
        if (a.traits.needs_top_level && !result.top_level) result.top_level = &a;
    }
    return result;
}

}  // namespace whisper::script
