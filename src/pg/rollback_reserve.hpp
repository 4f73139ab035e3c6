#pragma once
// Room for a rollback, taken while there is some. PostgreSQL allocates while it undoes a transaction (an entry for
// every file to remove, relations to load again); out of memory there, the session ends with its locks left behind in
// shared memory, where they break every later session of its slot until the server is restarted.

#include <cstddef>

namespace whisper::pg {

// Holds address space that is never touched, and therefore costs no memory, until it is given back.
class rollback_reserve {
public:
    // A rollback takes about 0.4 kB for each file that the transaction created: enough for 40,000 of them.
    static constexpr std::size_t bytes = std::size_t{16} << 20;
    // Throws std::bad_alloc.
    rollback_reserve();
    rollback_reserve(const rollback_reserve &) = delete;
    rollback_reserve &operator=(const rollback_reserve &) = delete;
    ~rollback_reserve() { give_back(); }
    // Right before the rollback.
    void give_back() noexcept;

private:
    void *address_;
};

}   // namespace whisper::pg
