#pragma once
// What is recorded of the statements of a repeatable file that have run.

#include "pg/spi.hpp"

namespace whisper::repeatable {

struct recorded_object {
    bool created;                 // or else altered
    std::string type, identity;   // as pg_identify_object() gives them
    std::string relation;         // of a column: the identity of its relation
    std::string schema;
    pg::strings names, arguments;   // as pg_identify_object_as_address() gives them
};

struct recorded_statement {
    std::string checksum, verb, object_type, object_name;
    int number;
    bool rerunnable;
    boost::container::vector<recorded_object> objects;

    bool creates() const noexcept { return verb.starts_with("CREATE"); }
    bool alters() const noexcept { return verb.starts_with("ALTER"); }
    bool replaces() const noexcept { return verb.starts_with("CREATE OR REPLACE"); }
};

// In the order of the file.
boost::container::vector<recorded_statement> read_recorded(pg::spi_session &session, const std::string &revision);

}   // namespace whisper::repeatable
