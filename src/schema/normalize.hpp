#pragma once
// What a definition means, whatever way the server prints it.

#include <string>
#include <string_view>

namespace whisper::schema {

// Two definitions with the same normalized() mean the same. Casts to character types and parentheses around single
// values depend on how a text was written and on a dump in between; white space does, outside of literals.
std::string normalized(std::string_view definition);

}   // namespace whisper::schema
