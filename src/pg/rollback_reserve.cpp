#include "pg/rollback_reserve.hpp"

#include <new>

#include <sys/mman.h>

namespace whisper::pg {

// By mmap: malloc would take so large a free block as a reason to keep other large ones, too.
rollback_reserve::rollback_reserve()
    : address_(mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) {
    if (address_ == MAP_FAILED) throw std::bad_alloc();
}

void rollback_reserve::give_back() noexcept {
    if (address_) munmap(address_, bytes);
    address_ = nullptr;
}

}   // namespace whisper::pg
