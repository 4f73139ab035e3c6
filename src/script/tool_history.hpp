#pragma once
// The tables in which migration tools keep what they have applied: one description each, as data.

#include "script/migration.hpp"

#include <boost/container/vector.hpp>

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace whisper::script {

struct tool_history;

// One row of such a table: the columns of history_columns(), as text; nothing for NULL and for a column that this
// version of the table does not have.
class history_row {
public:
    history_row(const tool_history &of, std::span<const std::optional<std::string>> values)
        : of_(of), values_(values) {}
    // Empty for NULL.
    std::string_view get(std::string_view column) const;
    bool is_null(std::string_view column) const;
    bool is_true(std::string_view column) const { return get(column) == "t"; }

private:
    const std::optional<std::string> *find(std::string_view column) const;
    const tool_history &of_;
    std::span<const std::optional<std::string>> values_;
};

// What a row says of its version.
enum class standing : unsigned char {
    applied,
    through,   // it and everything before it: a baseline
    below,     // what is before it, and it not: it did not get through
    pending,   // taken back, or failed
    none       // it is about no migration
};

// How a tool names a migration.
enum class version_form : unsigned char {
    id,         // as the revision is called here
    number,     // the number that the file's or its folder's name begins with, zeros before it left out
    name,       // the name of the file, with its extension or without, or that of its folder
    flyway,     // "1.2" is V1.2; repeatable files go by their descriptions
    changeset   // of Liquibase: id and author
};

enum class version_reach : unsigned char {
    own,     // a row for each version
    before   // a version stands for all that it follows, too
};

using take_version = std::function<void(std::string_view version, standing)>;

struct tool_history {
    std::string_view tool;
    std::string_view schema;     // the tool's own; empty: wherever the search_path leads it
    std::string_view tables;     // the names it has by default and has had, separated by blanks
    std::string_view required;   // the columns that every version of the table has
    std::string_view optional;   // further ones that some have
    std::string_view version;    // the column with the version
    version_form form;
    version_reach reach = version_reach::own;
    // Tools that can be told another name: a table with exactly these columns is one under any name.
    bool renamed = false;
    std::string_view order = {};                         // of the rows of one version the last by this column tells
    standing (*stands)(const history_row &) = nullptr;   // none: every row is of an applied version
    // Where one row has many versions.
    void (*versions)(const history_row &, const take_version &) = nullptr;
};

// All of them; where two could be meant by one table, the one with more columns comes first.
std::span<const tool_history> tool_histories() noexcept;
const tool_history *find_tool_history(std::string_view tool) noexcept;

// required and optional, in that order.
strings history_columns(const tool_history &history);
// The words of a list that is separated by blanks.
strings words_of(std::string_view list);

// What the rows say, each version once. The version is as the tool writes it ("1", "R__views", "author:id").
struct recorded_version {
    std::string version;
    standing is;
};
boost::container::vector<recorded_version> read_versions(const tool_history &history,
                                                         std::span<const history_row> rows);

// The names that a tool of this form may have for a migration with this id and this file (empty when it has none), and
// those that a recorded version may stand for, likeliest first: they belong together when they share one.
strings names_of_revision(version_form form, std::string_view id, std::string_view file);
strings names_of_version(version_form form, std::string_view version);

// "0012_add.up.sql" -> "12", "2019-08-05-123456_add" -> "20190805123456", "V3" -> "3"; empty for what begins with none.
std::string leading_number(std::string_view name);

}   // namespace whisper::script
