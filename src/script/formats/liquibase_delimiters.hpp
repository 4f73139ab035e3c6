#pragma once
// What ends a statement in Liquibase's change sets, beside the semicolon.

#include <boost/container/small_vector.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace whisper::script::formats {

struct delimiter {
    std::string text;   // in small letters
    bool line_start, alone;
};
using delimiters = boost::container::small_vector<delimiter, 2>;

// "go" and "/", each alone in its line: those of a change set that says nothing.
delimiters usual_delimiters();

// Those of an option: ";;", "@@", "\nGO", ";|\n/$". Nothing for any other pattern.
std::optional<delimiters> parse_delimiters(std::string_view option);

// Puts a semicolon in the place of each that is outside of strings, quoted names and comments; lines stay where they
// are. Throws lexical_failure.
void replace_delimiters(std::string &script, const delimiters &ends);

}   // namespace whisper::script::formats
