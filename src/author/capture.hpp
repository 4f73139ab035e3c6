#pragma once
// The definitions that a session types, made into a revision.

#include "session/workspace.hpp"

namespace whisper::author {

// From now on what this session defines is recorded, until it is ended, forgotten, or rolled back.
// Throws 55000 when a capture is open; unknown_tier; not_applied when the tier's head, which the revision will follow,
// is not applied; multiple_heads.
void begin_capture(const std::optional<std::string> &tier);

struct captured_revision {
    std::string message;
    std::optional<std::string> revision_id, branch_label;
};

// Registers it, as applied with what was really created as its own, and returns its id. A NOTICE says when it has no
// way down, and why. Throws 55000 when no capture is open, invalid_parameter when nothing was captured; not_owner_tier
// when a table of another tier was changed; what begin_capture() and register_new() throw.
std::string end_capture(const captured_revision &wanted);

// Throws 55000 when no capture is open.
void abort_capture();

}   // namespace whisper::author
