#pragma once
// Character classes of PostgreSQL's lexer (scan.l), and ASCII letter case; no locale has a say.

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace whisper::script {

enum character_class : std::uint8_t {
    space_class = 1,
    digit_class = 2,
    identifier_start_class = 4,
    identifier_part_class = 8,
    operator_class = 16,
};

inline constexpr std::array<std::uint8_t, 256> character_classes = [] {
    std::array<std::uint8_t, 256> table{};
    auto mark = [&](std::string_view characters, std::uint8_t bits) {
        for (char const c : characters) table[static_cast<unsigned char>(c)] |= bits;
    };
    mark(" \t\n\r\f\v", space_class);
    mark("0123456789", digit_class | identifier_part_class);
    mark("$", identifier_part_class);
    mark("_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", identifier_start_class | identifier_part_class);
    mark("~!@#^&|`?+-*/%<>=", operator_class);
    for (std::size_t c = 128; c < 256; ++c) table[c] |= identifier_start_class | identifier_part_class;
    return table;
}();

constexpr bool is(char c, std::uint8_t classes) noexcept {
    return (character_classes[static_cast<unsigned char>(c)] & classes) != 0;
}
constexpr bool is_space(char c) noexcept { return is(c, space_class); }
constexpr bool is_digit(char c) noexcept { return is(c, digit_class); }
constexpr bool is_line_end(char c) noexcept { return c == '\n' || c == '\r'; }

constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }
constexpr char upper(char c) noexcept { return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c; }

// `lower_word` is in lower case already.
constexpr bool equals_word(std::string_view text, std::string_view lower_word) noexcept {
    if (text.size() != lower_word.size()) return false;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (lower(text[i]) != lower_word[i]) return false;
    return true;
}

constexpr std::string_view trim(std::string_view text) noexcept {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

// The position of `c` at or after `from`, or the text's size.
inline std::size_t find_character(std::string_view text, char c, std::size_t from) noexcept {
    if (from >= text.size()) return text.size();
    void const *const hit = std::memchr(text.data() + from, c, text.size() - from);
    return hit ? static_cast<std::size_t>(static_cast<char const *>(hit) - text.data()) : text.size();
}

inline int count_lines(std::string_view text) noexcept {
    int lines = 0;
    for (std::size_t i = find_character(text, '\n', 0); i < text.size(); i = find_character(text, '\n', i + 1)) ++lines;
    return lines;
}

// The first CR or LF at or after `from`, or the text's size.
inline std::size_t end_of_line(std::string_view text, std::size_t from) noexcept {
    while (from < text.size() && !is_line_end(text[from])) ++from;
    return from;
}

// The start of the line after position `end`, which is at a line end (CR, LF, CRLF) or at the text's end.
inline std::size_t next_line(std::string_view text, std::size_t end) noexcept {
    if (end < text.size() && text[end] == '\r')
        ++end;
    else if (end < text.size())
        return end + 1;
    return end < text.size() && text[end] == '\n' ? end + 1 : end;
}

inline constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

}   // namespace whisper::script
