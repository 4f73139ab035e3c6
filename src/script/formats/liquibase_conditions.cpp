#include "script/formats/liquibase_conditions.hpp"

#include "script/characters.hpp"
#include "script/origin.hpp"
#include "script/quote.hpp"
#include "script/splitter.hpp"
#include "script/transaction.hpp"

#include <algorithm>

namespace whisper::script::formats {
namespace {

std::string dollar_quoted(std::string_view text, std::string tag) {
    while (text.find('$' + tag + '$') != text.npos) tag += '_';
    return '$' + tag + '$' + std::string(text) + '$' + tag + '$';
}

// The value of "key:value" among words.
std::string value_of(std::string_view body, std::string_view key) {
    while (!body.empty()) {
        std::size_t const end = std::min(body.find_first_of(" \t"), body.size());
        std::string_view const word = body.substr(0, end);
        body = trim(body.substr(end));
        if (word.size() > key.size() && equals_word(word.substr(0, key.size()), key))
            return std::string(word.substr(key.size()));
    }
    return {};
}

condition relation_exists(std::string_view name, std::string_view schema, std::string_view kinds) {
    std::string const wanted =
        schema.empty() ? "pg_catalog.current_schema()" : "pg_catalog.lower(" + quote_literal(schema) + ')';
    return {
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid "
        "OPERATOR(pg_catalog.=) c.relnamespace WHERE pg_catalog.lower(c.relname) OPERATOR(pg_catalog.=) "
        "pg_catalog.lower(" +
            quote_literal(name) + ") AND c.relkind OPERATOR(pg_catalog.=) ANY (" + quote_literal(kinds) +
            ") AND pg_catalog.lower(n.nspname) OPERATOR(pg_catalog.=) pg_catalog.lower(" + wanted + "))",
        "t"};
}

std::optional<condition> parse_sql_check(std::string_view body) {
    constexpr std::string_view key = "expectedresult:";
    if (body.size() > key.size() && equals_word(body.substr(0, key.size()), key)) body.remove_prefix(key.size());
    if (body.empty()) return std::nullopt;
    bool const quoted = body.front() == '\'' || body.front() == '"';
    std::size_t const start = quoted ? 1 : 0;
    std::size_t const end = quoted ? body.find(body.front(), 1) : body.find(' ');
    if (end == body.npos || end <= start) return std::nullopt;
    condition made{{}, std::string(body.substr(start, end - start))};
    std::string_view query = trim(body.substr(end + 1));
    while (query.ends_with(';')) query = trim(query.substr(0, query.size() - 1));
    if (query.empty()) return std::nullopt;
    made.query = query;
    return made;
}

// The line end is for a comment that the query may end with. Executed, so that its names are not the block's.
std::string check_of(const condition &c) {
    std::string const query = "SELECT pg_catalog.format('%s', (" + c.query + "\n))";
    return "EXECUTE " + dollar_quoted(query, "query") + " INTO given; IF given OPERATOR(pg_catalog.<>) " +
           quote_literal(c.expected) + " THEN problem := pg_catalog.format(" +
           quote_literal("The query gives \"%s\" instead of \"%s\": %s") + ", given, " + quote_literal(c.expected) +
           ", " + quote_literal(c.query) + "); END IF; ";
}

std::string follow(consequence what, const std::string &message) {
    switch (what) {
        case consequence::halt:
            return "RAISE EXCEPTION USING MESSAGE = " + message + ", DETAIL = problem, ERRCODE = 'WM016'; ";
        case consequence::warn:
            return "RAISE WARNING USING MESSAGE = " + message + ", DETAIL = problem; ";
        case consequence::pass_over:
            return "RAISE NOTICE USING MESSAGE = " + message + ", DETAIL = problem; RETURN; ";
    }
    return {};
}

std::string checks_of(const conditions &wanted, std::string_view name) {
    std::string const message = quote_literal("precondition of change set \"" + std::string(name) + "\" does not hold");
    std::string text;
    for (const condition &c : wanted.all) text += "IF problem IS NULL THEN " + check_of(c) + "END IF; ";
    // An error of a query is one of the server's, which goes on up as it is where it is to halt.
    if (wanted.on_error != consequence::halt)
        text = "BEGIN " + text + "EXCEPTION WHEN OTHERS THEN broken := true; problem := SQLERRM; END; ";
    text += "IF problem IS NOT NULL THEN ";
    if (wanted.on_error == wanted.on_fail || wanted.on_error == consequence::halt)
        return text + follow(wanted.on_fail, message) + "END IF; ";
    return text + "IF broken THEN " + follow(wanted.on_error, message) + "ELSE " + follow(wanted.on_fail, message) +
           "END IF; END IF; ";
}

// Every statement of the section as one that a block runs.
std::optional<std::string> executed(std::string_view script) {
    std::string text;
    piece_reader pieces(script);
    for (piece p{}; pieces.next(p);) {
        if (p.kind != piece_kind::statement) return std::nullopt;
        if (control_of(p.text(script)) != transaction_control::none) return std::nullopt;
        text += "\nEXECUTE " + dollar_quoted(p.text(script), "statement") + ';';
    }
    return text + '\n';
}

}   // namespace

std::optional<consequence> parse_consequence(std::string_view word) {
    if (equals_word(word, "halt")) return consequence::halt;
    if (equals_word(word, "warn")) return consequence::warn;
    if (equals_word(word, "mark_ran")) return consequence::pass_over;
    return std::nullopt;
}

std::optional<condition> parse_condition(std::string_view kind, std::string_view body) {
    if (kind == "sql-check") return parse_sql_check(body);
    std::string const schema = value_of(body, "schema:");
    if (kind == "table-exists")
        if (std::string const table = value_of(body, "table:"); !table.empty())
            return relation_exists(table, schema, "{r,p}");
    if (kind == "view-exists")
        if (std::string const view = value_of(body, "view:"); !view.empty())
            return relation_exists(view, schema, "{v}");
    return std::nullopt;
}

bool apply_conditions(section &into, const conditions &wanted, std::string_view name, std::string_view file) {
    if (wanted.all.empty()) return true;
    std::string block = "DECLARE given text; problem text; broken boolean := false; BEGIN " + checks_of(wanted, name);
    bool const may_pass = wanted.on_fail == consequence::pass_over || wanted.on_error == consequence::pass_over;
    if (may_pass) {
        auto const statements = executed(into.text);
        if (!statements || !into.transactional) return false;
        block += *statements;
    }
    std::string text = "DO " + dollar_quoted(block + "END", "conditions") + ";\n";
    if (!may_pass) {
        append_line_marker(text, into.line, file);
        text += into.text;
    }
    into.text = std::move(text);
    into.line = wanted.line;
    return true;
}

}   // namespace whisper::script::formats
