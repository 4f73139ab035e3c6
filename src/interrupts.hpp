#pragma once
// Where long loops ask whether somebody wants them to end, in rooms that know no server, too.

#include <cstdint>

namespace whisper {

// Set by the module when it is loaded: throws when a cancel or a shutdown is pending. Elsewhere nobody asks.
inline void (*interrupt_hook)() = nullptr;

inline void check_interrupts() {
    if (interrupt_hook) interrupt_hook();
}

// For loops in which a round takes less than asking does.
class interrupt_check {
public:
    void operator()() {
        if (++rounds_ % 1024 == 0) check_interrupts();
    }

private:
    std::uint32_t rounds_ = 0;
};

}   // namespace whisper
