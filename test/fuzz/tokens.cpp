// Checksums: blind to layout and to nothing else.

#include "script/tokens.hpp"

#include "bytes.hpp"
#include "harnesses.hpp"
#include "require.hpp"
#include "script/characters.hpp"
#include "script/origin.hpp"
#include "sql_text.hpp"

namespace whisper::fuzz {

namespace {

using namespace script;

constexpr std::string_view blanks[] = {
    " ",     "\t",         "\r\n", "\n", " /* ; ' $$ \" */ ", " /* /* nested */ */", " -- ' ; $$\n",
    "\v\f ", " -- \\.\r\n"};   // a sign before a comment would belong to it
// These cannot make two strings one, or end the line of a command.
constexpr std::string_view blanks_in_line[] = {" ", "\t", " /* ; ' $$ \" */ ", " /* /* nested */ */"};

void add_word(std::string &made, std::string_view word, bytes &choices) {
    std::uint8_t const choice = choices.byte();
    for (std::size_t i = 0; i < word.size(); ++i) made += (choice >> (i % 8)) & 1 ? upper(word[i]) : lower(word[i]);
}

// The same script in another layout.
std::string relaid(std::string_view text, const std::vector<event> &events, bytes &choices) {
    std::string made;
    bool fresh_line = false;
    for (const event &e : events) {
        std::string_view const written = e.at.text(text);
        // A byte order mark is a mark at the start only, and a quote after a line end continues a string.
        bool const careful = made.empty() || written.starts_with('\'');
        std::size_t const count = careful ? std::size(blanks_in_line) : std::size(blanks);
        if (e.kind != event_kind::end || fresh_line)
            made += careful ? blanks_in_line[choices.below(count)] : blanks[choices.below(count)];
        fresh_line = false;
        switch (e.kind) {
            case event_kind::token:
                if (e.at.kind == token_kind::word)
                    add_word(made, written, choices);
                else
                    made += written;
                break;
            case event_kind::semicolon:
                made += choices.flag() ? ";" : ";;";
                break;
            case event_kind::command:
                made.append(written).append("\n");
                break;
            case event_kind::copy_data:
                made += ";";
                made += choices.flag() ? "\n" : " -- no row\r\n";
                made += text.substr(e.data_offset, e.data_length);
                if (!made.ends_with('\n')) made += '\n';
                made += choices.flag() ? "\\.\n" : "\\.\r\n";
                break;
            case event_kind::comment:
            case event_kind::end:
                break;
        }
    }
    return made;
}

// Whether the second normal form says what the first one says, token by token.
void check_streams(std::string_view text, std::string_view normal) {
    auto const said = [](std::string_view script) {
        std::vector<std::string> list;
        for (const event &e : events_of(script)) {
            std::string_view const written = e.at.text(script);
            if (e.kind == event_kind::token && written != ";")
                list.push_back(normal_form(' ' + std::string(written)));   // a mark would be one at the start only
            else if (e.kind == event_kind::command && !parse_line_marker(written))
                list.emplace_back(written);
            else if (e.kind == event_kind::copy_data)
                list.push_back(
                    normal_form("COPY t FROM stdin;\n" + std::string(script.substr(e.data_offset, e.data_length))));
        }
        return list;
    };
    require(said(text) == said(normal), "the normal form has the script's tokens", normal);
}

}   // namespace

void tokens(std::string_view input) {
    bytes source(input);
    bytes choices(source.until('\0'));
    std::string_view const text = source.rest();
    survives(is_utf8(text), {sqlstate::syntax_error}, [&] {
        std::string const normal = normal_form(text);
        std::vector<event> const events = events_of(text);
        // A line end added to the last row would make its carriage return a part of it.
        if (text.ends_with('\r')) return;
        std::string const other = relaid(text, events, choices);
        require(normal_form(other) == normal, "layout does not count", other);
        // Elsewhere than at the start a byte order mark is a name, and of several carriage returns before a line feed
        // one goes each time.
        // A line marker ends even COPY, whose data nobody has written then.
        if (text.find("\\line ") != std::string_view::npos) return;
        if (normal.starts_with(byte_order_mark) || normal.find('\r') != std::string::npos) return;
        require(normal_form(normal) == normal, "the normal form is its own", normal);
        check_streams(text, normal);
    });
}

}   // namespace whisper::fuzz
