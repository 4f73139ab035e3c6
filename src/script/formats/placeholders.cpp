#include "script/formats/placeholders.hpp"

#include "script/characters.hpp"

#include <algorithm>

namespace whisper::script::formats {
namespace {

std::string placeholder_key(std::string_view name) {
    std::string small(name);
    std::ranges::transform(small, small.begin(), [](char c) { return lower(c); });
    return small;
}

bool is_word_character(char c) noexcept { return is_digit(c) || c == '_' || (lower(c) >= 'a' && lower(c) <= 'z'); }

}   // namespace

std::string fill_braces(std::string_view text, const placeholder_values &values, placeholder_values &filled_in) {
    std::map<std::string, const placeholder_values::value_type *> by_name;
    for (const auto &value : values) by_name.emplace(placeholder_key(value.first), &value);
    std::string result;
    std::size_t from = 0;
    for (std::size_t at = text.find("${"); at != text.npos; at = text.find("${", at)) {
        std::size_t const close = text.find_first_of("}\n", at);
        if (close == text.npos) break;
        auto const value =
            text[close] == '}' ? by_name.find(placeholder_key(text.substr(at + 2, close - at - 2))) : by_name.end();
        if (value == by_name.end()) {
            at += 2;
            continue;
        }
        result.append(text.substr(from, at - from)).append(value->second->second);
        filled_in.insert(*value->second);
        at = from = close + 1;
    }
    return result.append(text.substr(from));
}

std::string fill_colons(std::string_view text, const placeholder_values &values, placeholder_values &filled_in) {
    std::string result;
    std::size_t from = 0;
    for (std::size_t at = text.find(':'); at != text.npos; at = text.find(':', at)) {
        std::size_t end = at + 1;
        while (end < text.size() && is_word_character(text[end])) ++end;
        auto const value = values.find(std::string(text.substr(at, end - at)));
        if (value != values.end() && end > at + 1) {
            result.append(text.substr(from, at - from)).append(value->second);
            filled_in.insert(*value);
            from = end;
        }
        at = end;
    }
    return result.append(text.substr(from));
}

void fill_section(section &into, std::string text, std::string unfilled) {
    into.present = true;
    into.line = 1;
    if (text != unfilled) into.unfilled = std::move(unfilled);
    into.text = std::move(text);
}

}   // namespace whisper::script::formats
