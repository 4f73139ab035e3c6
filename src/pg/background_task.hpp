#pragma once
// One piece of work at the top level of a process of its own, for what cannot run inside anybody's transaction.

#include "pg/guard.hpp"

namespace whisper::pg {

// A dynamic background worker that runs the module's whisper_background_task (see background_entry.hpp) as the caller:
// same database, same user and role, same settings. Its notices reach the caller's client, its error is thrown by
// wait().
class background_task {
public:
    // `payload` is for the worker. Throws 53000 naming max_worker_processes when there is no free slot.
    explicit background_task(const std::string &payload);
    background_task(const background_task &) = delete;
    background_task &operator=(const background_task &) = delete;
    // Cancels the worker if it is still at work, and waits until it is gone.
    ~background_task();

    int pid() const noexcept;
    // Passes messages on for at most so long, and returns whether the worker has finished. Throws the worker's error,
    // 57P02 when it vanished without one, and the caller's own cancel.
    bool wait(int64 milliseconds);
    // Whether the worker said that it is in a statement that waits for other transactions, see background_entry.hpp.
    bool is_waiting_for_others() const noexcept;
    // What statement it is at, 0 before the first.
    int statement() const noexcept;
    void cancel() noexcept;

private:
    struct state;
    state *state_;   // of the server's memory, in TopMemoryContext
};

}   // namespace whisper::pg
