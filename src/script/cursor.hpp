#pragma once
// Reading one statement word by word.

#include "script/characters.hpp"
#include "script/tokens.hpp"

#include <string_view>

namespace whisper::script {

// One token of lookahead; past `limit` bytes the statement counts as over.
class cursor {
public:
    explicit cursor(std::string_view statement, std::size_t limit = 8 << 20)
        : statement_(statement), lexer_(statement), limit_(limit), current_(lexer_.next()) {}

    token_kind kind() const noexcept { return current_.kind; }
    std::string_view text() const noexcept { return current_.text(statement_); }
    bool at_end() const noexcept { return kind() == token_kind::end; }
    // The limit came before the end: what was looked for may still follow.
    bool cut_off() const noexcept { return cut_off_; }

    bool at_word(std::string_view lower_word) const noexcept {
        return kind() == token_kind::word && equals_word(text(), lower_word);
    }
    bool at_punctuation(char c) const noexcept {
        return kind() == token_kind::punctuation && current_.length == 1 && statement_[current_.offset] == c;
    }

    void advance() {
        if (lexer_.position() > limit_) {
            cut_off_ = true;
            current_ = {token_kind::end, statement_.size(), 0, lexer_.line()};
        } else {
            current_ = lexer_.next();
        }
    }

    bool accept(std::string_view lower_word) {
        bool const hit = at_word(lower_word);
        if (hit) advance();
        return hit;
    }
    template <class... Words>
    bool accept_any(Words... words) {
        return (accept(words) || ...);
    }

    bool accept_punctuation(char c) {
        bool const hit = at_punctuation(c);
        if (hit) advance();
        return hit;
    }

    // At an opening parenthesis: to after its closing one. Otherwise one token on.
    void skip_item() {
        std::size_t depth = 0;
        do {
            if (at_punctuation('(')) ++depth;
            if (at_punctuation(')') && depth > 0) --depth;
            advance();
        } while (depth > 0 && !at_end());
    }

private:
    std::string_view statement_;
    lexer lexer_;
    std::size_t limit_;
    bool cut_off_ = false;
    token current_;
};

}   // namespace whisper::script
