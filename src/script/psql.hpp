#pragma once
// Text for a script that psql reads: what others wrote must not become psql's commands.

#include <string>
#include <string_view>

namespace whisper::script {

// The statement with nothing in it that psql takes for its own: a blank after each ":" that would start a variable.
// Throws unsupported_command when a backslash stands outside of quotes, and for a semicolon there unless `whole` is
// false; what the lexer throws.
std::string for_psql(std::string_view statement, bool whole = false);

// An argument of a psql command that stands for exactly this text: quoted, ASCII only, on one line.
std::string psql_argument(std::string_view text);

// What fits behind "-- " on one line: line ends and other control characters are blanks.
std::string psql_comment(std::string_view text);

// Whether psql cuts it the same way whatever standard_conforming_strings and client_encoding are.
bool reads_the_same_everywhere(std::string_view text) noexcept;

}   // namespace whisper::script
