#pragma once
// The kinds of objects: the server's name of each, SQL's words for it, and how one is named.

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace whisper::script {

enum class naming : std::uint8_t {
    single,            // by a name alone, once in the database or on the server
    storage,           // likewise, of what is outside of databases' schemas and made outside of transactions
    in_schema,         // within a schema, by a name that only its own kind has to share
    relation,          // within a schema, by a name that tables, views, indexes and sequences share
    type,              // within a schema, by a name that types and domains share
    routine,           // within a schema, by a name and the types of its arguments
    operator_,         // likewise, by its operands
    access_method,     // within a schema, for an access method
    relation_part,     // on a relation
    relation_column,   // likewise, as a column
    domain_part,       // on a domain
    pair,              // by two things that it stands between
    number             // by its number, or by nothing
};

struct object_kind {
    std::string_view type;    // as pg_identify_object() gives it; empty where that gives another kind's
    std::string_view words;   // as CREATE, ALTER, DROP and COMMENT have them; empty where none of them does
    naming by;
};

inline constexpr std::array object_kinds = std::to_array<object_kind>({
    {"table", "table", naming::relation},
    {"foreign table", "foreign table", naming::relation},
    {"view", "view", naming::relation},
    {"materialized view", "materialized view", naming::relation},
    {"index", "index", naming::relation},
    {"sequence", "sequence", naming::relation},
    {"toast table", "", naming::relation},
    {"composite type", "", naming::relation},   // the relation of one, which itself is a type
    {"table column", "column", naming::relation_column},
    {"foreign table column", "column", naming::relation_column},
    {"view column", "column", naming::relation_column},
    {"materialized view column", "column", naming::relation_column},
    {"index column", "column", naming::relation_column},
    {"sequence column", "column", naming::relation_column},
    {"toast table column", "", naming::relation_column},
    {"composite type column", "column", naming::relation_column},
    {"default value", "", naming::relation_column},
    {"table constraint", "constraint", naming::relation_part},
    {"trigger", "trigger", naming::relation_part},
    {"rule", "rule", naming::relation_part},
    {"policy", "policy", naming::relation_part},
    {"domain constraint", "constraint", naming::domain_part},
    {"type", "type", naming::type},
    {"", "domain", naming::type},
    {"function", "function", naming::routine},
    {"procedure", "procedure", naming::routine},
    {"aggregate", "aggregate", naming::routine},
    {"", "routine", naming::routine},
    {"operator", "operator", naming::operator_},
    {"operator class", "operator class", naming::access_method},
    {"operator family", "operator family", naming::access_method},
    {"operator of access method", "", naming::number},
    {"function of access method", "", naming::number},
    {"collation", "collation", naming::in_schema},
    {"conversion", "conversion", naming::in_schema},
    {"statistics object", "statistics", naming::in_schema},
    {"text search configuration", "text search configuration", naming::in_schema},
    {"text search dictionary", "text search dictionary", naming::in_schema},
    {"text search parser", "text search parser", naming::in_schema},
    {"text search template", "text search template", naming::in_schema},
    {"schema", "schema", naming::single},
    {"extension", "extension", naming::single},
    {"access method", "access method", naming::single},
    {"event trigger", "event trigger", naming::single},
    {"foreign-data wrapper", "foreign data wrapper", naming::single},
    {"server", "server", naming::single},
    {"language", "language", naming::single},
    {"publication", "publication", naming::single},
    {"subscription", "subscription", naming::single},
    {"role", "role", naming::single},
    {"database", "database", naming::storage},
    {"tablespace", "tablespace", naming::storage},
    {"cast", "cast", naming::pair},
    {"transform", "transform", naming::pair},
    {"user mapping", "user mapping", naming::pair},
    {"publication relation", "", naming::pair},
    {"publication namespace", "", naming::pair},
    {"role membership", "", naming::pair},
    {"default acl", "", naming::number},
    {"large object", "large object", naming::number},
    {"parameter ACL", "", naming::number},
});

constexpr const object_kind *find_kind_of_type(std::string_view type) noexcept {
    auto const *const found =
        std::ranges::find_if(object_kinds, [&](const object_kind &k) { return !type.empty() && k.type == type; });
    return found == object_kinds.end() ? nullptr : found;
}

// Of words that several kinds share, the first one.
constexpr const object_kind *find_kind_of_words(std::string_view words) noexcept {
    auto const *const found =
        std::ranges::find_if(object_kinds, [&](const object_kind &k) { return !words.empty() && k.words == words; });
    return found == object_kinds.end() ? nullptr : found;
}

constexpr bool is_part_of_relation(const object_kind &kind) noexcept {
    return kind.by == naming::relation_part || kind.by == naming::relation_column;
}

// Whether it is one of those that share the names of tables, and one of those that have arguments; in SQL's words.
constexpr bool shares_relation_names(std::string_view words) noexcept {
    const object_kind *const kind = find_kind_of_words(words);
    return kind && kind->by == naming::relation;
}
constexpr bool has_arguments(std::string_view words) noexcept {
    const object_kind *const kind = find_kind_of_words(words);
    return kind && kind->by == naming::routine;
}

}   // namespace whisper::script
