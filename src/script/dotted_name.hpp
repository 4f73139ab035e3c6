#pragma once
// Names of objects as SQL writes them, in a list of a header: "S".t.c, other.

#include <boost/container/small_vector.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace whisper::script {

using strings = boost::container::small_vector<std::string, 1>;

// The parts of a name, without quotes; unquoted ones in lower case. None when it is no such name.
std::optional<strings> parse_dotted_name(std::string_view name);

// The list cut at the commas that no quotes are around, blanks taken off.
strings split_name_list(std::string_view list);

// Whether a name of fewer parts, or as many, means this one.
bool names_end_of(const strings &name, const strings &full) noexcept;

}   // namespace whisper::script
