#pragma once
// The history tables of other tools, kept in step for as long as both look at the database.

#include "session/workspace.hpp"

namespace whisper::sync {

// With whisper_migrate.sync_history on: the tables of Alembic, golang-migrate, dbmate, goose, Flyway, sqlx, diesel,
// Prisma and Sqitch (see sqitch_sync.hpp) that there are in the search_path get the rows that the tool would have
// written for what is applied in one tier, and lose those of what is not. The tier is that of the revisions in the
// table, else the first versioned one, with its repeatable files. Rows of versions that nobody registered stay; a table
// that has no others is another project's: a WARNING, and it stays as it is. So does one of a role for which the caller
// may not act. To be called after the records were written, in the same transaction.
void sync_history(session::workspace &work);

}   // namespace whisper::sync
