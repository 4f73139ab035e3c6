#include "script/dotted_name.hpp"

#include <gtest/gtest.h>

namespace whisper::script {
namespace {

strings parts(std::string_view name) { return parse_dotted_name(name).value_or(strings{"(none)"}); }

TEST(dotted_name, is_cut_and_folded_as_sql_does_it) {
    EXPECT_EQ(parts("c"), (strings{"c"}));
    EXPECT_EQ(parts("Public.T.C"), (strings{"public", "t", "c"}));
    EXPECT_EQ(parts(R"("A.b"."c""d".E)"), (strings{"A.b", "c\"d", "e"}));
    for (std::string_view const wrong :
         {"", ".", "a.", ".a", "a b", "a\tb", "\"", "\"a", "\"\"", "a\"b\"", "\"a\"b", "a..b"})
        EXPECT_FALSE(parse_dotted_name(wrong)) << wrong;
}

TEST(dotted_name, lists_are_cut_outside_of_quotes) {
    EXPECT_EQ(split_name_list(" a , \"b, c\".d,e "), (strings{"a", "\"b, c\".d", "e"}));
    EXPECT_EQ(split_name_list("\"a\"\"\", b"), (strings{"\"a\"\"\"", "b"}));
    EXPECT_EQ(split_name_list(""), (strings{""}));
    EXPECT_EQ(split_name_list("a,,b,"), (strings{"a", "", "b", ""}));
}

TEST(dotted_name, means_what_ends_with_it) {
    strings const full{"s", "t", "c"};
    EXPECT_TRUE(names_end_of({"c"}, full));
    EXPECT_TRUE(names_end_of({"t", "c"}, full));
    EXPECT_TRUE(names_end_of({"s", "t", "c"}, full));
    for (const strings &other :
         {strings{}, strings{"t"}, strings{"s", "c"}, strings{"x", "t", "c"}, strings{"r", "s", "t", "c"}})
        EXPECT_FALSE(names_end_of(other, full));
}

}   // namespace
}   // namespace whisper::script
