#pragma once
// What Flyway's own table says of a database that Flyway has migrated: which of two ways up its files go.

#include "pg/guard.hpp"
#include "script/tool_history.hpp"

#include <set>
#include <string>

namespace whisper::registry {

// Reads the table when it is asked for the first time; one that another session has locked says nothing.
class flyway_records {
public:
    explicit flyway_records(Oid table) : table_(table) {}
    bool any();
    // By the id that a file's revision has: "V2", "B2".
    bool has(const std::string &id);

private:
    void read();
    void take(const script::tool_history &history);
    Oid table_;
    bool read_ = false;
    std::set<std::string> names_;
};

}   // namespace whisper::registry
