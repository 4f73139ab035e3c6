#pragma once
// Names of a pack's files, as scripts write them: no look at any disk.

#include <optional>
#include <string>
#include <string_view>

namespace whisper::script {

// "lib/types.sql" -> "lib", "types.sql" -> "".
std::string_view folder_of(std::string_view path) noexcept;

// `name` seen from `folder`, without "." and ".."; nothing when it is absolute, leaves the pack or names its folder.
std::optional<std::string> path_in_pack(std::string_view folder, std::string_view name);

// The one file name in the argument of a psql command: plain, or in quotes, where a doubled quote is one. A comment may
// follow. Nothing for anything that psql would replace: variables, backquotes, escapes.
std::optional<std::string> parse_file_argument(std::string_view argument);

}   // namespace whisper::script
