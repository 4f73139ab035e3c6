#include "script/psql.hpp"

#include "error.hpp"
#include "script/characters.hpp"
#include "script/tokens.hpp"

#include <algorithm>

namespace whisper::script {
namespace {

bool is_plain(char c) noexcept { return c >= ' ' && c <= '~' && c != '\'' && c != '\\'; }

[[noreturn]] void refuse(std::string_view what, int line) {
    throw failure(sqlstate::unsupported_command, std::string(what) + " outside of quotes cannot be printed for psql",
                  "It stands in line " + std::to_string(line) + " of a statement; psql would take it for its own.",
                  "run it with whisper_upgrade or whisper_downgrade");
}

}   // namespace

std::string for_psql(std::string_view statement, bool whole) {
    std::string printed;
    std::size_t copied = 0;
    lexer tokens(statement);
    for (token t = tokens.next(); t.kind != token_kind::end; t = tokens.next()) {
        if (t.kind != token_kind::punctuation) continue;
        std::string_view const text = t.text(statement);
        if (text == "\\") refuse("a backslash", t.line);
        if (whole && text == ";") refuse("a semicolon", t.line);
        if (text != ":") continue;
        std::size_t const after = t.offset + 1;
        printed.append(statement, copied, after - copied) += ' ';
        copied = after;
    }
    return printed.append(statement, copied);
}

std::string psql_argument(std::string_view text) {
    std::string quoted = "'";
    for (char const c : text) {
        auto const byte = static_cast<unsigned char>(c);
        if (is_plain(c)) {
            quoted += c;
            continue;
        }
        quoted += '\\';
        for (int const shift : {6, 3, 0}) quoted += static_cast<char>('0' + ((byte >> shift) & 7));
    }
    return quoted += '\'';
}

std::string psql_comment(std::string_view text) {
    std::string line(text);
    std::replace_if(
        line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 127; }, ' ');
    return line;
}

bool reads_the_same_everywhere(std::string_view text) noexcept {
    return std::none_of(text.begin(), text.end(),
                        [](char c) { return c == '\\' || static_cast<unsigned char>(c) > 127; });
}

}   // namespace whisper::script
