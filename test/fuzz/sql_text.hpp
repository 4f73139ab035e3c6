#pragma once
// What harnesses know of scripts without asking the code under test.

#include "script/reader.hpp"
#include "script/tokens.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace whisper::fuzz {

inline int lines_before(std::string_view text, std::size_t offset) {
    return static_cast<int>(std::ranges::count(text.substr(0, offset), '\n'));
}

class string_sink final : public script::digest_sink {
public:
    void update(std::string_view bytes) override { text += bytes; }
    std::string text;
};

inline std::string normal_form(std::string_view text) {
    string_sink sink;
    script::digest_tokens(text, sink);
    return sink.text;
}

inline std::vector<script::event> events_of(std::string_view text, bool comments = false) {
    std::vector<script::event> found;
    script::script_reader reader(text, comments);
    do found.push_back(reader.next());
    while (found.back().kind != script::event_kind::end);
    return found;
}

// Tokens as the server would be given them: what is between may be anything that separates. One line end between two
// strings makes them one, so there it is a blank.
inline std::string spaced_out(std::string_view text, const std::vector<script::token> &tokens,
                              std::string_view separator) {
    std::string made;
    for (const script::token &t : tokens) {
        std::string_view const written = t.text(text);
        made += written.starts_with('\'') ? std::string_view(" ") : separator;
        made += written;
    }
    return made;
}

}   // namespace whisper::fuzz
