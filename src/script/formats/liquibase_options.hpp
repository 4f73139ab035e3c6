#pragma once
// What stands behind the names of Liquibase's change sets and properties: "key:value key:"a value"".

#include "script/formats/format.hpp"
#include "script/formats/liquibase_delimiters.hpp"
#include "script/formats/liquibase_rules.hpp"

namespace whisper::script::formats {

struct change_option {
    std::string key, value;   // the key in small letters
};

// Words that are no option are left out, as the tool passes over them.
boost::container::vector<change_option> read_options(std::string_view text);

struct change_heading {
    std::string author, id;
    std::string_view options;
};
// "author:id", each maybe in double quotes, and what stands behind. False for anything else.
bool read_heading(std::string_view text, change_heading &found);

struct change_options {
    std::string dbms, context, labels, log;
    bool ignored = false, transactional = true, split = true, rollback_split = true;
    rerun_mode rerun = rerun_mode::never;
    delimiters ends = usual_delimiters(), rollback_ends = usual_delimiters();
    std::string problem, hint;   // an option that cannot be followed
};
change_options take_options(std::string_view text);

// What an include of a file says of all that is in it.
struct included_file {
    std::string file;
    strings contexts;   // expressions, all of which must hold
    strings labels;     // lists, likewise
    bool ignored = false;
    bool plain = false;   // it may be a file without the heading, which is one change set
};

// Whether a change set is for this database, for the contexts and labels that are asked for, and not to be ignored.
// Nothing, and the problem, where a context or the filter cannot be read.
std::optional<bool> is_meant(const change_options &options, const included_file &what, const selection &wanted,
                             std::string &problem);

// "name:x value:y dbms:… context:… labels:… global:…". False when there is no name or value; a context or label that
// cannot be read holds for none.
bool set_property(std::string_view text, const selection &wanted, property_values &values);

}   // namespace whisper::script::formats
