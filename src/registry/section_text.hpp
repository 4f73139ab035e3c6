#pragma once
// How the texts of sections are kept: the first megabyte in whisper.revision, what is longer in parts beside it, so
// that neither writing nor reading a large one takes more memory than its text. To be called under pg::engine_scope.

#include "pg/spi.hpp"
#include "registry/model.hpp"

namespace whisper::registry {

// What of a section's text goes into its column of whisper.revision.
std::string_view first_part(std::string_view text);

// Whether the text has parts beside its column.
bool has_parts(const revision_text &text);

// Takes away the parts of these revisions.
void delete_parts(pg::spi_session &session, std::span<const std::string> revisions);

// Writes what follows the first parts. The revision has no parts yet.
void write_parts(pg::spi_session &session, const std::string &revision, const revision_text &text);

// Completes the text, which has the first parts as they were read. Returns whether it asked for more, which another
// session may have changed meanwhile.
bool read_parts(pg::spi_session &session, const std::string &revision, revision_text &text);

}   // namespace whisper::registry
