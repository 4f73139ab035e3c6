// Commands of psql that are kept: nothing in their arguments that psql would run or fill in.

#include "script/command_arguments.hpp"

#include "script/program.hpp"
#include "script_test_support.hpp"

#include <gtest/gtest.h>

#include <string>

namespace whisper::script {
namespace {

std::string active(std::string_view arguments) {
    auto const found = find_active(arguments);
    return found ? std::string(found->text) : std::string("nothing");
}

TEST(command_arguments, finds_what_psql_runs) {
    EXPECT_EQ(active("`touch x`"), "`touch x`");
    EXPECT_EQ(active("a`touch x` b"), "`touch x`");
    EXPECT_EQ(active("'a'`touch x"), "`touch x");
    EXPECT_EQ(active("hello \\! touch x"), "\\!");
    EXPECT_EQ(active("a\\\\ SELECT 1"), "\\\\");
    EXPECT_EQ(active("a\\"), "\\");
    EXPECT_EQ(active("'a\\\\' \\! x"), "\\!");
    EXPECT_EQ(active("'it''s' `x`"), "`x`");
    EXPECT_EQ(active("\"a\\\" \\! x"), "\\!");
}

TEST(command_arguments, finds_what_psql_fills_in) {
    EXPECT_EQ(active(":DBNAME"), ":DBNAME");
    EXPECT_EQ(active("a:x'y"), ":x");
    EXPECT_EQ(active("a::int"), ":int");
    EXPECT_EQ(active(":'x'"), ":'x'");
    EXPECT_EQ(active("a:\"x\""), ":\"x\"");
    EXPECT_EQ(active("'a':'1'"), ":'1'");
    EXPECT_EQ(active(":{?x}"), ":{?x}");
    EXPECT_EQ(active(":\xC3\xA9t\xC3\xA9"), ":\xC3\xA9t\xC3\xA9");
}

TEST(command_arguments, leaves_what_psql_prints) {
    for (std::string_view const plain :
         {"", "a b", "'`touch x`'", "'it''s `x`'", "'it\\'s `x` \\! y'", "\"`touch x` \\! :y\"", "don't `x`",
          "\"open `x`", "'a :x :\\'y\\''", "12:30:00", "a: b", "a:", "http://x", ":'a b'", ":{?a b}", ":{x}", ":{?x",
          "::", "$x | cat"})
        EXPECT_EQ(active(plain), "nothing") << plain;
}

TEST(command_arguments, are_refused_with_file_and_line) {
    for (std::string_view const command : {"\\echo", "\\qecho", "\\set ON_ERROR_STOP", "\\restrict", "\\unrestrict"})
        for (std::string_view const argument : {"`touch x`", "on \\! touch x", ":x", ":'x'", ":{?x}"}) {
            std::string const line = std::string(command) + " " + std::string(argument);
            failure const thrown = failure_of([&] { compile(first_words, "SELECT 1;\n" + line + "\nSELECT 2;", "f.sql", 10); });
            EXPECT_EQ(thrown.state, sqlstate::unsupported_command) << line;
            EXPECT_NE(thrown.message.find("psql "), std::string::npos) << thrown.message;
            EXPECT_NE(thrown.detail.find("file \"f.sql\", line 11"), std::string::npos) << thrown.detail;
            EXPECT_FALSE(thrown.hint.empty()) << line;
        }
    EXPECT_EQ(compile(first_words, "\\echo '`touch x` \\! y :z'\nSELECT 1;").statements(), 1);
}

// psql takes the line up to its line feed for the command's.
TEST(command_arguments, end_with_the_line_that_psql_reads) {
    for (std::string_view const text : {"\\echo a\rSELECT 1 ` 2;", "\\echo a  \r-- b\n", "\\echo\r\rSELECT 1"}) {
        failure const thrown = failure_of([&] { compile(first_words, text, "f.sql", 10); });
        EXPECT_EQ(thrown.state, sqlstate::unsupported_command) << text;
        EXPECT_NE(thrown.detail.find("file \"f.sql\", line 10"), std::string::npos) << thrown.detail;
    }
    EXPECT_EQ(compile(first_words, "\\echo a\r\nSELECT 1;\r\n\\echo b\r").statements(), 1);
}

}   // namespace
}   // namespace whisper::script
