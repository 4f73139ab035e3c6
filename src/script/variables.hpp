#pragma once
// psql's variables, which only psql can fill in.

#include <optional>
#include <string_view>

namespace whisper::script {

struct variable_use {
    std::string_view text;   // ":name", ":'name'", ":\"name\"" or ":{?name}"
    int line;                // 1-based, in the statement
};

// The first one outside strings, comments and dollar quotes. "a[1:n]" and JSON_OBJECT('key':value) have none: that is
// SQL, which psql leaves alone too unless somebody has set a variable n. O(length), and no tokens are read where no
// colon stands before a name.
std::optional<variable_use> find_variable(std::string_view statement);

}   // namespace whisper::script
