#pragma once
// Placeholders in other tools' files, and what they stand for.

#include "script/migration.hpp"

#include <map>
#include <string>
#include <string_view>

namespace whisper::script::formats {

using placeholder_values = std::map<std::string, std::string>;

// "${name}", wherever it stands; letters may be small or capital. Those without a value stay. `filled_in` gets the
// names, as `values` has them, that were replaced.
std::string fill_braces(std::string_view text, const placeholder_values &values, placeholder_values &filled_in);

// ":NAME", wherever it stands, for those names of `values` that begin with a colon.
std::string fill_colons(std::string_view text, const placeholder_values &values, placeholder_values &filled_in);

// Puts `text` into the section, and what it was before values were filled in, where that counts for its checksum.
void fill_section(section &into, std::string text, std::string unfilled);

}   // namespace whisper::script::formats
