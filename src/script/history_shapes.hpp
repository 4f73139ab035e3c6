#pragma once
// How the history tables look that today's releases of the tools make.

#include <array>
#include <string_view>

namespace whisper::script {

struct history_shape {
    std::string_view tool;                          // as in tool_history
    std::string_view schema;                        // which the tool makes for it; empty: none
    std::string_view table;                         // with that schema
    std::string_view columns;                       // what stands between the parentheses of its CREATE TABLE
    std::array<std::string_view, 2> indexes = {};   // what stands behind CREATE
};

// Null for a tool whose migrations are not known to touch its table.
const history_shape *find_history_shape(std::string_view tool) noexcept;

}   // namespace whisper::script
