// Time: a text of eight times the length takes eight times as long, whatever it repeats.

#include "bytes.hpp"
#include "harnesses.hpp"
#include "require.hpp"
#include "script/includes.hpp"
#include "script/migration.hpp"
#include "script/program.hpp"
#include "script/tool_layout.hpp"
#include "sql_text.hpp"

#include <ctime>

namespace whisper::fuzz {

namespace {

using namespace script;

constexpr std::size_t small = 8 << 10, factor = 8;
constexpr double slack = 0.02;   // seconds
constexpr int attempts = 4;      // a busy machine is no finding

double now() {
    timespec at{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
    return static_cast<double>(at.tv_sec) + static_cast<double>(at.tv_nsec) * 1e-9;
}

template <class Body>
double seconds(Body &&body) {
    double const start = now();
    try {
        body();
    } catch (const failure &) {   // takes its time, too
    }
    return now() - start;
}

std::string repeated(std::string_view start, std::string_view unit, std::string_view end, std::size_t size) {
    std::string text(start);
    while (text.size() < size) text += unit;
    return text.append(end);
}

void split_it(std::string_view text) { split(text); }
void compile_it(std::string_view text) { compile(unread(), text); }
void digest_it(std::string_view text) { normal_form(text); }
void parse_it(std::string_view text) { parse_migration(text, "1.sql", tier_kind::versioned); }
void find_control(std::string_view text) { control_of(text); }
void look_for_placeholders(std::string_view text) { require_no_placeholders(text, "1.sql"); }
void expand_it(std::string_view text) {
    read_file const nothing = [](const std::string &) { return std::string("SELECT 1;\n"); };
    expand_includes(text, "a/1.sql", nothing, nullptr);
}

constexpr struct {
    std::string_view name;
    void (*run)(std::string_view);
} actions[] = {{"split", split_it},           {"compile", compile_it},
               {"digest", digest_it},         {"parse_migration", parse_it},
               {"control_of", find_control},  {"require_no_placeholders", look_for_placeholders},
               {"expand_includes", expand_it}};

}   // namespace

// start NUL unit NUL end
void linear(std::string_view input) {
    bytes source(input);
    std::string_view const start = source.until('\0'), unit = source.until('\0'), end = source.rest();
    if (unit.empty()) return;
    std::string const few = repeated(start, unit, end, small), many = repeated(start, unit, end, small * factor);
    for (auto const &action : actions) {
        double least = 0, most = 0;
        for (int i = 0; i < attempts; ++i) {
            least = seconds([&] { action.run(few); });
            most = seconds([&] { action.run(many); });
            if (most <= 3 * factor * least + slack) break;
        }
        require(most <= 3 * factor * least + slack, "time grows with the length", action.name);
    }
}

}   // namespace whisper::fuzz
