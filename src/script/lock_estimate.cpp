#include "script/lock_estimate.hpp"

#include "script/cursor.hpp"

namespace whisper::script {
namespace {

// What may be stored out of line, in a table of its own with an index.
bool is_long_type(const cursor &at) {
    for (std::string_view const type : {"text", "varchar", "character", "bytea", "json", "jsonb", "xml", "numeric",
                                        "decimal", "tsvector", "bpchar", "hstore", "path", "polygon"})
        if (at.at_word(type)) return true;
    return at.at_punctuation('[');
}

int locks_of_table(std::string_view statement) {
    int locks = 1;
    bool long_values = false;
    for (cursor at(statement); !at.at_end(); at.advance()) {
        if (at.at_word("primary") || at.at_word("unique") || at.at_word("exclude") || at.at_word("identity")) ++locks;
        for (std::string_view const serial : {"serial", "bigserial", "smallserial", "serial4", "serial8", "serial2"})
            if (at.at_word(serial)) ++locks;
        long_values |= is_long_type(at);
    }
    return long_values ? locks + 2 : locks;
}

}   // namespace

int locks_of(const action &statement) {
    if (statement.kind != action_kind::sql || !statement.traits.verb.starts_with("CREATE")) return 0;
    std::string const &type = statement.traits.object_type;
    if (type == "table") return locks_of_table(statement.text);
    bool const relation = type == "index" || type == "sequence" || type == "view" || type == "materialized view" ||
                          type == "foreign table";
    return relation ? 1 : 0;
}

}   // namespace whisper::script
