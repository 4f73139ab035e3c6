#pragma once
// What golang-migrate and Flyway have in common: pairs of files by version.

#include "script/formats/format.hpp"
#include "script/tool_layout.hpp"

namespace whisper::script::formats {

clue recognize_versions(directory &in, migration_tool tool);
boost::container::vector<entry> list_versions(directory &in);
boost::container::vector<entry> list_versions(directory &in, const boost::container::vector<std::string> &names);
// Two files: a way up, and a way down behind a line marker.
migration read_pair(directory &in, const entry &what);

}   // namespace whisper::script::formats
