#pragma once
// Directories of golang-migrate and Flyway: what their file names say.

#include "script/migration.hpp"

#include <boost/container/vector.hpp>

#include <compare>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace whisper::script {

enum class migration_tool : unsigned char { none, golang_migrate, flyway };

// One migration: its files as positions in the names that lay_out() got.
struct tool_migration {
    std::string id, message;
    std::size_t up = 0;
    std::optional<std::size_t> down;
};

struct tool_layout {
    migration_tool tool = migration_tool::none;
    boost::container::vector<tool_migration> versioned;    // in version order
    boost::container::vector<tool_migration> repeatable;   // in description order
};

// The tool that a name is of; none when no name is.
migration_tool tool_of(std::span<const std::string> names);

// `names` are the .sql files of one directory; its path in the pack is `folder`: empty, or with a slash at its end.
// golang-migrate: 000001_name.up.sql and .down.sql; the id is the number as written, the order numeric.
// Flyway: V1.2__description.sql and its undo U1.2__…; parts are separated by '.' or '_' and compared as numbers, and
// the id is "V1.2". R__description.sql is repeatable, with that as its id, blanks as underscores.
// One such name makes the directory that tool's; with none, `tool` is none and both lists are empty.
// Throws invalid_pack for any other .sql file in it, for a way down without its way up, and for what cannot be an id;
// duplicate_revision for two files of one version and direction. All name the file. O(n log n).
tool_layout lay_out(std::span<const std::string> names, std::string_view folder);

// Flyway's versions: digits, with single '.' or '_' between them. They are compared part by part, as numbers.
bool is_flyway_version(std::string_view text) noexcept;
std::strong_ordering compare_versions(std::string_view a, std::string_view b);

// Throws unsupported_command for a placeholder of Flyway ("${name}") outside of comments, naming file and line;
// syntax_error, naming them too, when there may be one and the text cannot be cut into tokens.
void require_no_placeholders(std::string_view script, std::string_view file);

}   // namespace whisper::script
