#pragma once
// What the fuzzers feed and the unit tests replay: each function takes any bytes and throws `violation` when what it
// calls does not keep a promise. A crash, a sanitizer's report and any other exception than `failure` are findings too.

#include <string_view>

namespace whisper::fuzz {

void splitter(std::string_view input);
void program(std::string_view input);
void tokens(std::string_view input);
void migration(std::string_view input);
void pack(std::string_view input);
void graph(std::string_view input);
void tool_layout(std::string_view input);
void includes(std::string_view input);
void linear(std::string_view input);

struct harness {
    std::string_view name;   // of its source file, and of its folder in test/fuzz/corpus
    void (*run)(std::string_view);
};

inline constexpr harness harnesses[] = {
    {"splitter", splitter},       {"program", program},   {"tokens", tokens},
    {"migration", migration},     {"pack", pack},         {"graph", graph},
    {"tool_layout", tool_layout}, {"includes", includes}, {"linear", linear},
};

}   // namespace whisper::fuzz
