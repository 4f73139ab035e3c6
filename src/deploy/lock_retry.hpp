#pragma once
// How long to wait for locks, and when to try again.

#include "pg/lock_watch.hpp"
#include "pg/subtransaction.hpp"

#include <algorithm>

namespace whisper::deploy {

struct lock_limits {
    int64 lock_timeout;   // milliseconds that a statement may wait for a lock, with everybody else behind it
    int64 max_wait;       // milliseconds that a revision may be tried for
};

// One piece of work that may have to be tried several times.
class lock_retry {
public:
    explicit lock_retry(const lock_limits &limits);

    // A lock was not to be had, or a deadlock was broken at our cost.
    static bool is_about_locks(const pg::failed_attempt &failed);
    // Whether the same again may get through: the above, and, as long as there is time, a serialization failure of the
    // server's. Ours say that what was planned is not there any more.
    bool is_retryable(const pg::failed_attempt &failed) const;
    // Whether the time is not over yet.
    bool has_time() const noexcept;
    // NOTICE of what is in the way; returns the milliseconds to wait before the next try: random, and more each time.
    int64 pause(const std::string &what, const pg::failed_attempt &failed, const pg::strings &blockers);
    // 55P03 that tells the whole story.
    [[noreturn]] void give_up(const std::string &what, const pg::strings &blockers) const;

private:
    lock_limits limits_;
    pg::timestamp began_;
    int tries_ = 0;
};

// Calls `nap` with pieces of a pause, so that whisper_cancel() is heard in between.
template <class F>
void in_naps(int64 milliseconds, F nap) {
    constexpr int64 longest = 200;
    for (; milliseconds > 0; milliseconds -= longest) nap(std::min(milliseconds, longest));
}

// The lock_timeout that is left for the next statement of a transaction that has waited for so long already: all its
// waits together keep to the limit, but each gets a tenth of it.
int64 remaining_lock_timeout(const lock_limits &limits, int64 waited);

// The rows as one text, one a line.
std::string lines_of(const pg::strings &texts);

}   // namespace whisper::deploy
