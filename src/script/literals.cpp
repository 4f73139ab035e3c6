#include "script/literals.hpp"

#include "script/characters.hpp"

#include <algorithm>

namespace whisper::script {

namespace {

bool at(std::string_view script, std::size_t i, char c) noexcept { return i < script.size() && script[i] == c; }

bool at(std::string_view script, std::size_t i, char first, char second) noexcept {
    return at(script, i, first) && at(script, i + 1, second);
}

bool at_class(std::string_view script, std::size_t i, std::uint8_t classes) noexcept {
    return i < script.size() && is(script[i], classes);
}

std::size_t skip_digits(std::string_view script, std::size_t i) noexcept {
    while (i < script.size() && (is_digit(script[i]) || script[i] == '_')) ++i;
    return i;
}

// 0x1F, 0o17, 0b11; `i` itself when there is none.
std::size_t end_of_radix_number(std::string_view script, std::size_t i) noexcept {
    if (!at(script, i, '0') || i + 1 >= script.size()) return i;
    char const radix = lower(script[i + 1]);
    if (radix != 'x' && radix != 'o' && radix != 'b') return i;
    auto is_radix_digit = [radix](char c) {
        if (radix == 'x') return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f');
        return c >= '0' && c <= (radix == 'o' ? '7' : '1');
    };
    std::size_t end = i + 2;
    while (end < script.size() && (script[end] == '_' || is_radix_digit(script[end]))) ++end;
    return end;
}

// A word that sticks to a number is part of the error that the server reports, and does not begin an E''.
std::size_t end_of_junk(std::string_view script, std::size_t i) noexcept {
    if (!at_class(script, i, identifier_start_class)) return i;
    while (at_class(script, i, identifier_part_class)) ++i;
    return i;
}

}   // namespace

std::size_t end_of_quoted(std::string_view script, std::size_t quote, bool backslashes) noexcept {
    char const mark = script[quote];
    std::size_t i = quote + 1;
    for (;;) {
        if (backslashes)
            while (i < script.size() && script[i] != mark) i += script[i] == '\\' ? 2 : 1;
        else
            i = find_character(script, mark, i);
        if (i >= script.size()) return unterminated;
        if (!at(script, i + 1, mark)) return i + 1;
        i += 2;
    }
}

std::size_t string_continuation(std::string_view script, std::size_t end) noexcept {
    bool line_end = false;
    for (std::size_t i = end; i < script.size();) {
        char const c = script[i];
        if (c == '\'') return line_end ? i : unterminated;
        if (is_space(c)) {
            line_end |= is_line_end(c);
            ++i;
        } else if (at(script, i, '-', '-')) {
            i = end_of_line(script, i);
        } else {
            return unterminated;
        }
    }
    return unterminated;
}

std::size_t end_of_string(std::string_view script, std::size_t quote, bool backslashes) noexcept {
    for (;;) {
        std::size_t const end = end_of_quoted(script, quote, backslashes);
        if (end == unterminated) return unterminated;
        quote = string_continuation(script, end);
        if (quote == unterminated) return end;
    }
}

std::size_t dollar_delimiter(std::string_view script, std::size_t offset) noexcept {
    std::size_t i = offset + 1;
    if (at(script, i, '$')) return 2;
    if (!at_class(script, i, identifier_start_class)) return 0;
    while (at_class(script, i, identifier_part_class) && script[i] != '$') ++i;
    return at(script, i, '$') ? i + 1 - offset : 0;
}

// A delimiter has no dollar sign inside, so a comparison never reads past the next one: linear for any tag.
std::size_t end_of_dollar_string(std::string_view script, std::size_t offset, std::size_t delimiter) noexcept {
    std::string_view const mark = script.substr(offset, delimiter);
    for (std::size_t i = find_character(script, '$', offset + delimiter); i < script.size();
         i = find_character(script, '$', i + 1))
        if (script.substr(i).starts_with(mark)) return i + delimiter;
    return unterminated;
}

// Both "/*" and "*/" have a star: looking for stars alone finds them.
std::size_t end_of_block_comment(std::string_view script, std::size_t offset) noexcept {
    std::size_t depth = 1;
    std::size_t free_from = offset + 2;   // what lies before belongs to a mark already
    for (std::size_t star = find_character(script, '*', free_from); star < script.size();
         star = find_character(script, '*', std::max(star + 1, free_from))) {
        if (star > free_from && script[star - 1] == '/') {
            ++depth;
            free_from = star + 1;
        } else if (at(script, star + 1, '/')) {
            free_from = star + 2;
            if (--depth == 0) return free_from;
        }
    }
    return unterminated;
}

std::size_t end_of_number(std::string_view script, std::size_t offset) noexcept {
    std::size_t i = end_of_radix_number(script, offset);
    if (i == offset) {
        i = skip_digits(script, offset);
        if (at(script, i, '.') && !at(script, i + 1, '.')) i = skip_digits(script, i + 1);
        if (at(script, i, 'e') || at(script, i, 'E')) {
            bool const sign = at(script, i + 1, '+') || at(script, i + 1, '-');
            if (at_class(script, i + 1 + sign, digit_class)) i = skip_digits(script, i + 1 + sign);
        }
    }
    return end_of_junk(script, i);
}

std::size_t end_of_parameter(std::string_view script, std::size_t offset) noexcept {
    std::size_t i = offset + 1;
    while (at_class(script, i, digit_class)) ++i;
    return i > offset + 1 ? end_of_junk(script, i) : i;
}

std::size_t operator_run::cut(std::size_t offset) const noexcept {
    if (after_special > offset) return end;
    return std::max(after_core, offset + 1);
}

operator_run find_operator_run(std::string_view script, std::size_t offset) noexcept {
    operator_run run;
    std::size_t i = offset;
    for (; at_class(script, i, operator_class); ++i) {
        char const c = script[i];
        if (i > offset && (at(script, i, '-', '-') || at(script, i, '/', '*'))) break;
        if (c == '+' || c == '-') continue;
        run.after_core = i + 1;
        if (c != '*' && c != '/' && c != '<' && c != '>' && c != '=') run.after_special = i + 1;
    }
    run.end = i;
    return run;
}

}   // namespace whisper::script
