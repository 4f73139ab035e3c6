#pragma once
// Liquibase's change logs in XML, YAML and JSON, as far as they say which files there are and in which order.

#include "script/migration.hpp"

#include <boost/container/vector.hpp>

#include <map>
#include <string>
#include <string_view>

namespace whisper::script::formats {

struct log_item {
    std::string kind;   // "include", "includeAll", "property", "changeSet", …
    std::map<std::string, std::string> options;
    strings parts;   // the kinds of what is in it: of a change set, its changes
    int line = 0;    // 0 where it is not known
};
using log_items = boost::container::vector<log_item>;

// Thrown for what cannot be read.
struct log_problem {
    std::string message;
    int line;
};

log_items read_xml_log(std::string_view text);
log_items read_yaml_log(std::string_view text);
log_items read_json_log(std::string_view text);

}   // namespace whisper::script::formats
