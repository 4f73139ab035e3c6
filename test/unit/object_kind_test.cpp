#include "script/object_kind.hpp"
#include "script/statement.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace whisper::script {
namespace {

TEST(object_kind, every_row_is_complete) {
    std::set<std::string_view> types;
    for (const object_kind &kind : object_kinds) {
        EXPECT_FALSE(kind.type.empty() && kind.words.empty());
        if (kind.type.empty()) {
            EXPECT_EQ(find_kind_of_words(kind.words), &kind) << kind.words;
        } else {
            EXPECT_TRUE(types.insert(kind.type).second) << kind.type;
            EXPECT_EQ(find_kind_of_type(kind.type), &kind);
        }
        const object_kind *const named = find_kind_of_words(kind.words);
        EXPECT_EQ(named == nullptr, kind.words.empty()) << kind.type;
        bool const shared = kind.words == "column" || kind.words == "constraint";
        EXPECT_TRUE(!named || shared || named == &kind) << kind.words;
        bool const column = kind.type.ends_with(" column") || kind.type == "default value";
        EXPECT_EQ(column, kind.by == naming::relation_column) << kind.type;
    }
}

TEST(object_kind, tells_what_shares_names_and_has_arguments) {
    std::set<std::string> relations, routines;
    for (const object_kind &kind : object_kinds) {
        if (shares_relation_names(kind.words)) relations.emplace(kind.words);
        if (has_arguments(kind.words)) routines.emplace(kind.words);
    }
    EXPECT_EQ(relations,
              (std::set<std::string>{"foreign table", "index", "materialized view", "sequence", "table", "view"}));
    EXPECT_EQ(routines, (std::set<std::string>{"aggregate", "function", "procedure", "routine"}));
    EXPECT_FALSE(shares_relation_names("type") || shares_relation_names("") || shares_relation_names("trigger"));
}

TEST(object_kind, parts_of_relations) {
    for (std::string_view const type :
         {"table constraint", "trigger", "rule", "policy", "table column", "default value"})
        EXPECT_TRUE(is_part_of_relation(*find_kind_of_type(type))) << type;
    for (std::string_view const type : {"table", "index", "domain constraint", "type", "function"})
        EXPECT_FALSE(is_part_of_relation(*find_kind_of_type(type))) << type;
    EXPECT_EQ(find_kind_of_type("no such kind"), nullptr);
    EXPECT_EQ(find_kind_of_type(""), nullptr);
}

}   // namespace
}   // namespace whisper::script
