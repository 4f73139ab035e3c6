#include "script/relation.hpp"

#include "script/object_types.hpp"

namespace whisper::script {

namespace {

// [ONLY] t, ONLY (t)
std::string accept_relation(cursor &at) {
    if (at.accept("only")) at.accept_punctuation('(');
    return accept_object_name(at);
}

// Takes everything up to and with a word outside parentheses off the cursor.
bool skip_past(cursor &at, std::string_view lower_word) {
    while (!at.at_end() && !at.at_word(lower_word)) at.skip_item();
    return at.accept(lower_word);
}

std::string relation_after(cursor &at, std::string_view lower_word) {
    return skip_past(at, lower_word) ? accept_relation(at) : std::string();
}

// "s"."t".c -> "s"."t"
std::string table_of_column(std::string_view column) {
    std::size_t last_dot = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < column.size(); ++i) {
        if (column[i] == '"') quoted = !quoted;
        if (column[i] == '.' && !quoted) last_dot = i;
    }
    return std::string(column.substr(0, last_dot));
}

std::string owner_of_sequence(cursor &at) {
    while (skip_past(at, "owned"))
        if (at.accept("by")) return at.at_word("none") ? std::string() : table_of_column(accept_object_name(at));
    return {};
}

// COMMENT ON CONSTRAINT c ON [DOMAIN] name
std::string relation_of_constraint(cursor &at) {
    if (!skip_past(at, "on")) return {};
    cursor after_word = at;
    if (after_word.accept("domain") && !after_word.at_word("is")) return {};
    return accept_relation(at);
}

// The object of GRANT and REVOKE. A name is followed by TO or FROM: what another word follows says what kind it is.
std::string relation_of_privilege(cursor &at) {
    if (!skip_past(at, "on")) return {};
    cursor object = at;
    std::string name = accept_object_name(object);
    auto const name_ends = [&object] {
        return object.at_word("to") || object.at_word("from") || object.at_punctuation(',');
    };
    if (name_ends()) return name;
    return at.accept_any("table", "sequence") ? accept_object_name(at) : std::string();
}

}   // namespace

std::string relation_of_object(cursor at, const statement_traits &traits, std::string_view command) {
    std::string_view const type = traits.object_type;
    bool const creates = command == "create";
    if (type == "index" && creates) return relation_after(at, "on");
    if (type == "rule" && creates) return relation_after(at, "to");
    if (type == "statistics") return creates ? relation_after(at, "from") : std::string();
    if (type == "trigger" || type == "policy" || type == "rule") return relation_after(at, "on");
    if (type == "constraint") return relation_of_constraint(at);
    if (type == "column") return table_of_column(traits.object_name);
    if (type == "sequence" && (creates || command == "alter"))
        if (std::string owner = owner_of_sequence(at); !owner.empty()) return owner;
    for (std::string_view const relation : {"table", "foreign table", "view", "materialized view", "index", "sequence"})
        if (type == relation) return traits.object_name;
    return {};
}

std::string relation_of_verb(cursor at, std::string_view verb) {
    if (verb == "INSERT" || verb == "MERGE") return at.accept("into") ? accept_relation(at) : std::string();
    if (verb == "DELETE") return at.accept("from") ? accept_relation(at) : std::string();
    if (verb == "UPDATE" || verb == "COPY") return accept_relation(at);
    if (verb == "TRUNCATE") {
        at.accept("table");
        return accept_relation(at);
    }
    if (verb == "GRANT" || verb == "REVOKE") return relation_of_privilege(at);
    return {};
}

}   // namespace whisper::script
