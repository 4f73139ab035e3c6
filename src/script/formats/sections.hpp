#pragma once
// Files whose sections begin with "-- WORD Up" and "-- WORD Down", as several tools have them.

#include "script/formats/format.hpp"

namespace whisper::script::formats {

struct section_words {
    std::string_view word;             // before each marker, in small letters: "+goose"
    bool repeats;                      // whether a section may be opened again
    std::string_view whole_options;    // of the file: without a transaction; empty when there are none
    std::string_view section_option;   // the same, behind a section's name
    std::string_view environment{};    // fills in what is in the tool's environment, which nobody here knows
};

// Throws invalid_pack for any other marker of that word, statements before the first section, a file without a way
// up, and StatementBegin without its StatementEnd.
migration read_sections(directory &in, const format &tool, const entry &what, const section_words &words);

// A migration of its first file as the way up.
migration read_whole(directory &in, const entry &what);
// The text of a file as a section.
void fill(section &into, std::string text);
// Whether a text has a statement.
bool has_statement(std::string_view script);

}   // namespace whisper::script::formats
