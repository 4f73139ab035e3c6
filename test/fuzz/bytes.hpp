#pragma once
// The input as a source of decisions; when it is used up, every answer is 0.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace whisper::fuzz {

class bytes {
public:
    explicit bytes(std::string_view input) noexcept : input_(input) {}

    bool empty() const noexcept { return input_.empty(); }
    std::uint8_t byte() noexcept {
        if (input_.empty()) return 0;
        auto const value = static_cast<std::uint8_t>(input_.front());
        input_.remove_prefix(1);
        return value;
    }
    // From 0 to `count` - 1.
    std::size_t below(std::size_t count) noexcept { return byte() % count; }
    bool flag() noexcept { return (byte() & 1) != 0; }
    std::string_view rest() const noexcept { return input_; }
    // Up to `delimiter`, which is taken too.
    std::string_view until(char delimiter) noexcept {
        std::size_t const end = input_.find(delimiter);
        std::string_view const part = input_.substr(0, end);
        input_.remove_prefix(end == std::string_view::npos ? input_.size() : end + 1);
        return part;
    }

private:
    std::string_view input_;
};

}   // namespace whisper::fuzz
