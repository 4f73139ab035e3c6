#pragma once
// The rows that a tool itself would have written for what is applied.

#include "script/tool_history.hpp"

#include <cstdint>

namespace whisper::script {

// What a tool knows of a migration that it has run.
struct applied_migration {
    std::string id, message, file;   // file: its path in the pack; empty for one that a client registered
    std::string content;             // of the file, byte for byte
};

struct column_value {
    std::string_view column;
    std::string sql;   // an expression, values quoted
};
using column_values = boost::container::vector<column_value>;

// Whether rows can be written for this tool.
bool writes_rows(const tool_history &history) noexcept;
// Whether the tool writes one for this revision: Flyway does not for its callbacks.
bool has_row(const tool_history &history, std::string_view id) noexcept;
// Of golang-migrate, whose one row is the last version.
bool has_one_row(const tool_history &history) noexcept;

// The row for a migration; `rank` is its place among the rows of a tool that counts them. Columns that have a default
// for what is meant are left out.
column_values row_for(const tool_history &history, const applied_migration &m, std::int64_t rank);

// Flyway's checksum: CRC-32 over the lines, without their ends and a byte order mark.
std::int32_t line_checksum(std::string_view content) noexcept;

}   // namespace whisper::script
