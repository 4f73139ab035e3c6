#include "pg/parse.hpp"

#include "pg/memory.hpp"
#include "pg/tree_lookup.hpp"
#include "pg/tree_traits.hpp"

#include <algorithm>

extern "C" {
#include "commands/tablecmds.h"
#include "parser/parser.h"
#include "tcop/utility.h"
#include "utils/varlena.h"
}

namespace whisper::pg {
namespace {

// The lexer's settings: text is cut into statements as with standard strings, and what is to be said about it (long
// names, backslashes) is said when it runs.
class quiet_lexer {
public:
    quiet_lexer() noexcept {
        standard_conforming_strings = true;
        escape_string_warning = false;
        client_min_messages = ERROR;
    }
    quiet_lexer(const quiet_lexer &) = delete;
    quiet_lexer &operator=(const quiet_lexer &) = delete;
    ~quiet_lexer() {
        standard_conforming_strings = standard_;
        escape_string_warning = warning_;
        client_min_messages = messages_;
    }

private:
    bool const standard_ = standard_conforming_strings, warning_ = escape_string_warning;
    int const messages_ = client_min_messages;
};

// What the text itself is to blame for. Nothing but memory has been touched, so there is nothing to roll back.
bool is_about_text(const postgres_error &error) noexcept {
    int const category = ERRCODE_TO_CATEGORY(error.data().sqlerrcode);
    return !error.is_interrupt() && category != ERRCODE_TO_CATEGORY(ERRCODE_OUT_OF_MEMORY) &&
           category != ERRCODE_TO_CATEGORY(ERRCODE_INTERNAL_ERROR);
}

Node *parse_one(const char *text) {
    List *const trees = raw_parser(text, RAW_PARSE_DEFAULT);
    return list_length(trees) == 1 ? static_cast<RawStmt *>(linitial(trees))->stmt : nullptr;
}

void take_names(script::statement_traits &traits, const tree_names &names) {
    traits.action = names.action;
    traits.or_replace = names.or_replace;
    traits.if_exists = names.if_exists;
    traits.if_not_exists = names.if_not_exists;
    traits.cascade = names.cascade;
    traits.temporary = names.temporary;
    for (const tree_object &object : names.objects) traits.objects.push_back(to_object(object));
    for (const RangeVar *const relation : names.references) traits.references.push_back(to_name(*relation));
    if (names.relation) traits.relation = to_name(*names.relation);
    int const owner = list_length(names.owner);   // schema.table.column, or NONE
    if (owner < 2) return;
    traits.relation = {owner > 2 ? strVal(list_nth(names.owner, owner - 3)) : "",
                       strVal(list_nth(names.owner, owner - 2))};
}

script::statement_traits traits_of(Node *tree) {
    script::statement_traits traits;
    traits.command = GetCommandTagName(call(CreateCommandTag, tree));
    tree_names const names = names_in(tree);
    take_names(traits, names);
    top_level_need const need = top_level_need_of(tree);
    traits.needs_top_level = need.always;
    traits.needs_top_level_if_partitioned = need.if_partitioned && !need.always;
    traits.begins_transaction = begins_transaction(tree);
    traits.concurrently = need.concurrently;
    traits.rerunnable = is_rerunnable(tree, names);
    traits.steers = is_setting(tree);
    traits.changes_rows = changes_rows(tree);
    traits.locks = locks_of(tree);
    if (traits.steers) add_settings(traits.settings, tree);
    if (IsA(tree, AlterTableStmt)) traits.lock_level = call(AlterTableGetLockLevel, as<AlterTableStmt>(tree)->cmds);
    return traits;
}

class server_reader final : public script::statement_reader {
public:
    script::statement_traits read(std::string_view statement) const override {
        check_interrupts();
        std::string const text(statement);   // the server wants it terminated
        memory_scope const memory;
        current_context const here(memory.context());
        try {
            Node *const tree = parse_tree(text.c_str());
            return tree ? traits_of(tree) : script::statement_traits();
        } catch (const postgres_error &error) {
            if (!is_about_text(error)) throw;
            return {};
        }
    }
};

List *split_names(char *text, char separator) {
    List *names = NIL;
    return SplitIdentifierString(text, separator, &names) ? names : NIL;
}

boost::container::vector<std::string> split(const std::string &text, char separator) {
    memory_scope const memory;
    current_context const here(memory.context());
    quiet_lexer const quiet;
    std::string copy = text;
    List *const names = call(split_names, copy.data(), separator);
    boost::container::vector<std::string> found;
    for (const char *const name : items<char>(names)) found.emplace_back(name);
    return found;
}

std::string quoted(const std::string &name) {
    memory_scope const memory;
    current_context const here(memory.context());
    return call(quote_identifier, name.c_str());
}

}   // namespace

Node *parse_tree(const char *statement) {
    quiet_lexer const quiet;
    return call(parse_one, statement);
}

const script::statement_reader &server_parser() noexcept {
    static constexpr server_reader reader;
    return reader;
}

script::qualified_name parse_name(const std::string &written) {
    // Most names are plain.
    auto const plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
    if (written.size() < NAMEDATALEN && std::all_of(written.begin(), written.end(), plain)) return {{}, written};
    auto const names = split(written, '.');
    if (names.empty()) return {{}, written};
    return {names.size() > 1 ? names[names.size() - 2] : std::string(), names.back()};
}

boost::container::vector<std::string> parse_names(const std::string &list) { return split(list, ','); }

std::string to_text(const script::qualified_name &name) {
    if (name.empty()) return {};
    return (name.schema.empty() ? std::string() : quoted(name.schema) + ".") + quoted(name.name);
}

}   // namespace whisper::pg
