#include "script/names.hpp"

#include <algorithm>

namespace whisper::script {

namespace {

constexpr std::size_t longest_name = 63;   // NAMEDATALEN - 1, as for everything PostgreSQL names

constexpr bool is_name_character(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
}

}   // namespace

std::string_view name_problem(std::string_view name) noexcept {
    if (name.empty()) return "The name is empty.";
    if (name.size() > longest_name) return "The name is longer than 63 bytes.";
    if (!std::ranges::all_of(name, is_name_character)) return "The name has other characters than allowed.";
    if (name == "head" || name == "heads" || name == "base") return "The name is a target's.";
    return {};
}

}   // namespace whisper::script
