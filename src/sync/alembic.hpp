#pragma once
// Alembic's own table, kept in step for as long as both tools look at the database.

#include "session/workspace.hpp"

namespace whisper::sync {

// With a table alembic_version with the one column version_num in the
// search_path or in public: makes its rows what Alembic would have there, the applied revisions of one tier that no
// applied revision of it follows or depends on. The tier is that of the revisions in the table, else the first
// versioned one. A table whose revisions are all unknown is another project's: a WARNING, and it stays as it is.
// To be called after the records were written, in the same transaction. Runs as the caller, with the caller's rights.
void sync_alembic_version(session::workspace &work);

}   // namespace whisper::sync
