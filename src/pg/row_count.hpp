#pragma once
// How many rows a drop would take along: read from the tables themselves, so that no rule, policy or function of
// anybody's has a say in it.

#include "pg/guard.hpp"

namespace whisper::pg {

// Of a table its rows; of a column, when it is not 0, its values that are not NULL; of an attribute of a composite type
// the values in the columns of that type. False for what holds none of its own: views, temporary tables, generated
// columns, partitioned tables (their partitions do). Plain C, called by the server in the middle of a command.
bool count_rows(Oid relation, int32 column, int64 *rows);

// The rows of a table that nobody has locked yet; 0 for what holds none of its own.
int64 rows_in(Oid table);

}   // namespace whisper::pg
