// Every seed and every case that a fuzzer has found, through every promise of its harness.

#include "harnesses.hpp"
#include "require.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

namespace whisper::fuzz {

void PrintTo(const harness &h, std::ostream *out) { *out << h.name; }

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> cases_of(std::string_view name) {
    std::vector<fs::path> found;
    for (auto const &entry : fs::directory_iterator(fs::path(WHISPER_FUZZ_CORPUS) / name))
        found.push_back(entry.path());
    std::ranges::sort(found);
    return found;
}

std::string content_of(const fs::path &path) {
    std::ifstream file(path, std::ios::binary);
    EXPECT_TRUE(file) << path;
    std::ostringstream content;
    content << file.rdbuf();
    return std::move(content).str();
}

class fuzz_corpus : public testing::TestWithParam<harness> {};

TEST_P(fuzz_corpus, keeps_every_promise) {
    std::vector<fs::path> const cases = cases_of(GetParam().name);
    ASSERT_FALSE(cases.empty());
    for (const fs::path &path : cases) {
        SCOPED_TRACE(path.filename().string());
        std::string const input = content_of(path);
        EXPECT_NO_THROW(GetParam().run(input));
        // Broken off anywhere, it is another hostile input.
        for (std::size_t const part : {2, 3, 5}) EXPECT_NO_THROW(GetParam().run(input.substr(0, input.size() / part)));
    }
}

INSTANTIATE_TEST_SUITE_P(harnesses, fuzz_corpus, testing::ValuesIn(harnesses),
                         [](const auto &info) { return std::string(info.param.name); });

TEST(fuzz_corpus_folders, belong_to_harnesses) {
    for (auto const &entry : fs::directory_iterator(WHISPER_FUZZ_CORPUS)) {
        auto const same = [&](const harness &h) { return entry.path().filename() == h.name; };
        EXPECT_TRUE(std::ranges::any_of(harnesses, same)) << entry.path();
    }
}

TEST(fuzz_requirements, are_noticed_when_they_break) {
    EXPECT_THROW(require(false, "a promise"), violation);
    EXPECT_THROW(survives(true, {sqlstate::cycle}, [] { throw failure(sqlstate::syntax_error, "another"); }),
                 violation);
    EXPECT_THROW(survives(true, {sqlstate::cycle}, [] { throw failure(sqlstate::cycle, "cut \xC3"); }), violation);
    EXPECT_FALSE(survives(false, {sqlstate::cycle}, [] { throw failure(sqlstate::cycle, "cut \xC3"); }));
    EXPECT_THROW(survives(true, {}, [] { throw std::out_of_range("position"); }), std::out_of_range);
    for (std::string_view const bad : {"\x80", "\xC3", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "a\xE2\x82"})
        EXPECT_FALSE(is_utf8(bad));
    EXPECT_FALSE(is_utf8(std::string_view("\0", 1)));
    EXPECT_TRUE(is_utf8("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x90\x98"));
}

}   // namespace

}   // namespace whisper::fuzz
