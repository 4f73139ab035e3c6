#include "script/pack_path.hpp"

#include "script/characters.hpp"

#include <boost/container/small_vector.hpp>

#include <algorithm>

namespace whisper::script {

namespace {

using path_parts = boost::container::small_vector<std::string_view, 8>;

// False when ".." goes above the first part.
bool add_parts(std::string_view path, path_parts &parts) {
    while (!path.empty()) {
        std::size_t const slash = find_character(path, '/', 0);
        std::string_view const part = path.substr(0, slash);
        path.remove_prefix(std::min(slash + 1, path.size()));
        if (part == "..") {
            if (parts.empty()) return false;
            parts.pop_back();
        } else if (!part.empty() && part != ".") {
            parts.push_back(part);
        }
    }
    return true;
}

// Takes a quoted name off the front of the argument.
std::optional<std::string> take_quoted(std::string_view &argument) {
    char const quote = argument.front();
    std::string name;
    for (std::size_t i = 1; i < argument.size(); ++i) {
        if (argument[i] == '\\') return std::nullopt;
        if (argument[i] == quote) {
            if (i + 1 == argument.size() || argument[i + 1] != quote) {
                argument.remove_prefix(i + 1);
                return name;
            }
            ++i;
        }
        name += argument[i];
    }
    return std::nullopt;
}

std::optional<std::string> take_plain(std::string_view &argument) {
    auto const end = std::ranges::find_if(argument, is_space);
    std::string name(argument.begin(), end);
    argument.remove_prefix(name.size());
    if (name.find_first_of("'\"\\`:") != std::string::npos) return std::nullopt;
    return name;
}

}   // namespace

std::string_view folder_of(std::string_view path) noexcept {
    std::size_t const slash = path.rfind('/');
    return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

std::optional<std::string> path_in_pack(std::string_view folder, std::string_view name) {
    if (name.starts_with('/') || name.starts_with('~')) return std::nullopt;   // ~ is a home folder
    path_parts parts;
    if (!add_parts(folder, parts) || !add_parts(name, parts) || parts.empty()) return std::nullopt;
    std::string path;
    for (std::string_view const part : parts) path.append(path.empty() ? "" : "/").append(part);
    return path;
}

std::optional<std::string> parse_file_argument(std::string_view argument) {
    if (argument.empty()) return std::nullopt;
    bool const quoted = argument.front() == '\'' || argument.front() == '"';
    std::optional<std::string> name = quoted ? take_quoted(argument) : take_plain(argument);
    std::string_view const rest = trim(argument);
    if (!name || name->empty() || !(rest.empty() || rest.starts_with("--"))) return std::nullopt;
    return name;
}

}   // namespace whisper::script
