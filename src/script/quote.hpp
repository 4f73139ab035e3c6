#pragma once
// Strings as SQL writes them, for the commands in hints.

#include <string>
#include <string_view>

namespace whisper::script {

inline std::string quote_literal(std::string_view text) {
    std::string quoted = "'";
    for (char const c : text) {
        quoted += c;
        if (c == '\'') quoted += c;
    }
    return quoted += '\'';
}

}   // namespace whisper::script
