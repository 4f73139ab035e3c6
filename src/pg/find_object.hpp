#pragma once
// Objects by the names that pg_identify_object_as_address() gave them once, as whisper.owned_object keeps them.

#include "pg/drop_objects.hpp"

#include <optional>
#include <span>
#include <string>

namespace whisper::pg {

// Nothing where it is gone, be it with its schema, its table or the type of an argument, and for names that are none.
// Takes no lock, and asks for no right. Throws no error of the server but for what a look into its catalogs can raise.
std::optional<object_address> find_object(const std::string &type, std::span<const std::string> names,
                                          std::span<const std::string> arguments);

}   // namespace whisper::pg
