#pragma once
// Library and catalog belong together: the server's files may be replaced before ALTER EXTENSION is run, or after.

namespace whisper::pg {

// Throws failure 55000, with the command that mends it, when this database's extension is not of the library's version.
void require_same_version();

}   // namespace whisper::pg
