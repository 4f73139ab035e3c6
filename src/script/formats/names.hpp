#pragma once
// Files that are named after a number, and directories that are told by markers in them.

#include "script/formats/format.hpp"

namespace whisper::script::formats {

// The .sql files of a directory, or of a folder below it, by their names in there. Throws invalid_pack for one whose
// ending is in other letters (".SQL").
boost::container::vector<std::string> sql_files(directory &in, const std::string &folder = {});

struct name_rule {
    bool needs_number;             // whether a name without a number at its beginning is an error
    std::string_view separators;   // of which one must follow the number
};

// One migration for each .sql file, in the order of the numbers; its id is the number as written, the message the
// rest. Throws invalid_pack for a name that does not fit, duplicate_revision for a number twice.
boost::container::vector<entry> list_by_number(directory &in, const format &tool, const name_rule &rule);

// The first line of a .sql file for which `is_marker` holds, its text given in lower case with single blanks and
// without the dashes in front. Files above 1 MB are not looked into, nor those whose names say which way they are
// ("….up.sql"), but for `ways_too`.
clue find_marker(directory &in, bool (*is_marker)(std::string_view body), bool ways_too = false);

// For find_marker(): the markers and headers of this project's own files.
bool is_own_marker(std::string_view body);

// A line as find_marker() gives it.
std::string marker_body(std::string_view line);

}   // namespace whisper::script::formats
