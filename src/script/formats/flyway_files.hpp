#pragma once
// Flyway's directories: which of their files is what.

#include "script/formats/format.hpp"

namespace whisper::script::formats {

extern const format flyway;

// A file that says how another one is run: "V1__name.sql.conf".
inline constexpr std::string_view settings_ending = ".conf";

// Whether the name is "B2__name.sql", of a baseline; its version is put into `version`.
bool is_baseline(std::string_view file, std::string_view &version);

// What list() of the format gives: the versions in their order, from the baseline on where there is one for this
// database, then the repeatable files, between the callbacks that run before and after them.
// Throws invalid_pack for callbacks that have no place here.
boost::container::vector<entry> list_flyway(directory &in);

struct script_settings {
    bool transactional = true, placeholders = true;
};
// Of a ".conf" file. Throws invalid_pack for a setting that cannot be followed.
script_settings read_settings(directory &in, const std::string &file);

}   // namespace whisper::script::formats
