#pragma once
// From a migration's text to a registry record.

#include "registry/model.hpp"

namespace whisper::registry {

// The record of a parsed migration: checksum over the tokens of its sections, sections compiled once so that nothing
// that cannot run gets registered. `file` is for messages and may be empty.
// Throws syntax_error, unsupported_command, 2D000, naming file and line.
revision_record make_record(script::migration m, std::string_view tier, std::string_view file);

// Parses a file's content (in the database's encoding) and makes its record. Throws invalid_pack besides.
// The id comes from the header, else from the name of `file`.
revision_record parse_record(std::string content, std::string_view tier, script::tier_kind kind, std::string_view file);

// Whether everything but place, registration and text layout is the same.
bool same_content(const revision_record &a, const revision_record &b) noexcept;

// SHA-256 over a statement's tokens, 32 bytes.
std::string token_checksum(std::string_view sql);

}   // namespace whisper::registry
