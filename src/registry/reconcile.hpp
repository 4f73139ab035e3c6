#pragma once
// Bring a registry up to date with its files, in memory; store.hpp writes what changed.

#include "pg/caller.hpp"
#include "registry/model.hpp"

namespace whisper::registry {

// The location in force: what whisper_migrate.script_location says; at its default, the location that the catalog
// was loaded from last.
std::string current_location(const registry &r);

// Reads what is new or whose size or time changed below `location`, and sets each record's state. Of a vanished
// file what has run is kept, and forgotten otherwise. With an empty location nothing is read.
// Throws undefined_file, io_error, invalid_pack, duplicate_revision, invalid_parameter, and what parsing a file throws.
// `by` is who asked, seen from outside of pg::engine_scope.
void reconcile(registry &r, const std::string &location, const pg::caller &by);

}   // namespace whisper::registry
