#pragma once
// Which lock this session waited for, and who holds it.

#include "pg/spi.hpp"

namespace whisper::pg {

// Samples the awaited lock every few milliseconds while it lives: once a wait has been given up, the server no longer
// knows what for. One at a time.
class lock_watch {
public:
    lock_watch();
    lock_watch(const lock_watch &) = delete;
    lock_watch &operator=(const lock_watch &) = delete;
    ~lock_watch();

    // About how long was waited so far, in milliseconds.
    int64 waited() const noexcept;
    // Who holds what was waited for last, as sentences without a full stop: "process 42 (psql, query started at …)
    // holds AccessShareLock on public.t". Empty when nobody does any more.
    strings blockers(spi_session &session) const;
};

// Likewise of whom process `pid` is waiting for right now.
strings blockers_of(spi_session &session, int pid);

// A deadlock_timeout that is over before the lock_timeout: it is then that the server sends an autovacuum worker away
// that is in the way.
int64 deadlock_timeout_within(int64 lock_timeout) noexcept;

// Lowers the session's lock_timeout to this many milliseconds where it is higher or off, and deadlock_timeout with it;
// undone with the settings_scope around it.
void cap_lock_timeout(int64 milliseconds);

}   // namespace whisper::pg
