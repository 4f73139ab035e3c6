#pragma once
// What a utility statement is about, told from its parse tree and the catalogs just before it runs.

#include "pg/drop_objects.hpp"

namespace whisper::pg {

enum class utility_kind : uint8 {
    create,         // what it creates is told by the object access hook
    alter_table,    // columns and constraints, told by looking before and after
    alter_domain,   // likewise
    rename,         // from old_name
    rename_value,   // a value of an enum: from old_name to new_name
    set_schema,
    comment,
    harmless,   // leaves nothing that had to be undone
    other
};

struct utility_statement {
    utility_kind kind = utility_kind::other;
    std::string text;      // as typed, without its semicolon
    std::string command;   // the server's tag, "ALTER TABLE"
    // What is altered, renamed, commented on, dropped or granted; for create what is there already and may be
    // replaced. What does not exist is left out.
    boost::container::vector<object_address> targets;
    std::string old_name, new_name;
    std::string problem;   // why there is no way back, where the parse tree tells
};

// Whether it changes the definition of objects in this database, as log_statement = ddl understands it. Plain C, never
// raises.
bool is_definition(Node *tree);

// Takes no lock that outlives it.
utility_statement read_utility(const PlannedStmt &planned, const char *source);

}   // namespace whisper::pg
