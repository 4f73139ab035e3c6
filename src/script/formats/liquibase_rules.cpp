#include "script/formats/liquibase_rules.hpp"

#include "script/characters.hpp"
#include "script/tokens.hpp"

#include <algorithm>

namespace whisper::script::formats {
namespace {

constexpr std::string_view opening = "${", escaped = "${:", held = ":true", failed = ":false";
constexpr std::size_t longest_expression = 2000;

std::string in_small_letters(std::string_view text) {
    std::string small(text);
    std::ranges::transform(small, small.begin(), lower);
    return small;
}

class expression_reader {
public:
    explicit expression_reader(const strings &items) {
        for (const std::string &item : items) items_.push_back(in_small_letters(item));
    }

    // Innermost parentheses first: what is in them becomes a word that says how it went.
    std::optional<bool> read(std::string text) const {
        if (text.find_first_of("@:") != text.npos) return std::nullopt;
        for (std::size_t close = text.find(')'); close != text.npos; close = text.find(')')) {
            std::size_t const open = text.rfind('(', close);
            if (open == text.npos) return std::nullopt;
            auto const inside = read_any(text.substr(open + 1, close - open - 1));
            if (!inside) return std::nullopt;
            text = text.substr(0, open) + ' ' + std::string(*inside ? held : failed) + ' ' + text.substr(close + 1);
        }
        if (text.find('(') != text.npos) return std::nullopt;
        return read_any(text);
    }

private:
    // Parts between "or", whose parts are between "and".
    std::optional<bool> read_any(std::string_view text) const {
        bool any = false, all = true;
        std::string operand;
        auto const finish = [&] {
            auto const holds = read_operand(trim(operand));
            operand.clear();
            if (holds) all = all && *holds;
            return holds.has_value();
        };
        std::string spaced;
        for (char const c : text) spaced += c == ',' ? std::string(" or ") : std::string(1, c);
        std::string_view rest = trim(spaced);
        while (!rest.empty()) {
            std::size_t const end = std::min(rest.find_first_of(" \t\r\n"), rest.size());
            std::string_view const word = rest.substr(0, end);
            rest = trim(rest.substr(end));
            if (word != "or" && word != "and") {
                operand.append(word).append(" ");
                continue;
            }
            if (!finish()) return std::nullopt;
            if (word == "or") any = any || all, all = true;
        }
        if (!finish()) return std::nullopt;
        return any || all;
    }

    std::optional<bool> read_operand(std::string_view text) const {
        bool holds = true;
        while (text.starts_with('!') || text.starts_with("not ")) {
            text = trim(text.substr(text.starts_with('!') ? 1 : 4));
            holds = !holds;
        }
        if (text.empty() || text.find_first_of(" \t") != text.npos) return std::nullopt;
        if (items_.empty()) return true;
        if (text == held || text == failed) return holds == (text == held);
        return holds == (std::ranges::find(items_, text) != items_.end());
    }

    strings items_;
};

}   // namespace

std::optional<bool> matches_expression(std::string_view expression, const strings &items) {
    if (expression.size() > longest_expression) return std::nullopt;
    return expression_reader(items).read(in_small_letters(expression));
}

strings parts_of(std::string_view list) {
    strings parts;
    while (!list.empty()) {
        std::size_t const comma = std::min(list.find(','), list.size());
        if (std::string_view const part = trim(list.substr(0, comma)); !part.empty()) parts.emplace_back(part);
        list = list.substr(std::min(comma + 1, list.size()));
    }
    return parts;
}

bool means_postgresql(std::string_view list) {
    bool excluded_only = true;
    for (const std::string &name : parts_of(list)) {
        if (equals_word(name, "postgresql") || equals_word(name, "all")) return true;
        if (equals_word(name, "!postgresql") || equals_word(name, "none")) return false;
        excluded_only = excluded_only && name.starts_with('!');
    }
    return excluded_only;
}

void property_values::set(const std::string &name, const std::string &value, bool everywhere) {
    (everywhere ? everywhere_ : here_).emplace(name, value);
}

const std::string *property_values::find(const std::string &name) const {
    for (const auto *const values : {&everywhere_, &here_})
        if (auto const at = values->find(name); at != values->end()) return &at->second;
    return nullptr;
}

bool property_values::replace(std::string &text) const {
    std::string filled;
    std::string_view const all = text;
    std::size_t start = 0;
    bool any = false;
    for (std::size_t at = 0; (at = all.find(opening, at)) != all.npos;) {
        std::size_t const close = all.find('}', at);
        if (close == all.npos) break;
        any = true;
        const std::string *const value = find(std::string(trim(all.substr(at + 2, close - at - 2))));
        if (value) filled.append(all.substr(start, at - start)).append(*value), start = close + 1;
        at = value ? start : at + opening.size();
    }
    if (start > 0) text = filled.append(all.substr(start));
    return any;
}

void restore_escaped(std::string &text) {
    if (text.find(escaped) == text.npos) return;
    std::string restored;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (text[i] != ':' || !std::string_view(text).substr(0, i).ends_with(opening)) restored += text[i];
    text = std::move(restored);
}

int find_open_placeholder(std::string_view script, std::string &name) {
    auto const next = [&](std::size_t from) {
        std::size_t at = script.find(opening, from);
        while (at != script.npos && script.substr(at).starts_with(escaped)) at = script.find(opening, at + 1);
        return at == script.npos || script.find('}', at) == script.npos ? script.npos : at;
    };
    std::size_t at = next(0);
    if (at == script.npos) return 0;
    // Comments are what lies between the tokens.
    lexer words(script);
    for (token t = words.next(); t.kind != token_kind::end; t = words.next()) {
        if (at < t.offset) at = next(t.offset);
        if (at == script.npos) return 0;
        if (at >= t.offset + t.length) continue;
        name = script.substr(at, script.find('}', at) + 1 - at);
        return 1 + count_lines(script.substr(0, at));
    }
    return 0;
}

}   // namespace whisper::script::formats
