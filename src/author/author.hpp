#pragma once
// New revisions from a client: written, merged, or sent as a file.

#include "session/workspace.hpp"

namespace whisper::author {

struct new_revision {
    std::string message, up;
    std::optional<std::string> down, verify, tier, branch_label, revision_id;
    std::string head = "head";
    script::strings depends_on;
    bool splice = false;
};

// Registers it and returns its id. Throws unknown_tier, what resolving the head throws, invalid_target when the head
// is none and splice is false, duplicate_revision, duplicate_label, missing_revision, syntax_error.
std::string register_new(session::workspace &work, const new_revision &wanted);

// A revision that follows all of `revisions`. Throws invalid_parameter for fewer than two, or of different tiers.
std::string register_merge(session::workspace &work, const pg::strings &revisions,
                           const std::optional<std::string> &message);

// One file's content. Registering the same text again changes nothing. Throws checksum_mismatch when it is applied
// with another text, invalid_pack, invalid_parameter when nothing gives an id.
std::string register_file(session::workspace &work, const std::string &content, const std::optional<std::string> &tier,
                          const std::optional<std::string> &name);

}   // namespace whisper::author
