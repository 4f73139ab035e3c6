#pragma once
// Where the long tokens end: pure functions of text and position, shared by the lexer and the digest.

#include <cstddef>
#include <string_view>

namespace whisper::script {

inline constexpr std::size_t unterminated = std::string_view::npos;

// `quote` is the position of the opening quote ('…' or "…"); doubled quotes stay inside, with `backslashes` (E'…') so
// does a quote after a backslash. Returns the position after the closing quote, or `unterminated`.
std::size_t end_of_quoted(std::string_view script, std::size_t quote, bool backslashes) noexcept;

// A string goes on when only white space and -- comments with a line end among them lie before another quote: the
// position of that quote, or `unterminated` when the string is over at `end`.
std::size_t string_continuation(std::string_view script, std::size_t end) noexcept;

// The position after a whole string literal, continuations included, or `unterminated`.
std::size_t end_of_string(std::string_view script, std::size_t quote, bool backslashes) noexcept;

// The length of the delimiter ("$$", "$tag$") at `offset`, or 0 when none starts there.
std::size_t dollar_delimiter(std::string_view script, std::size_t offset) noexcept;
std::size_t end_of_dollar_string(std::string_view script, std::size_t offset, std::size_t delimiter) noexcept;

// `offset` is at the "/*"; comments nest.
std::size_t end_of_block_comment(std::string_view script, std::size_t offset) noexcept;

// `offset` is at a digit, or at a dot before one. A letter that sticks to a number belongs to it: the server refuses
// it.
std::size_t end_of_number(std::string_view script, std::size_t offset) noexcept;
// `offset` is at the dollar sign; with no digit after it, the position after it.
std::size_t end_of_parameter(std::string_view script, std::size_t offset) noexcept;

// The run of operator characters at `offset`, up to a comment in it, and what decides how it is cut. One run can hold
// many operators ("+-+-"), so the lexer keeps it instead of looking at the rest of the run for each of them.
struct operator_run {
    std::size_t end = 0;
    std::size_t after_special = 0;   // after the last of ~!@#^&|`?%, which allow a final + or -
    std::size_t after_core = 0;      // after the last character that is neither + nor -

    // Where the operator that starts at `offset`, inside the run, ends.
    std::size_t cut(std::size_t offset) const noexcept;
};
operator_run find_operator_run(std::string_view script, std::size_t offset) noexcept;

}   // namespace whisper::script
