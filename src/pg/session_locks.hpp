#pragma once
// Advisory locks that last as long as the session: they are the caller's, not those of the text that he runs.

namespace whisper::pg {

// While one lives, functions that take or release such locks raise insufficient_privilege. A rollback gives a lock that
// was released not back, and does not release one that was taken.
class session_locks_closed {
public:
    explicit session_locks_closed(bool wanted) noexcept;
    session_locks_closed(const session_locks_closed &) = delete;
    session_locks_closed &operator=(const session_locks_closed &) = delete;
    ~session_locks_closed();

    // Called once, when the module is loaded.
    static void install_hook();

private:
    bool const wanted_;
};

}   // namespace whisper::pg
