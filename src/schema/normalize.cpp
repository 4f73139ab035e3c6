#include "schema/normalize.hpp"

#include "script/tokens.hpp"

#include <boost/container/vector.hpp>

namespace whisper::schema {
namespace {

using script::token_kind;

struct piece {
    token_kind kind;
    std::string_view text;
    std::size_t partner = 0;   // of a parenthesis or bracket
    bool dropped = false;
};
using pieces = boost::container::vector<piece>;

bool is(const pieces &all, std::size_t i, std::string_view text) { return i < all.size() && all[i].text == text; }

pieces cut(std::string_view definition) {
    pieces all;
    script::lexer lexer(definition);
    for (script::token t = lexer.next(); t.kind != token_kind::end; t = lexer.next())
        all.push_back({t.kind, t.text(definition)});
    return all;
}

// The number of pieces that the cast at `i` takes up, when it is one that means nothing.
std::size_t length_of_cast(const pieces &all, std::size_t i) {
    if (!is(all, i, "::")) return 0;
    std::size_t end = i + 1;
    if (is(all, end, "text"))
        end += 1;
    else if (is(all, end, "character") && is(all, end + 1, "varying"))
        end += 2;
    else
        return 0;
    if (is(all, end, "[") && is(all, end + 1, "]")) end += 2;
    return is(all, end, "(") ? 0 : end - i;   // with a length it cuts
}

pieces without_casts(const pieces &all) {
    pieces kept;
    for (std::size_t i = 0; i < all.size();) {
        std::size_t const cast = length_of_cast(all, i);
        if (cast == 0) kept.push_back(all[i]);
        i += cast == 0 ? 1 : cast;
    }
    return kept;
}

void pair(pieces &all) {
    boost::container::vector<std::size_t> open;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (all[i].kind != token_kind::punctuation) continue;
        if (all[i].text == "(" || all[i].text == "[") open.push_back(i);
        if ((all[i].text != ")" && all[i].text != "]") || open.empty()) continue;
        all[i].partner = open.back();
        all[open.back()].partner = i;
        open.pop_back();
    }
}

bool is_word(const piece &p) { return p.kind == token_kind::word || p.kind == token_kind::quoted_identifier; }

// A single value, a call, ARRAY[…], or parentheses again: from `i` to before `end`.
bool is_atom(const pieces &all, std::size_t i, std::size_t end) {
    if (i + 1 == end) return all[i].kind != token_kind::operator_ && all[i].kind != token_kind::punctuation;
    if (is_word(all[i])) {
        ++i;
        while (i + 1 < end && all[i].text == "." && is_word(all[i + 1])) i += 2;
        if (i == end) return true;
    }
    bool const opens = all[i].text == "(" || all[i].text == "[";
    return opens && all[i].partner + 1 == end;
}

// Whether the parenthesis at `i` is an argument list, that of a type or of columns.
bool is_list(const pieces &all, std::size_t i) {
    if (i == 0 || !is_word(all[i - 1])) return false;
    for (std::string_view const word : {"AND", "OR", "NOT", "WHEN", "THEN", "ELSE", "DEFAULT", "default", "WHERE"})
        if (all[i - 1].text == word) return false;
    return true;
}

void drop_parentheses(pieces &all) {
    // From the inside out, so that what is left inside is known.
    for (std::size_t i = all.size(); i-- > 0;) {
        piece &opening = all[i];
        if (opening.text != "(" || opening.partner <= i) continue;
        std::size_t const last = opening.partner;
        bool const twice = i > 0 && all[i - 1].text == "(" && all[i - 1].partner == last + 1;
        if (!twice && (is_list(all, i) || !is_atom(all, i + 1, last))) continue;
        opening.dropped = all[last].dropped = true;
    }
}

pieces without_dropped(const pieces &all) {
    pieces kept;
    for (const piece &p : all)
        if (!p.dropped) kept.push_back({p.kind, p.text});
    return kept;
}

}   // namespace

std::string normalized(std::string_view definition) {
    pieces all;
    try {
        all = without_casts(cut(definition));
    } catch (const script::lexical_failure &) {
        return std::string(definition);   // nothing that is written in SQL
    }
    for (std::size_t before = all.size() + 1; all.size() < before;) {
        before = all.size();
        pair(all);
        drop_parentheses(all);
        all = without_dropped(all);
    }
    std::string text;
    for (const piece &p : all) {
        if (!text.empty()) text += ' ';
        text += p.text;
    }
    return text;
}

}   // namespace whisper::schema
