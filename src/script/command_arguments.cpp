#include "script/command_arguments.hpp"

#include "script/characters.hpp"
#include "script/literals.hpp"

#include <algorithm>

namespace whisper::script {
namespace {

bool is_name_character(char c) noexcept {
    return is(c, identifier_part_class) && c != '$';   // digits too, at any place
}

std::size_t end_of_name(std::string_view text, std::size_t from) noexcept {
    while (from < text.size() && is_name_character(text[from])) ++from;
    return from;
}

// `colon` is the position of one; the end of the variable that begins there, or `colon` itself. Before digits it is
// that of a time of day: psql would know a variable of such a name only from its user.
std::size_t end_of_variable(std::string_view text, std::size_t colon) noexcept {
    std::string_view const rest = text.substr(colon + 1);
    if (rest.empty() || is_digit(rest.front())) return colon;
    std::size_t const opening = rest.starts_with("{?") ? 2 : rest.front() == '\'' || rest.front() == '"' ? 1 : 0;
    std::size_t const end = end_of_name(rest, opening);
    if (end == opening) return colon;
    if (opening == 0) return colon + 1 + end;
    char const closing = opening == 2 ? '}' : rest.front();
    return end < rest.size() && rest[end] == closing ? colon + 1 + end + 1 : colon;
}

}   // namespace

std::optional<active_argument> find_active(std::string_view arguments) noexcept {
    auto const part = [&](active_kind kind, std::size_t begin, std::size_t end) {
        return active_argument{kind, arguments.substr(begin, end - begin)};
    };
    for (std::size_t i = 0; i < arguments.size();) {
        char const c = arguments[i];
        if (c == '`') return part(active_kind::shell, i, find_character(arguments, '`', i + 1) + 1);
        if (c == '\\')
            return part(active_kind::command, i, std::min(arguments.find_first_of(" \t", i), arguments.size()));
        if (c == ':') {
            std::size_t const end = end_of_variable(arguments, i);
            if (end > i) return part(active_kind::variable, i, end);
        }
        if (c == '\'')   // psql knows backslashes in these; in the others not even a doubled quote
            i = std::min(end_of_quoted(arguments, i, true), arguments.size());
        else if (c == '"')
            i = find_character(arguments, '"', i + 1) + 1;
        else
            i += 1;
    }
    return std::nullopt;
}

}   // namespace whisper::script
