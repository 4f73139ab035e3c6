#pragma once
// The server's own parser, asked what a statement is before it runs.

#include "pg/guard.hpp"
#include "script/statement.hpp"

namespace whisper::pg {

// Reads with this server's grammar, and looks nothing up. What it cannot parse is left unknown and fails when it runs;
// cancel, shutdown and no memory left are thrown.
const script::statement_reader &server_parser() noexcept;

// A possibly qualified name as it is written: "s"."T" or s.t. Text that is no name stays as it is, without a schema.
script::qualified_name parse_name(const std::string &written);
// The names of a list, as search_path has them; none when it is no such list.
boost::container::vector<std::string> parse_names(const std::string &list);
// Quoted where the server wants it.
std::string to_text(const script::qualified_name &name);

}   // namespace whisper::pg
