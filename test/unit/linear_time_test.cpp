// Reading takes time in proportion to the text, however it was written to make it take longer.

#include "script/formats/foreign.hpp"
#include "script/includes.hpp"
#include "script/migration.hpp"
#include "script/program.hpp"
#include "script/transaction.hpp"
#include "script/variables.hpp"
#include "script_test_support.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace whisper::script {
namespace {

constexpr std::size_t small = 32 << 10, growth = 8;
constexpr double most = 3 * growth;   // quadratic is growth * growth

struct reading {
    const char *name;
    std::function<void(const std::string &)> read;
};

std::vector<reading> readings() {
    return {
        {"compile", [](const std::string &text) { compile(first_words, text); }},
        {"digest", [](const std::string &text) { digest(text); }},
        {"migration", [](const std::string &text) { parse_migration(text, "1_a.sql", tier_kind::versioned); }},
        {"variables", [](const std::string &text) { find_variable(text); }},
        {"control", [](const std::string &text) { control_of(text); }},
        {"includes",
         [](const std::string &text) {
             take_with_includes(
                 text, "1_a.sql", [](const std::string &) { return std::string("SELECT 1"); }, nullptr);
         }},
        {"foreign", [](const std::string &text) { formats::require_no_foreign(text, "1_a.sql", {}); }},
    };
}

// The text begins with `first` and repeats `again`.
struct shape {
    const char *first, *again;
};

constexpr shape shapes[] = {
    {"", "+"},
    {"", "+-@"},
    {"", "/*"},
    {"", "/**/"},
    {"", "("},
    {"", ")"},
    {"", "$a"},
    {"", "$a$ "},
    {"", "$"},
    {"", "'a'\n"},
    {"", "'a' -- x\n"},
    {"", "'a'\n;"},
    {"E'", "\\'"},
    {"E'", "''"},
    {"'", "''"},
    {"", "\"a\"."},
    {"", ":"},
    {"", ":a"},
    {"SELECT ", "[:a"},
    {"", "::"},
    {"", ":'a"},
    {"", ":{?a"},
    {"", ";"},
    {"", "SELECT 1;"},
    {"", "BEGIN;COMMIT;"},
    {"", "BEGIN;"},
    {"", "CREATE TABLE a (a int);"},
    {"ALTER TABLE ", "\"a\"."},
    {"ALTER TABLE a ", "ADD a int,"},
    {"GRANT SELECT ON ", "a,"},
    {"COMMENT ON CONSTRAINT ", "on a "},
    {"CREATE SEQUENCE s ", "OWNED "},
    {"INSERT INTO t ", "on "},
    {"SELECT ", "(a) "},
    {"CREATE FUNCTION f() BEGIN ATOMIC ", "CASE "},
    {"CREATE FUNCTION f() BEGIN ATOMIC ", "begin atomic end "},
    {"COPY t FROM stdin;\n", "\\.x\n"},
    {"", "COPY t FROM stdin;\n1\n\\.\n"},
    {"COPY t FROM stdin;", " /**/"},
    {"", "\n-- migrate:x"},
    {"", "\n-- x"},
    {"-- migrate:up\n", "   \n"},
    {"-- message: ", "a:"},
    {"", "\n/* */ -- x"},
    {"", "\n\\echo x"},
    {"", "\\echo 'a' \"b\"\n"},
    {"\\echo ", ":'a"},
    {"\\echo ", ":{?a"},
    {"", "SELECT 1\n\\line 1 f\n"},
    {"", "\\i a\n"},
    {"", "\\;"},
    {"", "\r"},
    {"", " "},
    {"", "1."},
    {"", "0x1"},
    {"", "e'a'"},
    {"", "\xC3\xA9"},
    {"", "a=b "},
    {"", "{"},
    {"", "# up\n"},
};

std::string text_of(const shape &s, std::size_t length) {
    std::string text = s.first;
    while (text.size() < length) text += s.again;
    return text;
}

// The processor's time, so that other processes have no part in it.
double time_of(const reading &r, const std::string &text) {
    std::clock_t const start = std::clock();
    try {
        r.read(text);
    } catch (const failure &) {   // not before it has been read
    }
    return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

double growth_of(const reading &r, const shape &s) {
    constexpr double shortest = 0.0005;   // seconds: what is faster is not measured well
    return time_of(r, text_of(s, small * growth)) / std::max(time_of(r, text_of(s, small)), shortest);
}

TEST(linear_time, holds_for_any_text) {
    for (const reading &r : readings())
        for (const shape &s : shapes) {
            double grown = growth_of(r, s);
            for (int again = 0; again < 2 && grown > most; ++again) grown = std::min(grown, growth_of(r, s));
            ASSERT_LE(grown, most) << r.name << " of \"" << s.first << "\" and many \"" << s.again << '"';
        }
}

}   // namespace
}   // namespace whisper::script
