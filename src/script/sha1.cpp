#include "script/sha1.hpp"

#include <array>
#include <bit>
#include <cstdint>

namespace whisper::script {
namespace {

constexpr std::size_t block_size = 64;

class digest {
public:
    void add_block(const unsigned char *block) {
        std::array<std::uint32_t, 80> w{};
        for (std::size_t i = 0; i < 16; ++i)
            w[i] = std::uint32_t{block[4 * i]} << 24 | std::uint32_t{block[4 * i + 1]} << 16 |
                   std::uint32_t{block[4 * i + 2]} << 8 | block[4 * i + 3];
        for (std::size_t i = 16; i < w.size(); ++i) w[i] = std::rotl(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
        auto [a, b, c, d, e] = state_;
        for (std::size_t i = 0; i < w.size(); ++i) {
            std::uint32_t const next = std::rotl(a, 5) + mixed(i, b, c, d) + e + w[i];
            e = d;
            d = c;
            c = std::rotl(b, 30);
            b = a;
            a = next;
        }
        std::array<std::uint32_t, 5> const after{a, b, c, d, e};
        for (std::size_t i = 0; i < state_.size(); ++i) state_[i] += after[i];
    }

    std::string text() const {
        constexpr std::string_view digits = "0123456789abcdef";
        std::string shown;
        for (std::uint32_t const word : state_)
            for (int shift = 28; shift >= 0; shift -= 4) shown += digits[(word >> shift) & 15];
        return shown;
    }

private:
    static std::uint32_t mixed(std::size_t round, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
        if (round < 20) return ((b & c) | (~b & d)) + 0x5A827999U;
        if (round < 40) return (b ^ c ^ d) + 0x6ED9EBA1U;
        if (round < 60) return ((b & c) | (b & d) | (c & d)) + 0x8F1BBCDCU;
        return (b ^ c ^ d) + 0xCA62C1D6U;
    }

    std::array<std::uint32_t, 5> state_{0x67452301U, 0xEFCDAB89U, 0x98BADCFEU, 0x10325476U, 0xC3D2E1F0U};
};

}   // namespace

std::string sha1(std::string_view bytes) {
    digest d;
    std::size_t at = 0;
    auto const *const data = reinterpret_cast<const unsigned char *>(bytes.data());
    for (; bytes.size() - at >= block_size; at += block_size) d.add_block(data + at);
    // The rest, a one bit, zeros, and the length in bits.
    std::array<unsigned char, 2 * block_size> last{};
    std::size_t const rest = bytes.size() - at;
    for (std::size_t i = 0; i < rest; ++i) last[i] = data[at + i];
    last[rest] = 0x80;
    std::size_t const end = rest + 9 <= block_size ? block_size : 2 * block_size;
    std::uint64_t const bits = std::uint64_t{bytes.size()} * 8;
    for (std::size_t i = 0; i < 8; ++i) last[end - 1 - i] = static_cast<unsigned char>(bits >> (8 * i));
    for (std::size_t i = 0; i < end; i += block_size) d.add_block(last.data() + i);
    return d.text();
}

}   // namespace whisper::script
