// The negative control: a read past the end that a working fuzzer must find. Never among the harnesses.

#include <cstddef>
#include <cstdint>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    std::vector<std::uint8_t> const copy(data, data + size);
    volatile std::uint8_t sink = 0;
    if (size >= 2 && copy[0] == '/' && copy[1] == '*')
        for (const std::uint8_t *at = copy.data() + 2; *at != '*'; ++at) sink = *at;   // no end
    return sink < 0;
}
