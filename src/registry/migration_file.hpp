#pragma once
// From a migration's files to a registry record.

#include "registry/layout.hpp"
#include "registry/model.hpp"

namespace whisper::registry {

// Size and time of a migration: a file and what belongs to it count as one, with their sizes together and the newest
// time. `parts` are the paths of what it includes and of its way down.
file_entry with_parts(const std::string &directory, file_entry entry, const script::strings &parts);

// Whether the record has the files that the source has now, be their content as it may.
bool has_same_files(const std::string &directory, const revision_record &record, const migration_source &source);

// Reads the files, includes and all, below the pack's folder `directory`, and fills in everything but registration
// and state. Throws undefined_file, io_error, 22021, unsupported_command, and what parsing a file throws.
revision_record read_migration(const std::string &directory, const script::pack_definition &pack,
                               const script::tier_definition &tier, const migration_source &source);

}   // namespace whisper::registry
