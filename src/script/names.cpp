#include "script/names.hpp"

#include <algorithm>

namespace whisper::script {

namespace {

constexpr std::size_t longest_name = 63;   // NAMEDATALEN - 1, as for everything PostgreSQL names
constexpr std::size_t longest_id = 255;    // as long as a file's name: some tools' ids are folders

constexpr bool may_be_in_name(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
}

std::string_view problem_of(std::string_view name) noexcept {
    if (name.empty()) return "The name is empty.";
    if (!std::ranges::all_of(name, may_be_in_name)) return "The name has other characters than allowed.";
    if (name == "head" || name == "heads" || name == "base") return "The name is a target's.";
    return {};
}

}   // namespace

std::string_view name_problem(std::string_view name) noexcept {
    return name.size() > longest_name ? "The name is longer than 63 bytes." : problem_of(name);
}

std::string_view id_problem(std::string_view id) noexcept {
    return id.size() > longest_id ? "The id is longer than 255 bytes." : problem_of(id);
}

}   // namespace whisper::script
