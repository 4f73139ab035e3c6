// Sections as programs, and what is told about each statement.

#include "script/program.hpp"

#include "harnesses.hpp"
#include "require.hpp"
#include "script/command_arguments.hpp"
#include "script/variables.hpp"
#include "sql_text.hpp"

namespace whisper::fuzz {

namespace {

using namespace script;

bool is_part(std::string_view whole, std::string_view part) {
    return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void check_control(std::string_view statement) {
    transaction_control const control = control_of(statement);
    std::vector<token> tokens;
    lexer all(statement);
    for (token t = all.next(); t.kind != token_kind::end; t = all.next()) tokens.push_back(t);
    for (std::string_view const separator : {" ", " -- x\n", "/* ; */\r\n"}) {
        std::string const other = spaced_out(statement, tokens, separator);
        require(control_of(other) == control, "layout does not change what a statement does to transactions", other);
    }
}

// Of any statement whether it needs the top level, as some reader would tell.
class length_reader final : public statement_reader {
public:
    statement_traits read(std::string_view statement) const override {
        statement_traits traits;
        traits.needs_top_level = statement.size() % 7 == 0;
        traits.begins_transaction = statement.size() % 14 == 0;
        return traits;
    }
};

void check_actions(std::string_view text, const script::program &compiled, std::size_t first_line) {
    int number = 0, block = 0;
    const action *first_outside = nullptr;
    for (const action &a : compiled.actions) {
        require(a.block == 0 || a.block >= block, "blocks are numbered in their order");
        if (a.block != 0) block = a.block;
        require(is_part(text, a.text) && is_part(text, a.data) && is_part(text, a.file), "actions view the text");
        require(a.line >= 1, "an action has a line");
        if (!a.absolute_line) {
            int const line = 1 + lines_before(text, static_cast<std::size_t>(a.text.data() - text.data()));
            require(a.kind == action_kind::echo || a.line == line, "an action knows its line", a.text);
            require(a.line_in_file(static_cast<int>(first_line)) == a.line + static_cast<int>(first_line) - 1,
                    "lines of a section count on from its file's");
        }
        if (a.kind == action_kind::echo) {
            require(a.number == 0, "what psql says is no statement");
            require(!find_active(a.text), "psql prints it and does nothing else", a.text);
            echo_text(a.text);
            continue;
        }
        require(a.number == ++number, "statements are numbered");
        require(a.control == transaction_control::none, "no transaction control is let through");
        require(!find_variable(a.text), "no variable is let through");
        if (a.traits.needs_top_level && !first_outside) first_outside = &a;
        check_control(a.text);
    }
    require(compiled.statements() == number, "statements are counted");
    require(compiled.top_level == first_outside, "the first statement for the top level is told");
}

}   // namespace

void program(std::string_view input) {
    survives(is_utf8(input), {sqlstate::syntax_error, sqlstate::unsupported_command, "2D000", "0A000"}, [&] {
        script::program const compiled = compile(length_reader(), input, "core/001.sql", 10);
        check_actions(input, compiled, 10);
    });
    // Also of what is no statement at all.
    survives(is_utf8(input), {sqlstate::syntax_error}, [&] {
        if (input.find('\\') == std::string_view::npos) check_control(input);
        find_variable(input);
    });
}

}   // namespace whisper::fuzz
