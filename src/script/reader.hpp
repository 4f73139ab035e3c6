#pragma once
// Tokens with their place in a script: which semicolon ends a statement, where COPY data and psql's commands are.

#include "script/tokens.hpp"

#include <cstdint>
#include <string_view>

namespace whisper::script {

enum class event_kind : std::uint8_t {
    token,
    comment,     // a -- comment, only when asked for
    semicolon,   // ends a statement
    command,     // psql's, from the backslash to the end of the line
    copy_data,   // the end of COPY … FROM stdin, and its data
    end,
};

struct event {
    event_kind kind;
    token at;   // copy_data: the semicolon, or the end
    std::size_t data_offset = 0;
    std::size_t data_length = 0;
};

// Where one statement stands, as far as its end depends on it.
class statement_state {
public:
    void add(token_kind kind, std::string_view text) noexcept;
    bool may_end() const noexcept { return parentheses_ == 0 && blocks_ == 0; }
    bool copies_from_stdin() const noexcept { return lead_ == lead::copy_stdin; }

private:
    // What the first words say; `routine` is CREATE [OR REPLACE] FUNCTION or PROCEDURE.
    enum class lead : std::uint8_t {
        start,
        create,
        create_or,
        create_or_replace,
        routine,
        copy,
        copy_from,
        copy_stdin,
        other
    };
    void add_word(std::string_view text) noexcept;
    void add_routine_word(std::string_view text) noexcept;
    lead after_word(std::string_view text) const noexcept;

    lead lead_ = lead::start;
    bool after_begin_ = false;   // the word before was BEGIN
    bool label_ = false;         // after AS or a dot, where END and CASE are mere names
    std::size_t parentheses_ = 0;
    std::size_t blocks_ = 0;   // BEGIN ATOMIC and CASE inside it
};

class script_reader {
public:
    explicit script_reader(std::string_view script, bool comments = false) noexcept
        : script_(script), lexer_(script), comments_(comments) {}
    // Throws lexical_failure: what the lexer finds, and text after COPY … FROM stdin.
    event next();
    // The text ahead begins a new statement, whatever came before.
    void reset_statement() noexcept { state_ = {}; }

private:
    event end_of_statement(const token &at);
    event copy_data(const token &semicolon);
    event command(const token &backslash);

    std::string_view script_;
    lexer lexer_;
    statement_state state_;
    bool comments_;
};

}   // namespace whisper::script
