#include "script/formats/liquibase_delimiters.hpp"

#include "script/characters.hpp"
#include "script/tokens.hpp"

#include <boost/container/vector.hpp>

#include <algorithm>

namespace whisper::script::formats {
namespace {

bool take_front(std::string_view &text, std::initializer_list<std::string_view> parts) {
    for (std::string_view const part : parts)
        if (text.starts_with(part)) {
            text.remove_prefix(part.size());
            return true;
        }
    return false;
}

bool take_back(std::string_view &text, std::initializer_list<std::string_view> parts) {
    for (std::string_view const part : parts)
        if (text.size() > part.size() && text.ends_with(part)) {
            text.remove_suffix(part.size());
            return true;
        }
    return false;
}

// One of a pattern's choices: a text, maybe at the start of a line and with the line's end behind it.
std::optional<delimiter> parse_one(std::string_view pattern) {
    delimiter found{{}, false, false};
    while (take_front(pattern, {"\\r?\\n", "\\r\\n", "\\n", "\\s*", "\\s+", "^"})) found.line_start = true;
    while (take_back(pattern, {"\\s*", "\\r?\\n", "\\r\\n", "\\n", "$"})) found.alone = true;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        bool const escaped = pattern[i] == '\\' && i + 1 < pattern.size() && !is(pattern[i + 1], identifier_part_class);
        if (!escaped && pattern.size() > 1 && std::string_view("\\[](){}*+?.^$|").find(pattern[i]) != pattern.npos)
            return std::nullopt;
        found.text += lower(pattern[escaped ? ++i : i]);
    }
    // A quote would begin a string, and two hyphens or a slash and an asterisk a comment.
    if (found.text.empty() || found.text.find_first_of("'\"$\\ \t") != found.text.npos ||
        found.text.starts_with("--") || found.text.find("/*") != found.text.npos)
        return std::nullopt;
    if (found.text == "/") found.line_start = true;   // elsewhere it divides
    return found;
}

class replacer {
public:
    explicit replacer(std::string &script) : script_(script), code_(script.size(), false) {
        lexer words(script_);
        for (token t = words.next(); t.kind != token_kind::end; t = words.next()) {
            bool const quoted = t.kind == token_kind::string || t.kind == token_kind::dollar_string ||
                                t.kind == token_kind::quoted_identifier;
            if (!quoted) std::fill_n(code_.begin() + static_cast<std::ptrdiff_t>(t.offset), t.length, true);
        }
        small_ = script_;
        std::ranges::transform(small_, small_.begin(), lower);
    }

    void replace(const delimiter &end) {
        std::size_t const length = end.text.size();
        for (std::size_t at = 0; (at = small_.find(end.text, at)) != small_.npos; at += length) {
            if (!is_code(at, length) || !is_whole(at, end)) continue;
            script_.replace(at, length, ";" + std::string(length - 1, ' '));
        }
    }

private:
    bool is_code(std::size_t at, std::size_t length) const {
        auto const first = code_.begin() + static_cast<std::ptrdiff_t>(at);
        return std::all_of(first, first + static_cast<std::ptrdiff_t>(length), [](bool code) { return code; });
    }

    // No part of a longer word or operator, and in the place in its line that is asked for.
    bool is_whole(std::size_t at, const delimiter &end) const {
        std::size_t const behind = at + end.text.size();
        char const before = at == 0 ? '\n' : small_[at - 1];
        char const after = behind == small_.size() ? '\n' : small_[behind];
        for (std::uint8_t const kind : {identifier_part_class, operator_class})
            if ((is(before, kind) && is(end.text.front(), kind)) || (is(after, kind) && is(end.text.back(), kind)))
                return false;
        std::size_t const line = small_.rfind('\n', at == 0 ? 0 : at - 1);
        std::size_t const start = at == 0 || line == small_.npos ? 0 : line + 1;
        std::string_view const all = small_;
        if (end.line_start && !trim(all.substr(start, at - start)).empty()) return false;
        return !end.alone || trim(all.substr(behind, end_of_line(all, behind) - behind)).empty();
    }

    std::string &script_;
    boost::container::vector<bool> code_;
    std::string small_;
};

}   // namespace

delimiters usual_delimiters() { return {{"go", true, true}, {"/", true, true}}; }

std::optional<delimiters> parse_delimiters(std::string_view option) {
    delimiters found;
    if (option == "|") return std::nullopt;
    while (!option.empty()) {
        std::size_t const bar = std::min(option.find('|'), option.size());
        auto one = parse_one(option.substr(0, bar));
        if (!one) return std::nullopt;
        if (one->text.find_first_not_of(';') != one->text.npos) found.push_back(std::move(*one));
        option = option.substr(std::min(bar + 1, option.size()));
    }
    return found;
}

void replace_delimiters(std::string &script, const delimiters &ends) {
    if (ends.empty()) return;
    replacer places(script);
    for (const delimiter &end : ends) places.replace(end);
}

}   // namespace whisper::script::formats
