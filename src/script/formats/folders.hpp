#pragma once
// Tools that keep each migration in a folder of its own.

#include "script/formats/format.hpp"

#include <functional>

namespace whisper::script::formats {

struct folder_rules {
    std::string_view up, down, settings;   // names of files; settings may be empty
    std::string_view accepted;             // what a folder may hold, for hints
    std::string (*id)(std::string_view folder);
    bool in_order_of_folders = false;   // otherwise in that of the ids
};

// Whether a folder has a file of that name; the clue names it.
clue find_in_folders(directory &in, std::string_view file, bool (*is_ours)(std::string_view folder));

// Whether the name ends in ".sql", in small letters or not.
bool is_sql(std::string_view file);
// Whether there is such a file or folder below the directory; the empty name is the directory itself.
bool has_file(directory &in, const std::string &path);
bool has_folder(directory &in, const std::string &path);

// Throws invalid_pack for a file below the directory's folders for which `is_migration` holds, whose name is given to
// it, and for folders in one another without an end. The folder of checks in a pack without tiers is left alone.
void refuse_below(directory &in, const format &tool, const std::function<bool(const std::string &file)> &is_migration,
                  std::string_view hint);

// One migration for each folder that has a way up, in byte order; `id` gives the folder's id.
// Throws invalid_pack for .sql files anywhere else and for a way down alone, duplicate_revision for an id twice.
boost::container::vector<entry> list_folders(directory &in, const format &tool, const folder_rules &rules);

// The way up and, where a file has that name, the way down.
migration read_folder(directory &in, const entry &what, const folder_rules &rules);

}   // namespace whisper::script::formats
