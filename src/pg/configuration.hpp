#pragma once
// The module's settings, and what may be read on the server's disk.

#include "pg/guard.hpp"

namespace whisper::pg {

// The bundled pack: the default of whisper_migrate.script_location.
inline constexpr const char *bundled_pack = "whisperengine";

// Defines whisper_migrate.*; called once, when the module is loaded.
void define_settings();

// whisper_migrate.script_location. Throws when the session's value was refused as the module was loaded.
std::string script_location();
std::string default_profile();   // whisper_migrate.profile; empty when unset
std::string placeholders();      // whisper_migrate.placeholders, as it was set
std::string contexts();          // whisper_migrate.contexts, a list; empty when unset
std::string label_filter();      // whisper_migrate.label_filter; likewise
bool sync_history() noexcept;    // whisper_migrate.sync_history, or sync_alembic_version, its older name

// The directory of a location: a name without '/' is a pack in the server's share directory, anything else a path.
// Throws invalid_parameter for a relative path.
std::string location_directory(const std::string &location);
// Throws insufficient_privilege unless the current user may read this location: a pack in the share directory, or
// any other with superuser or pg_read_server_files.
void require_location_privilege(const std::string &location);

// Text of a file in UTF-8 to the database's encoding. Throws 22021 naming `file` for bytes that are no UTF-8.
std::string to_database_encoding(std::string content, const std::string &file);

}   // namespace whisper::pg
