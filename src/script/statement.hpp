#pragma once
// What a statement is and names, as whoever has the server's grammar tells it. Nothing here looks at its words.

#include "script/transaction.hpp"

#include <boost/container/small_vector.hpp>
#include <boost/container/vector.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace whisper::script {

struct qualified_name {
    std::string schema, name;   // folded as the server does it, without quotes; no schema where none is written
    bool empty() const noexcept { return name.empty(); }
    friend bool operator==(const qualified_name &, const qualified_name &) = default;
};

// A schema that is not written may be any.
inline bool may_be_same(const qualified_name &a, const qualified_name &b) noexcept {
    return a.name == b.name && (a.schema.empty() || b.schema.empty() || a.schema == b.schema);
}

struct statement_object {
    std::string type;          // in SQL's words: "table", "materialized view", "column", "constraint"
    qualified_name name;       // of what hangs on a relation the name alone; none where it stands for all of them
    qualified_name relation;   // what a column, constraint, trigger, policy, rule or new index hangs on
    std::optional<std::string> arguments;   // of a routine, where they are written
};

struct setting_change {
    std::string name;
    std::optional<std::string> value;   // none for RESET, and for what is computed
    bool local = false;
};

enum class statement_action : std::uint8_t { none, create, alter, drop, comment, grant };

struct statement_traits {
    std::string command;   // the server's tag, "CREATE TABLE"; empty for what this server cannot parse
    statement_action action = statement_action::none;
    // What is created, altered, dropped, commented on or granted, the main one first: DROP names several, ALTER TABLE
    // its constraints, triggers and columns, too, CREATE SCHEMA what it makes inside.
    boost::container::small_vector<statement_object, 1> objects;
    // What is neither: the table of INSERT, COPY and the like, the one that a sequence is OWNED BY.
    qualified_name relation;
    boost::container::small_vector<qualified_name, 1> references;   // of ALTER TABLE: by a foreign key that it adds
    boost::container::small_vector<setting_change, 1> settings;
    bool or_replace = false, if_exists = false, if_not_exists = false, cascade = false;
    bool temporary = false;      // CREATE TEMP
    bool concurrently = false;   // in the way that waits for other transactions, outside of one
    bool needs_top_level = false;
    // SET TRANSACTION ISOLATION LEVEL and the like, which the server takes before any query of the transaction alone.
    bool begins_transaction = false;
    // REINDEX and CLUSTER of a relation: at the top level if that is partitioned.
    bool needs_top_level_if_partitioned = false;
    // May run again as it is: CREATE OR REPLACE, IF [NOT] EXISTS, COMMENT, GRANT, INSERT … ON CONFLICT, SELECT, DO and
    // whatever sets what it sets anew.
    bool rerunnable = false;
    // SET, RESET, SELECT set_config(…): what the statements after it run with.
    bool steers = false;
    bool changes_rows = false;   // INSERT, UPDATE, DELETE, MERGE, also within WITH
    int locks = 0;               // about how many it takes and keeps on what it creates
    int lock_level = 0;          // of the table of ALTER TABLE: the server's lock mode, 1 to 8; 0 for other statements

    bool known() const noexcept { return !command.empty(); }
    const statement_object *object() const noexcept { return objects.empty() ? nullptr : &objects.front(); }
    bool creates(std::string_view type) const noexcept {
        return action == statement_action::create && !objects.empty() && objects.front().type == type;
    }
};

// The relation that the statement is about: its object if that is one, what the object hangs on, or the table whose
// rows it changes. Null when there is none.
const qualified_name *relation_of(const statement_traits &traits) noexcept;

// "ALTER TABLE wants AccessExclusiveLock on t" of a statement whose lock is known, else empty.
std::string wanted_lock(const statement_traits &traits);

class statement_reader {
public:
    // One statement; what cannot be parsed is left unknown.
    virtual statement_traits read(std::string_view statement) const = 0;

protected:
    ~statement_reader() = default;
};

// Leaves every statement unknown: for whoever wants the pieces of a text alone.
const statement_reader &unread() noexcept;

}   // namespace whisper::script
