#pragma once
// Sqitch's tables, kept in step: they have more to say than which changes there are.

#include "session/workspace.hpp"

namespace whisper::sync {

// For each tier that is a directory of Sqitch's, the tool's tables get the rows that it would have written for what is
// applied, tags, dependencies and events with it, and lose those of what is not. They are made where there are none
// and the caller may make a schema; a WARNING says so otherwise, and where they are a stranger's or of another plan.
void sync_sqitch(session::workspace &work);

}   // namespace whisper::sync
