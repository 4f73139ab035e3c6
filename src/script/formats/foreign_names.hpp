#pragma once
// File and folder names that say "the way down", as tools have them that are not supported. Read as plain migrations,
// such a file would run after the way up and take it back.

#include <boost/container/vector.hpp>

#include <string>
#include <string_view>

namespace whisper::script::formats {

// `files` are the .sql files of one folder, whose path in the pack is `path`: empty, or with a slash at its end.
// Throws invalid_pack for one with a direction between dots ("1.undo.sql", "1-name.down.sql"), and for two that differ
// in one alone ("1_name.sql" and "1_name_down.sql", "1-name-up.sql" and "1-name-down.sql").
void require_no_ways(const boost::container::vector<std::string> &files, std::string_view path);

// Throws invalid_pack when a folder of migrations is named after a way down.
void require_no_ways(std::string_view folder);

}   // namespace whisper::script::formats
