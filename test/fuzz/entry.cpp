// libFuzzer's entry for the harness that FUZZ_HARNESS names.

#include "harnesses.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    whisper::fuzz::FUZZ_HARNESS({reinterpret_cast<const char *>(data), size});
    return 0;
}
