#pragma once
// What several readers do with names and values on their way into a message or a command.

#include <algorithm>
#include <string>
#include <string_view>

namespace whisper::script {

inline std::string in_quotes(std::string_view text) { return '"' + std::string(text) + '"'; }

inline std::string replaced(std::string_view text, char from, char to) {
    std::string result(text);
    std::ranges::replace(result, from, to);
    return result;
}

// Of a path what stands behind its last slash.
inline std::string_view file_part(std::string_view path) noexcept { return path.substr(path.find_last_of('/') + 1); }

}   // namespace whisper::script
