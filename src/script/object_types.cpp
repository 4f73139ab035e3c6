#include "script/object_types.hpp"

#include <algorithm>
#include <array>

namespace whisper::script {

namespace {

constexpr std::array object_types = std::to_array<std::string_view>({
    "access method",
    "aggregate",
    "cast",
    "collation",
    "conversion",
    "database",
    "default privileges",
    "domain",
    "event trigger",
    "extension",
    "foreign data wrapper",
    "foreign table",
    "function",
    "group",
    "index",
    "language",
    "large object",
    "materialized view",
    "operator",
    "operator class",
    "operator family",
    "owned",
    "policy",
    "procedure",
    "publication",
    "role",
    "routine",
    "rule",
    "schema",
    "sequence",
    "server",
    "statistics",
    "subscription",
    "system",
    "table",
    "tablespace",
    "text search configuration",
    "text search dictionary",
    "text search parser",
    "text search template",
    "transform",
    "trigger",
    "type",
    "user",
    "user mapping",
    "view",
});

bool begins_type(std::string_view words) {
    return std::ranges::any_of(object_types, [&](std::string_view type) {
        return type.starts_with(words) && (type.size() == words.size() || type[words.size()] == ' ');
    });
}

std::string lower_copy(std::string_view text) {
    std::string copy(text);
    std::ranges::transform(copy, copy.begin(), lower);
    return copy;
}

// Words that cannot be a name here, so that there is none: CREATE INDEX ON, ALTER TABLE ALL IN TABLESPACE, …
bool is_no_name(const cursor &at) {
    for (std::string_view const word : {"on", "all", "for", "authorization", "by"})
        if (at.at_word(word)) return true;
    return false;
}

bool at_name(const cursor &at) noexcept {
    return at.kind() == token_kind::word || at.kind() == token_kind::quoted_identifier ||
           at.kind() == token_kind::operator_;
}

}   // namespace

std::string accept_object_type(cursor &at) {
    std::string words;
    while (at.kind() == token_kind::word) {
        std::string longer = words + (words.empty() ? "" : " ") + lower_copy(at.text());
        if (!begins_type(longer)) break;
        words = std::move(longer);
        at.advance();
    }
    return words;
}

std::string accept_object_name(cursor &at) {
    std::string name;
    if (is_no_name(at)) return name;
    while (at_name(at)) {
        name += at.text();
        at.advance();
        if (!at.accept_punctuation('.')) break;
        name += '.';
    }
    return name;
}

}   // namespace whisper::script
