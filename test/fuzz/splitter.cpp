// Pieces: in order, nothing lost, each one a piece by itself, with its line.

#include "script/splitter.hpp"

#include "harnesses.hpp"
#include "require.hpp"
#include "script/characters.hpp"
#include "sql_text.hpp"

namespace whisper::fuzz {

namespace {

using namespace script;

void require_line(std::string_view text, const token &t) {
    require(t.line == 1 + lines_before(text, t.offset), "a token knows its line", t.text(text));
}

void check_tokens(std::string_view text) {
    std::size_t end = 0;
    lexer all(text);
    for (token t = all.next_or_comment(); t.kind != token_kind::end; t = all.next_or_comment()) {
        require(t.length > 0 && t.offset >= end, "tokens follow each other");
        require_line(text, t);
        std::string_view const gap = text.substr(end, t.offset - end);
        require(lexer(gap, 0).next_or_comment().kind == token_kind::end, "nothing but blanks between tokens", gap);
        end = t.offset + t.length;
    }
}

// Between two pieces stand comments, semicolons and the end of COPY data.
void check_gap(std::string_view gap, piece_kind before) {
    if (before == piece_kind::copy_data && gap.starts_with("\\.")) gap.remove_prefix(2);
    lexer tokens(gap);
    for (token t = tokens.next(); t.kind != token_kind::end; t = tokens.next())
        require(t.text(gap) == ";" || t.text(gap) == "\\", "nothing is lost between pieces", gap);
}

// Whether a semicolon comes next, and not one of psql's commands, which end a statement, too.
bool ends_by_semicolon(std::string_view text, const piece &p) {
    token const next = lexer(text, p.offset + p.length).next();
    return next.kind == token_kind::end || next.text(text) == ";" || text.substr(next.offset).starts_with("\\;");
}

void check_alone(std::string_view text, const piece &p) {
    std::string_view const alone = p.text(text);
    if (alone.starts_with(byte_order_mark)) return;   // it is a name elsewhere and a mark here
    if (!ends_by_semicolon(text, p)) return;          // without one even COPY has no data
    pieces const again = split(alone);
    require(again.size() == 1 && again[0].kind == p.kind && again[0].length == p.length && again[0].line == 1,
            "a piece is one piece by itself", alone);
}

std::string rejoined(std::string_view text, const pieces &found) {
    std::string made(" ");   // or a name that begins with the bytes of a mark would be one
    for (const piece &p : found) {
        made += p.text(text);
        if (p.kind == piece_kind::statement) made += ends_by_semicolon(text, p) ? "\n;\n" : "\n";
        if (p.kind == piece_kind::psql_command) made += "\n";
        if (p.kind != piece_kind::copy_data) continue;
        std::string_view const data = p.data(text);
        made.append("\n;\n").append(data).append(data.empty() || data.ends_with('\n') ? "" : "\n").append("\\.\n");
    }
    return made;
}

void check_pieces(std::string_view text, const pieces &found) {
    std::size_t end = text.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
    piece_kind before = piece_kind::statement;
    for (const piece &p : found) {
        require(p.length > 0 && p.offset >= end && p.offset + p.length <= text.size(), "pieces follow each other");
        require(p.line == 1 + lines_before(text, p.offset), "a piece knows its line", p.text(text));
        std::string_view const own = p.text(text);
        require(!is_space(own.front()) && !is_space(own.back()), "no blanks around a piece", own);
        check_gap(text.substr(end, p.offset - end), before);
        check_alone(text, p);
        end = p.offset + p.length;
        if (p.kind == piece_kind::copy_data) {
            check_gap(text.substr(end, p.data_offset - end), piece_kind::statement);
            require(p.data_offset >= end && p.data_offset + p.data_length <= text.size(), "data follow the statement");
            end = p.data_offset + p.data_length;
        }
        before = p.kind;
    }
    check_gap(text.substr(end), before);
}

// The reader that gives comments, too, sees the same otherwise.
void check_comments(std::string_view text) {
    std::vector<event> const plain = events_of(text);
    std::vector<event> with_comments = events_of(text, true);
    std::erase_if(with_comments, [](const event &e) { return e.kind == event_kind::comment; });
    bool const same = std::ranges::equal(plain, with_comments, [](const event &a, const event &b) {
        return a.kind == b.kind && a.at.offset == b.at.offset && a.at.length == b.at.length &&
               a.data_offset == b.data_offset && a.data_length == b.data_length;
    });
    require(same, "comments change nothing");
}

// What came before the error is found all the same, and the error is in a line that there is.
void check_failure(std::string_view text, const pieces &found, const lexical_failure &thrown) {
    require(thrown.line >= 1 && thrown.line <= 1 + lines_before(text, text.size()),
            "an error is in a line of the text");
    require(thrown.state == sqlstate::syntax_error, "what cannot be cut is a syntax error", thrown.state);
    if (found.empty()) return;
    piece const &last = found.back();
    require(std::max(last.offset + last.length, last.data_offset + last.data_length) <= text.size(),
            "pieces are in the text");
}

}   // namespace

void splitter(std::string_view input) {
    pieces found;
    survives(is_utf8(input), {sqlstate::syntax_error}, [&] {
        try {
            split(input, found);
        } catch (const lexical_failure &thrown) {
            check_failure(input, found, thrown);
            throw;
        }
        check_pieces(input, found);
        check_comments(input);
        if (std::ranges::none_of(found, [](const piece &p) { return p.kind == piece_kind::copy_data; }))
            check_tokens(input);
        // A line end added to the last row would make its carriage return a part of it.
        if (input.ends_with('\r')) return;
        require(normal_form(rejoined(input, found)) == normal_form(input), "pieces joined are the script");
    });
}

}   // namespace whisper::fuzz
