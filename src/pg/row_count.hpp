#pragma once
// How many rows a drop would take along: read from the tables themselves, so that no rule, policy or function of
// anybody's has a say in it.

#include "pg/guard.hpp"

namespace whisper::pg {

// The rows of a foreign table are somebody else's to count.
constexpr int64 unknown_rows = -1;

// Which rows count: all, or only those that the current transaction did not insert since a command of its own.
struct row_filter {
    bool own;          // those too
    CommandId began;   // the first command whose rows do not count
};

// Of a table its rows; of a column, when it is not 0, its values that are not NULL; a column of a row type
// counts wherever values of that type are stored, in arrays, domains, ranges and rows within rows too. False for what
// holds none of its own: views, temporary tables, generated columns, partitioned tables (their partitions do). Plain C,
// called by the server in the middle of a command.
bool count_rows(Oid relation, int32 column, row_filter which, int64 *rows);

// The rows of a table that nobody has locked yet; 0 for what holds none of its own.
int64 rows_in(Oid table);

}   // namespace whisper::pg
