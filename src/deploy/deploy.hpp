#pragma once
// Migrates a database that is in use: a transaction for each revision, under a lock_timeout, tried again.

#include "deploy/lock_retry.hpp"
#include "plan/planner.hpp"

namespace whisper::deploy {

// Commits as it goes, so it must run in a procedure that may (see pg/procedure.hpp); starts with a commit. Of a
// revision with pieces that cannot share a transaction, each piece is recorded as it is done, and an earlier deploy's
// pieces are not run again. Failures are written into whisper.history. Throws what planning and running throw; 55P03
// when max_wait is over; 57014 after whisper_cancel(); 53000 when no background worker is free.
void deploy(const plan::run_request &request, const lock_limits &limits);

}   // namespace whisper::deploy
