#pragma once
// Migrations in other languages than SQL: a tool runs them in their turn, this project cannot.

#include "script/formats/format.hpp"

namespace whisper::script::formats {

// `tool` is whose directory it is, null for plain files. Code that has not the name of a migration is let be.
// Throws invalid_pack, naming file and tool, for a file beside the .sql files that is a migration in code: by its name
// for the tool, and in plain files, unless they have this project's own markers, for any tool.
void require_no_code(directory &in, const format *tool);

}   // namespace whisper::script::formats
