#include "script/reader.hpp"

#include "script/characters.hpp"

#include <algorithm>

namespace whisper::script {

void statement_state::add(token_kind kind, std::string_view text) noexcept {
    if (kind == token_kind::word) {
        add_word(text);
        return;
    }
    if (kind == token_kind::punctuation && text == "(") ++parentheses_;
    if (kind == token_kind::punctuation && text == ")" && parentheses_ > 0) --parentheses_;
    label_ = kind == token_kind::punctuation && text == ".";
    after_begin_ = false;
    if (lead_ != lead::routine && lead_ != lead::copy && lead_ != lead::copy_stdin) lead_ = lead::other;
}

void statement_state::add_word(std::string_view text) noexcept {
    if (lead_ == lead::routine)
        add_routine_word(text);
    else if (lead_ != lead::other)
        lead_ = after_word(text);
}

// psql counts every BEGIN, CASE and END here; asking for ATOMIC lets a function be called "begin".
void statement_state::add_routine_word(std::string_view text) noexcept {
    bool const label = label_;
    label_ = equals_word(text, "as");
    bool const opens_body = after_begin_ && equals_word(text, "atomic");
    after_begin_ = false;
    if (label || parentheses_ > 0) return;
    if (opens_body || (blocks_ > 0 && equals_word(text, "case")))
        ++blocks_;
    else if (blocks_ > 0 && equals_word(text, "end"))
        --blocks_;
    else
        after_begin_ = blocks_ == 0 && equals_word(text, "begin");
}

statement_state::lead statement_state::after_word(std::string_view text) const noexcept {
    switch (lead_) {
        case lead::start:
            if (equals_word(text, "create")) return lead::create;
            return equals_word(text, "copy") ? lead::copy : lead::other;
        case lead::create:
            if (equals_word(text, "or")) return lead::create_or;
            [[fallthrough]];
        case lead::create_or_replace:
            return equals_word(text, "function") || equals_word(text, "procedure") ? lead::routine : lead::other;
        case lead::create_or:
            return equals_word(text, "replace") ? lead::create_or_replace : lead::other;
        case lead::copy:
            return parentheses_ == 0 && equals_word(text, "from") ? lead::copy_from : lead::copy;
        case lead::copy_from:   // the grammar takes STDOUT for STDIN here
            return equals_word(text, "stdin") || equals_word(text, "stdout") ? lead::copy_stdin : lead::other;
        default:
            return lead_;
    }
}

event script_reader::next() {
    token const t = comments_ ? lexer_.next_or_comment() : lexer_.next();
    std::string_view const text = t.text(script_);
    if (t.kind == token_kind::comment) return {event_kind::comment, t};
    if (t.kind == token_kind::end) {
        if (state_.copies_from_stdin() && state_.may_end()) return end_of_statement(t);
        return {event_kind::end, t};
    }
    if (t.kind == token_kind::punctuation && text == ";" && state_.may_end()) return end_of_statement(t);
    if (t.kind == token_kind::punctuation && text == "\\") return command(t);
    state_.add(t.kind, text);
    return {event_kind::token, t};
}

event script_reader::end_of_statement(const token &at) {
    bool const copies = state_.copies_from_stdin();
    state_ = {};
    return copies ? copy_data(at) : event{event_kind::semicolon, at};
}

event script_reader::copy_data(const token &semicolon) {
    std::size_t i = lexer_.position();
    for (;;) {   // to the end of the semicolon's line, which as that of a row is a line feed
        while (i < script_.size() && is_space(script_[i]) && script_[i] != '\n') ++i;
        std::string_view const rest = script_.substr(i, 2);
        if (rest == "/*") {
            std::size_t const end = end_of_block_comment(script_, i);
            if (end == unterminated || count_lines(script_.substr(i, end - i)) > 0) break;
            i = end;
        } else if (rest == "--") {
            i = end_of_line(script_, i);
        } else {
            break;
        }
    }
    if (i < script_.size() && script_[i] != '\n')
        throw lexical_failure("text after COPY FROM STDIN", lexer_.line(),
                              "Start the data in the line after the semicolon.");
    int line = lexer_.line() + (i < script_.size());
    std::size_t const start = std::min(i + 1, script_.size());
    interrupt_check check;
    for (i = start; i < script_.size(); ++line) {
        check();
        std::size_t const end = find_character(script_, '\n', i);
        std::string_view const row = script_.substr(i, end - i);
        std::size_t const next = end < script_.size() ? end + 1 : end;
        if (row == "\\." || row == "\\.\r") {
            lexer_.move_to(next, line + 1);
            return {event_kind::copy_data, semicolon, start, i - start};
        }
        i = next;
    }
    lexer_.move_to(script_.size(), line);
    return {event_kind::copy_data, semicolon, start, script_.size() - start};
}

event script_reader::command(const token &backslash) {
    std::size_t const after = backslash.offset + 1;
    if (after < script_.size() && script_[after] == ';') {   // psql's way to send two statements at once
        if (state_.copies_from_stdin())
            throw lexical_failure("text after COPY FROM STDIN", backslash.line, "End it with a semicolon alone.");
        if (!state_.may_end())   // there psql puts a semicolon into the statement, which is not ours to edit
            throw lexical_failure("\"\\;\" in the middle of a statement", backslash.line, "Write a semicolon alone.");
        lexer_.move_to(after + 1, backslash.line);
        state_ = {};
        return {event_kind::semicolon, {token_kind::punctuation, backslash.offset, 2, backslash.line}};
    }
    std::size_t const end = end_of_line(script_, backslash.offset);
    lexer_.move_to(end, backslash.line);
    state_ = {};
    std::size_t length = end - backslash.offset;
    while (is_space(script_[backslash.offset + length - 1])) --length;
    return {event_kind::command, {token_kind::punctuation, backslash.offset, length, backslash.line}};
}

}   // namespace whisper::script
