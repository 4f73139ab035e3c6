#pragma once
// Reads a table that anybody may have made, without running anything of its owner's: no query is planned over it, since
// planning evaluates index expressions, predicates and statistics with the rights of whoever plans.

#include "pg/guard.hpp"

namespace whisper::pg {

enum class reading : unsigned char {
    done,
    refused,   // no plain table with these columns of the server's own types, or one that the caller may not read whole
    locked     // somebody has it locked against readers
};

using text_row = boost::container::vector<std::optional<std::string>>;

struct plain_rows {
    reading outcome = reading::refused;
    boost::container::vector<text_row> rows;   // values as their types print them, in the order asked for
};

// The rows that the current snapshot sees of the table itself, not of what inherits from it; the caller's rights count,
// not the engine's. Waits for no lock.
plain_rows read_plain_table(Oid table, std::span<const std::string_view> columns);

}   // namespace whisper::pg
