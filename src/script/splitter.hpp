#pragma once
// Cuts a script into the pieces that psql would send, by PostgreSQL's lexical rules.

#include "script/reader.hpp"

#include <boost/container/pmr/global_resource.hpp>
#include <boost/container/pmr/memory_resource.hpp>
#include <boost/container/pmr/vector.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace whisper::script {

using memory = boost::container::pmr::memory_resource;

enum class piece_kind : std::uint8_t {
    statement,      // one SQL statement, without its final semicolon
    copy_data,      // COPY … FROM stdin: the statement, and its data block (lines up to "\.")
    psql_command,   // from a backslash, outside of strings and comments, to the end of its line
};

struct piece {
    piece_kind kind;
    int line;                  // 1-based line of the first token, in the text given to split()
    std::size_t offset;        // of the first token (white space and comments in front are left out)
    std::size_t length;        // up to the last token; a statement's semicolon is not part of it
    std::size_t data_offset;   // copy_data: the block, without the "\." line; otherwise 0
    std::size_t data_length;
    bool inside_statement = false;   // psql_command: nothing ended the statement before it

    std::string_view text(std::string_view script) const noexcept { return script.substr(offset, length); }
    std::string_view data(std::string_view script) const noexcept { return script.substr(data_offset, data_length); }
};
using pieces = boost::container::pmr::vector<piece>;

// The pieces one after the other, found when they are asked for: however many there are, they take no memory.
class piece_reader {
public:
    explicit piece_reader(std::string_view script) noexcept : reader_(script) {}
    // False at the end. Throws lexical_failure as split() does.
    bool next(piece &found);

private:
    script_reader reader_;
    std::optional<piece> command_;   // ended a statement that had no semicolon, and comes after it
};

// Standard and E'' strings, U&'' and U&"", bit strings, quoted identifiers, dollar quotes, nested comments,
// BEGIN ATOMIC … END bodies (CASE … END inside), semicolons inside parentheses (rules), a missing last semicolon,
// CRLF and a UTF-8 byte order mark. Empty statements are left out. standard_conforming_strings is taken as on.
// Throws lexical_failure (a syntax_error) with the line for an unterminated string, comment, dollar quote or quoted
// identifier. O(length).
pieces split(std::string_view script, memory *resource = boost::container::pmr::get_default_resource());
// The same; what came before an error is in `found` all the same.
void split(std::string_view script, pieces &found);

}   // namespace whisper::script
