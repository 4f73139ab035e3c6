#pragma once
// How long to wait for locks, and when to try again.

#include "pg/lock_watch.hpp"
#include "pg/subtransaction.hpp"

namespace whisper::engine {

struct lock_limits {
    int64 lock_timeout;   // milliseconds that a statement may wait for a lock, with everybody else behind it
    int64 max_wait;       // milliseconds that a revision may be tried for
};

// One piece of work that may have to be tried several times.
class patience {
public:
    explicit patience(const lock_limits &limits);

    // A lock was not to be had, or a deadlock was broken at our cost.
    static bool is_about_locks(const pg::failed_attempt &failed);
    // Whether the time is not over yet.
    bool lasts() const noexcept;
    // NOTICE of what is in the way, then a pause: random, and longer each time. Outside of any transaction that holds
    // something.
    void pause(const std::string &what, const pg::failed_attempt &failed, const pg::strings &blockers);
    // 55P03 that tells the whole story.
    [[noreturn]] void give_up(const std::string &what, const pg::strings &blockers) const;

private:
    lock_limits limits_;
    pg::timestamp began_;
    int tries_ = 0;
};

// The lock_timeout that is left for the next statement of a transaction that has waited for so long already: all its
// waits together keep to the limit, but each gets a tenth of it.
int64 remaining_lock_timeout(const lock_limits &limits, int64 waited);

// The rows as one text, one a line.
std::string lines_of(const pg::strings &texts);

}   // namespace whisper::engine
