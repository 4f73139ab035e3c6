#pragma once
// A section that runs in a background worker, seen from the deploy that waits for it.

#include "deploy/lock_retry.hpp"
#include "deploy/worker.hpp"

#include <functional>

namespace whisper::pg {
class background_task;
}

namespace whisper::deploy {

class worker_monitor {
public:
    // `what` is for messages: "revision "x"".
    worker_monitor(pg::spi_session &session, const lock_limits &limits, std::string what);

    // Runs the section while holding no snapshot and no lock but the deploy's. Calls `at_statement` as the worker gets
    // on. Returns the error, with everything rolled back here.
    std::optional<pg::caught_error> run(const top_level_section &section,
                                        const std::function<void(int statement)> &at_statement);
    // The one at work last, 0 when none was.
    int statement() const noexcept { return statement_; }

private:
    bool note_statement(const pg::background_task &worker);
    void look_for_blockers(int pid, int64 elapsed);

    pg::spi_session &session_;
    lock_limits const limits_;
    std::string const what_;
    int statement_ = 0;
    int64 blocked_ = 0;   // milliseconds
    pg::strings blockers_;
};

}   // namespace whisper::deploy
