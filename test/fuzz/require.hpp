#pragma once
// What every harness asks for.

#include "error.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <string_view>

namespace whisper::fuzz {

struct violation : std::logic_error {
    using std::logic_error::logic_error;
};

inline void require(bool kept, std::string_view promise, std::string_view text = {}) {
    if (!kept) throw violation(std::string(promise) + (text.empty() ? "" : ": ") + std::string(text));
}

// As the server checks it: no zero byte, no overlong forms, no surrogates, nothing above U+10FFFF.
inline bool is_utf8(std::string_view text) noexcept {
    for (std::size_t i = 0; i < text.size();) {
        auto const byte = [&](std::size_t k) { return static_cast<unsigned char>(text[k]); };
        unsigned char const lead = byte(i);
        std::size_t const length = lead == 0     ? 0
                                   : lead < 0x80 ? 1
                                   : lead < 0xC2 ? 0
                                   : lead < 0xE0 ? 2
                                   : lead < 0xF0 ? 3
                                   : lead < 0xF5 ? 4
                                                 : 0;
        if (length == 0 || i + length > text.size()) return false;
        for (std::size_t k = i + 1; k < i + length; ++k)
            if ((byte(k) & 0xC0) != 0x80) return false;
        if (length > 2) {
            unsigned char const second = byte(i + 1);
            if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) || (lead == 0xF0 && second < 0x90) ||
                (lead == 0xF4 && second > 0x8F))
                return false;
        }
        i += length;
    }
    return true;
}

// An error that the server can raise as it is. The server refuses other bytes than UTF-8 before any of our rooms see
// them, so what is said about valid text must be valid, too.
inline void require_good_report(const failure &thrown, bool input_is_utf8) {
    require(thrown.state.size() == 5, "a SQLSTATE has five characters", thrown.state);
    require(!thrown.message.empty(), "an error has a message");
    for (const std::string *part : {&thrown.message, &thrown.detail, &thrown.hint, &thrown.context})
        require(!input_is_utf8 || is_utf8(*part), "an error about valid text is valid text", *part);
}

// Runs `body`; true when it came through. A failure whose SQLSTATE is none of `states` is a violation.
template <class Body>
bool survives(bool input_is_utf8, std::initializer_list<std::string_view> states, Body &&body) {
    try {
        body();
        return true;
    } catch (const failure &thrown) {
        require_good_report(thrown, input_is_utf8);
        require(std::ranges::find(states, thrown.state) != states.end(), "an error has a SQLSTATE of its function",
                std::string(thrown.state) + ": " + thrown.message);
        return false;
    }
}

}   // namespace whisper::fuzz
