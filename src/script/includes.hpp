#pragma once
// psql's \i and \ir, put into the script as text.

#include "script/migration.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace whisper::script {

// Gives the content of a file of the pack; `path` is relative to the pack's folder, without "." and "..".
using read_file = std::function<std::string(const std::string &path)>;

// Puts the files that \i, \include (relative to the pack's folder, where psql has its current directory), \ir and
// \include_relative (relative to the including file) name in the commands' place, between two line markers (see
// origin.hpp), and their own includes in theirs. `file` is the path of `content` in the pack. A file's byte order mark
// is left out, and COPY data that its end ends gets its "\.". Without includes the content comes back as it is.
// `included`, unless null, gets every path once. Throws unsupported_command for a name outside the pack or none at all,
// an include in the middle of a statement, a file that includes itself, more than 16 files in each other; invalid_pack
// for a section marker in an included file; syntax_error where a file cannot be cut into tokens (all name file and
// line); program_limit for more than 10,000 includes or 1 GB; and what `read` throws, with the include in DETAIL when
// there is none.
std::string expand_includes(std::string_view content, std::string_view file, const read_file &read, strings *included);

// The same, without a second copy of a large text that includes nothing.
std::string take_with_includes(std::string content, std::string_view file, const read_file &read, strings *included);

}   // namespace whisper::script
