#pragma once
// Rows of a table that anybody may have made, read from the table itself: no SQL is planned over it, so that no rule,
// policy, operator, cast or function of anybody's runs.

#include "pg/guard.hpp"
#include "pg/values.hpp"

#include <boost/container/vector.hpp>

#include <optional>

namespace whisper::pg {

// One row: the columns asked for as text, as their types print them; nothing for NULL. `place` is its ctid.
struct plain_row {
    boost::container::vector<std::optional<std::string>> values;
    std::string place;
};
using plain_rows = boost::container::vector<plain_row>;

// Whether the table can be read in this way: a plain table of the server's own storage, not a temporary one, which the
// current user may read whole.
bool may_read_plainly(Oid table);

// Locks the table against being changed until the transaction ends, as readers do; false where that would have to wait.
bool lock_for_reading(Oid table);

// Both of these only after lock_for_reading().

// The columns of the table that are of plain types (numbers, texts, times, uuid, bytea, json, text[]), by name.
strings plain_columns(Oid table);

// All rows in the table, in no order, as the current command sees them; a column that is no plain one is NULL. Only for
// what may_read_plainly() allows.
plain_rows read_plainly(Oid table, const strings &columns);

}   // namespace whisper::pg
