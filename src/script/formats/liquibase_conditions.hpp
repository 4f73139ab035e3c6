#pragma once
// Preconditions of Liquibase's change sets, as statements that the server runs before the change set's own.

#include "script/migration.hpp"

#include <boost/container/vector.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace whisper::script::formats {

enum class consequence : unsigned char { halt, warn, pass_over };   // of a condition that does not hold

struct condition {
    std::string query;      // of one value
    std::string expected;   // its text
};

struct conditions {
    consequence on_fail = consequence::halt, on_error = consequence::halt;
    boost::container::vector<condition> all;
    int line = 0;   // of the first
};

// "HALT", "WARN", "MARK_RAN"; nothing for any other.
std::optional<consequence> parse_consequence(std::string_view word);

// "sql-check" with "expectedResult:0 SELECT …", "table-exists" and "view-exists" with "table:x schema:y". Nothing for
// any other kind, and for what is not written so.
std::optional<condition> parse_condition(std::string_view kind, std::string_view body);

// Puts the checks in front of `into`, which is of the change set that is called `name`, or the whole of it into them.
// `file` is its path in the pack. Throws lexical_failure; false when there is a statement that cannot run under a
// condition.
bool apply_conditions(section &into, const conditions &wanted, std::string_view name, std::string_view file);

}   // namespace whisper::script::formats
