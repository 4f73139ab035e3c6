#include "script/statement.hpp"

#include "script/object_types.hpp"
#include "script/relation.hpp"

#include <algorithm>

namespace whisper::script {

namespace {

std::string upper_copy(std::string_view text) {
    std::string copy(text);
    std::ranges::transform(copy, copy.begin(), upper);
    return copy;
}

// To after the next comma outside parentheses; false at the end.
bool next_action(cursor &at) {
    while (!at.at_end()) {
        if (at.accept_punctuation(',')) return true;
        at.skip_item();
    }
    return false;
}

// One action of ALTER that a second run leaves as it is.
bool is_rerunnable_action(cursor &at) {
    if (at.accept("owner")) return at.at_word("to");
    if (at.accept("add")) {
        at.accept_any("column", "value", "attribute");
        return at.accept("if") && at.accept("not") && at.accept("exists");
    }
    if (at.accept("drop")) {
        at.accept_any("column", "constraint", "attribute");
        return at.accept("if") && at.accept("exists");
    }
    if (at.accept_any("enable", "disable", "force")) return true;
    if (at.accept("set")) return !at.at_word("schema");
    if (at.accept("no")) return at.at_word("force");
    if (at.accept("alter")) {
        at.accept("column");
        at.advance();
        return (at.accept("set") && !at.at_word("data")) || (at.accept("drop") && !at.at_word("identity"));
    }
    return false;
}

bool is_rerunnable_alter(cursor &at) {
    if (at.at_punctuation('(')) at.skip_item();   // a function's argument types
    do {
        if (!is_rerunnable_action(at)) return false;
    } while (next_action(at));
    return !at.cut_off();
}

bool detaches_concurrently(cursor at) {
    if (!at.accept("detach") || !at.accept("partition")) return false;
    accept_object_name(at);
    return at.at_word("concurrently");
}

// The server opens a replication slot, which it refuses to do in a transaction, unless told not to.
bool creates_slot(cursor &at) {
    for (; !at.at_end(); at.advance()) {
        if (!at.accept_any("create_slot", "connect") || at.text() != "=") continue;
        at.advance();
        for (std::string_view const no : {"false", "off", "0", "'false'", "'off'", "'0'"})
            if (equals_word(at.text(), no)) return false;
    }
    return true;
}

bool contains(cursor &at, std::string_view first, std::string_view second) {
    while (!at.at_end())
        if (at.accept(first)) {
            if (at.at_word(second)) return true;
        } else {
            at.skip_item();
        }
    return false;
}

void classify_create(cursor &at, statement_traits &traits) {
    if (at.accept("or") && at.accept("replace")) {
        traits.verb += " OR REPLACE";
        traits.rerunnable = true;
    }
    while (at.accept_any("global", "local", "temp", "temporary", "unlogged", "unique", "recursive", "constraint",
                         "trusted", "procedural", "default")) {
    }
}

// The part after CREATE, ALTER or DROP and what may stand before the type.
void classify_object(cursor &at, statement_traits &traits, std::string_view command) {
    std::string type = accept_object_type(at);
    if (type.empty()) return;
    traits.verb += ' ' + upper_copy(type);
    bool const concurrently = at.accept("concurrently");
    if (at.accept("if")) {
        bool const negated = at.accept("not");
        bool const exists = at.accept("exists");
        traits.if_not_exists = negated && exists && command == "create";
        traits.rerunnable |= exists && command != "alter";
    }
    if (type == "table") at.accept("only");

    bool const create_or_drop = command != "alter";
    bool const whole_server = type == "database" || type == "tablespace";
    if (type == "system" || (create_or_drop && whole_server) || (type == "index" && concurrently))
        traits.needs_top_level = true;
    if (type == "default privileges") {
        traits.rerunnable = true;
        return;
    }
    if (type == "system" || type == "owned") return;

    traits.object_name = accept_object_name(at);
    traits.object_type = std::move(type);
    traits.relation = relation_of_object(at, traits, command);
    if (traits.object_type == "subscription" && command == "create") traits.needs_top_level = creates_slot(at);
    if (create_or_drop) return;
    if (at.text() == "*") at.advance();
    if (traits.object_type == "table") traits.needs_top_level = detaches_concurrently(at);
    if (traits.object_type == "database") {
        cursor setting = at;
        traits.needs_top_level = setting.accept("set") && setting.at_word("tablespace");
    }
    traits.rerunnable = !traits.object_name.empty() && is_rerunnable_alter(at);
}

// COMMENT ON type name; columns and constraints have comments of their own.
void classify_comment(cursor &at, statement_traits &traits) {
    traits.rerunnable = true;
    if (!at.accept("on")) return;
    at.accept("procedural");
    for (std::string_view const part : {"column", "constraint"})
        if (at.accept(part)) traits.object_type = part;
    if (traits.object_type.empty()) traits.object_type = accept_object_type(at);
    if (traits.object_type.empty()) return;
    traits.object_name = accept_object_name(at);
    traits.relation = relation_of_object(at, traits, "comment");
}

// REINDEX [(options)] what [CONCURRENTLY] name
bool reindex_needs_top_level(cursor &at) {
    bool concurrently = false;
    if (at.accept_punctuation('('))
        while (!at.at_end() && !at.accept_punctuation(')')) {
            if (at.accept("concurrently"))
                concurrently = !at.at_word("false") && !at.at_word("off") && at.text() != "0";
            else
                at.advance();
        }
    bool const everything = at.accept_any("database", "system", "schema");
    if (!everything) at.accept_any("table", "index");
    return everything || concurrently || at.at_word("concurrently");
}

bool cluster_needs_top_level(cursor &at) {
    if (at.at_punctuation('(')) at.skip_item();
    at.accept("verbose");
    return at.at_end();
}

bool selects_into(cursor &at) {
    for (; !at.at_end() && !at.at_word("from"); at.skip_item())
        if (at.at_word("into")) return true;
    return at.cut_off();
}

bool classify_transaction(cursor &at, statement_traits &traits) {
    using enum transaction_control;
    std::string_view const verb = traits.verb;
    if ((verb == "COMMIT" || verb == "ROLLBACK") && at.at_word("prepared")) {
        traits.needs_top_level = true;   // it ends another transaction than the one it runs in
        return true;
    }
    bool const prepares = verb == "PREPARE" && at.accept("transaction") && at.kind() == token_kind::string;
    if (verb == "BEGIN" || (verb == "START" && at.at_word("transaction"))) {
        traits.control = begin;
    } else if (verb == "COMMIT" || verb == "END" || prepares) {
        traits.control = commit;
    } else if (verb == "ROLLBACK" || verb == "ABORT") {
        at.accept_any("work", "transaction");
        traits.control = at.at_word("to") ? savepoint : rollback;
    } else if (verb == "SAVEPOINT" || verb == "RELEASE") {
        traits.control = savepoint;
    } else {
        return false;
    }
    return true;
}

void classify_other(cursor &at, statement_traits &traits) {
    std::string_view const verb = traits.verb;
    traits.relation = relation_of_verb(at, verb);
    if (verb == "VACUUM") traits.needs_top_level = true;
    if (verb == "REINDEX") traits.needs_top_level = reindex_needs_top_level(at);
    if (verb == "CLUSTER") traits.needs_top_level = cluster_needs_top_level(at);
    if (verb == "DISCARD") traits.needs_top_level = at.at_word("all");
    if (verb == "INSERT")
        traits.rerunnable = contains(at, "on", "conflict");
    else if (verb == "SELECT")
        traits.rerunnable = !selects_into(at);
    else
        for (std::string_view const again :
             {"GRANT", "REVOKE", "SET", "RESET", "SHOW", "ANALYZE", "DO", "REFRESH", "REINDEX", "VACUUM", "SECURITY"})
            traits.rerunnable |= verb == again;
}

}   // namespace

statement_traits classify(std::string_view statement) {
    statement_traits traits;
    cursor at(statement);
    while (at.accept_punctuation('(')) {
    }
    if (at.kind() != token_kind::word) return traits;
    traits.verb = upper_copy(at.text());
    at.advance();
    if (traits.verb == "CREATE") {
        classify_create(at, traits);
        classify_object(at, traits, "create");
    } else if (traits.verb == "ALTER") {
        classify_object(at, traits, "alter");
    } else if (traits.verb == "DROP") {
        at.accept("procedural");
        classify_object(at, traits, "drop");
    } else if (traits.verb == "COMMENT") {
        classify_comment(at, traits);
    } else if (!classify_transaction(at, traits)) {
        classify_other(at, traits);
    }
    return traits;
}

}   // namespace whisper::script
