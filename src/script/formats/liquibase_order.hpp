#pragma once
// Which of Liquibase's files there are, and in which order they are read.

#include "script/formats/liquibase_file.hpp"

namespace whisper::script::formats {

// A file of change sets, or a change log that has only properties to give.
struct ordered_file {
    included_file file;
    bool is_log = false;
};

// A change log in XML, YAML or JSON in the directory itself; empty when there is none.
std::string find_log(directory &in);

// As the change log that includes the others has it; without one the .sql files, by their names. Throws invalid_pack
// for a change set in another format, and for what cannot be followed.
boost::container::vector<ordered_file> order_files(directory &in);

// The properties of a change log.
void read_log_properties(directory &in, const std::string &file, property_values &values);

}   // namespace whisper::script::formats
