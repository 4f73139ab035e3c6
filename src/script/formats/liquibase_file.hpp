#pragma once
// One file of Liquibase's formatted SQL, cut into change sets.

#include "script/formats/liquibase_options.hpp"

namespace whisper::script::formats {

struct change_set {
    std::string author, name;
    std::string log;   // the path that names it: the file's, or the logical one
    int line = 0;
    bool ours = true;       // not for another database, context or label, nor ignored
    bool repeats = false;   // runOnChange, runAlways
    bool has_placeholders = false;
    migration made;
};

struct change_log {
    boost::container::vector<change_set> sets;
    bool has_properties = false;
};

// Whether a text begins with the heading.
bool is_formatted_sql(std::string_view text);

// Throws invalid_pack naming file and line for what is not written as the tool has it, and for what cannot be done
// here; syntax_error. Properties go into `values`, which fills in the placeholders. With `only`, the other change sets
// are not made ready to run.
change_log read_change_log(directory &in, const included_file &what, property_values &values,
                           std::optional<std::size_t> only = {});
// The properties alone.
void read_properties(directory &in, const std::string &file, property_values &values);

}   // namespace whisper::script::formats
