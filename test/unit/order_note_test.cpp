#include "script/formats/order.hpp"

#include "script_test_support.hpp"

namespace whisper::script::formats {
namespace {

TEST(order, names_the_first_files_that_differ) {
    auto const numbers = find_order({"1_a.sql", "2_b.sql", "10_c.sql"});
    ASSERT_TRUE(numbers);
    EXPECT_TRUE(numbers->by_number);
    EXPECT_EQ(numbers->first + ' ' + numbers->second, "2_b.sql 10_c.sql");
    auto const bytes = find_order({"10_c.sql", "1_a.sql", "2_b.sql"});
    ASSERT_TRUE(bytes);
    EXPECT_FALSE(bytes->by_number);
    EXPECT_EQ(bytes->first + ' ' + bytes->second, "10_c.sql 1_a.sql");
    auto const versions = find_order({"V1.1__a.sql", "V1.2__b.sql", "V1.10__c.sql"});
    ASSERT_TRUE(versions);
    EXPECT_TRUE(versions->by_number);
    EXPECT_EQ(versions->first, "V1.2__b.sql");
}

TEST(order, is_the_same_of_most_directories) {
    for (boost::container::vector<std::string> const &files : {boost::container::vector<std::string>{},
                                                               {"1_a.sql"},
                                                               {"001_b.sql", "002_a.sql", "010_x.sql"},
                                                               {"b.sql", "a.sql"},
                                                               {"20240101_a2.sql", "20240101_a10.sql"},
                                                               {"V1__a.sql", "V2__b.sql"},
                                                               {"2_b.sql", "a.sql"}})
        EXPECT_FALSE(find_order(files));
}

}   // namespace
}   // namespace whisper::script::formats
