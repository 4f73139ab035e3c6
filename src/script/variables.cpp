#include "script/variables.hpp"

#include "script/characters.hpp"
#include "script/tokens.hpp"

#include <boost/container/small_vector.hpp>

namespace whisper::script {

namespace {

bool may_hold_variable(std::string_view statement) {
    interrupt_check check;
    for (std::size_t i = find_character(statement, ':', 0); i + 1 < statement.size();) {
        check();
        char const next = statement[i + 1];
        if (is(next, identifier_start_class) || next == '\'' || next == '"' || next == '{') return true;
        i = find_character(statement, ':', i + (next == ':' ? 2 : 1));
    }
    return false;
}

std::size_t name_length(std::string_view text) noexcept {
    if (text.empty() || !is(text.front(), identifier_start_class)) return 0;
    std::size_t i = 1;
    while (i < text.size() && text[i] != '$' && is(text[i], identifier_part_class)) ++i;
    return i;
}

// `text` begins with the colon; empty when no variable does.
std::string_view variable_at(std::string_view text) noexcept {
    std::string_view opening;
    char closing = '\0';
    if (std::string_view const rest = text.substr(1); rest.starts_with('\'') || rest.starts_with('"'))
        opening = rest.substr(0, 1), closing = rest.front();
    else if (rest.starts_with("{?"))
        opening = "{?", closing = '}';
    std::size_t const start = 1 + opening.size();
    std::size_t const length = name_length(text.substr(start));
    if (length == 0) return {};
    std::size_t const end = start + length;
    if (closing == '\0') return text.substr(0, end);
    return end < text.size() && text[end] == closing ? text.substr(0, end + 1) : std::string_view();
}

enum class enclosure : std::uint8_t { parentheses, brackets, json_pairs };

}   // namespace

std::optional<variable_use> find_variable(std::string_view statement) {
    if (!may_hold_variable(statement)) return std::nullopt;
    boost::container::small_vector<enclosure, 32> open;
    bool after_json_object = false;
    lexer tokens(statement);
    for (token t = tokens.next(); t.kind != token_kind::end; t = tokens.next()) {
        std::string_view const text = t.text(statement);
        bool const json_pairs = after_json_object;
        after_json_object =
            t.kind == token_kind::word && (equals_word(text, "json_object") || equals_word(text, "json_objectagg"));
        if (t.kind != token_kind::punctuation) continue;
        if (text == "(") {
            open.push_back(json_pairs ? enclosure::json_pairs : enclosure::parentheses);
        } else if (text == "[") {
            open.push_back(enclosure::brackets);
        } else if ((text == ")" || text == "]") && !open.empty()) {
            open.pop_back();
        } else if (text == ":") {
            if (!open.empty() && open.back() == enclosure::json_pairs) continue;
            std::string_view const variable = variable_at(statement.substr(t.offset));
            bool const slice = !open.empty() && open.back() == enclosure::brackets;
            bool const bare = variable.size() > 1 && is(variable[1], identifier_start_class);
            if (!variable.empty() && !(slice && bare)) return variable_use{variable, t.line};
        }
    }
    return std::nullopt;
}

}   // namespace whisper::script
