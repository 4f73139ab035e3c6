#pragma once
// Applied revisions whose file names the checksum of the text that was applied.

#include "registry/model.hpp"

namespace whisper::registry {

// Where `fresh`, just read from its file, counts the text that was applied as its own: from now on that has its
// checksum.
void accept_former(registry &r, const revision_record &fresh);

}   // namespace whisper::registry
