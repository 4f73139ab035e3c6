#include "script/program.hpp"
#include "script_test_support.hpp"

#include <vector>

namespace whisper::script {
namespace {

using list = std::vector<std::string>;

// Its number, and the block it is in, one for each action.
std::vector<std::string> blocks(std::string_view text) {
    std::vector<std::string> found;
    for (action const &a : compile(first_words, text).actions)
        found.push_back(std::to_string(a.number) + ":" + std::to_string(a.block));
    return found;
}

TEST(compile, tells_what_is_between_begin_and_commit) {
    EXPECT_EQ(blocks("SELECT 1; BEGIN; SELECT 2; \\echo x\nSELECT 3; COMMIT; SELECT 4; BEGIN; SELECT 5; COMMIT"),
              (list{"1:0", "2:2", "0:2", "3:2", "4:0", "5:3"}));
    EXPECT_EQ(compile(first_words, "BEGIN; SELECT 1; COMMIT; SELECT 2; BEGIN; COMMIT").divided_by, std::nullopt);
}

TEST(compile, divides_at_the_commit_of_a_tool) {
    EXPECT_EQ(blocks("SELECT 1; SELECT 2; COMMIT; BEGIN; SELECT 3"), (list{"1:1", "2:1", "3:2"}));
    EXPECT_EQ(blocks("SELECT 1; COMMIT; SELECT 2; BEGIN; SELECT 3; END; SELECT 4"), (list{"1:1", "2:0", "3:2", "4:0"}));
    EXPECT_EQ(blocks("VACUUM t; COMMIT; BEGIN; SELECT 1"), (list{"1:0", "2:2"}));
    program const divided = compile(first_words, "SELECT 1;\nCOMMIT;\nBEGIN;\nSELECT 2", "f.sql", 3);
    ASSERT_TRUE(divided.divided_by);
    EXPECT_EQ(divided.divided_by->line_in_file(3), 4);
    EXPECT_EQ(failure_of([&] { require_undivided(divided, "f.sql", 3); }).detail, "file \"f.sql\", line 4: COMMIT");
    for (std::string_view const whole : {"SELECT 1; COMMIT; \\echo x", "SELECT 1; COMMIT; BEGIN", "COMMIT", "SELECT 1"})
        EXPECT_FALSE(compile(first_words, whole).divided_by) << whole;
}

}   // namespace
}   // namespace whisper::script
