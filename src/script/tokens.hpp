#pragma once
// The token stream of a script: what splitting, checksums and classification share.

#include "error.hpp"
#include "interrupts.hpp"
#include "script/literals.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace whisper::script {

enum class token_kind : std::uint8_t {
    word,                // identifier or key word, unquoted
    quoted_identifier,   // "…" and U&"…"
    string,              // '…', E'…', B'…', X'…', N'…', U&'…'
    dollar_string,       // $tag$…$tag$
    number,
    parameter,     // $1
    operator_,     // one operator, as PostgreSQL's lexer cuts them
    punctuation,   // ( ) [ ] , ; : . and ::  :=  .. => and any character that is none of the above
    comment,       // -- to the end of the line; only from next_or_comment()
    end,
};

struct token {
    token_kind kind;
    std::size_t offset;
    std::size_t length;
    int line;   // 1-based

    std::string_view text(std::string_view script) const noexcept { return script.substr(offset, length); }
};

// The syntax_error that cutting into tokens throws, "… at line 3"; who knows the file adds it.
struct lexical_failure : failure {
    lexical_failure(std::string problem_, int line_, std::string hint_ = {});
    void locate(std::string_view file, int file_line);   // "… at line 7 of file "F"", or without a file's name

    std::string problem;
    int line;   // 1-based, in the script
};

// Skips white space, comments (nested too) and a leading byte order mark.
class lexer {
public:
    explicit lexer(std::string_view script, std::size_t offset = 0, int line = 1) noexcept;
    // The next token; kind `end` at the end. Throws lexical_failure (unterminated string, comment, …).
    token next();
    // The same, but gives -- comments as tokens.
    token next_or_comment();
    std::size_t position() const noexcept { return position_; }
    int line() const noexcept { return line_; }
    // Goes on elsewhere, at a place that the caller knows to be between tokens.
    void move_to(std::size_t position, int line) noexcept;

private:
    void skip_space() noexcept;
    void skip_block_comment();
    token take(token_kind kind, std::size_t end) noexcept;
    token take_literal(token_kind kind, std::size_t quote, bool backslashes);
    token take_word_or_literal();
    token take_dollar();
    token take_operator() noexcept;
    token take_punctuation() noexcept;

    std::string_view script_;
    std::size_t position_;
    int line_;
    operator_run run_;   // of the operator characters around position_, if any
    interrupt_check check_;
};

// Where the tokens' normal form goes; pg/ gives it to the server's SHA-256.
class digest_sink {
public:
    virtual void update(std::string_view bytes) = 0;

protected:
    ~digest_sink() = default;
};

// Feeds every token, key words and unquoted identifiers in lower case (ASCII), strings as written (with CRLF inside
// them as LF), a separator between tokens, final and doubled semicolons left out: equal digests mean that only
// comments, white space, letter case of unquoted words and line endings differ. COPY data goes in as its lines, a psql
// command as its text, and a line marker (see origin.hpp) as the end of a statement: included text counts as if it
// stood in the including file. Throws lexical_failure as the lexer does. O(length).
void digest_tokens(std::string_view script, digest_sink &sink);

}   // namespace whisper::script
