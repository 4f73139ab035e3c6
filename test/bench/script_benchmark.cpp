// Cutting and digesting a script of 50 MB, in bytes per second.

#include "script/splitter.hpp"
#include "script/tokens.hpp"

#include <benchmark/benchmark.h>

#include <string>

namespace whisper::script {
namespace {

constexpr std::size_t script_size = 50'000'000;

std::string repeated(std::string_view block) {
    std::string script;
    script.reserve(script_size + block.size());
    while (script.size() < script_size) script += block;
    return script;
}

// Definitions: short words, operators, numbers.
std::string dense() {
    return repeated(
        "CREATE TABLE notes (id bigint PRIMARY KEY, a int NOT NULL DEFAULT 1+2*3, b numeric(10,2) CHECK (b >= .5));\n"
        "ALTER TABLE notes ADD COLUMN IF NOT EXISTS c text, DROP COLUMN d;\n"
        "INSERT INTO notes (id, a) VALUES (1, 2), (3, 4), (5, 6) ON CONFLICT DO NOTHING;\n");
}

// Functions, seed texts and comments, as real migrations have them.
std::string wordy() {
    return repeated(
        "-- What follows keeps a summary of every conversation, and the words that were used most in it.\n"
        "/* The columns are explained in the handbook; nothing here depends on their order. */\n"
        "INSERT INTO notes VALUES ('It''s a long text about nothing in particular; it has to be skipped quickly, '\n"
        "    'and it goes on in the next line as far as anybody would want to read it in a review.');\n"
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $body$\nBEGIN\n    NEW.updated_at := now();\n"
        "    PERFORM pg_notify('changes', row_to_json(NEW)::text);\n    RETURN NEW;\nEND;\n$body$;\n");
}

std::string copy() {
    std::string script = "COPY notes FROM stdin;\n";
    script += repeated("4711\t2024-01-01 00:00:00+00\tA row of a table, with some text in it\t\\N\tt\n");
    return script += "\\.\n";
}

class counting_sink final : public digest_sink {
public:
    void update(std::string_view bytes) override { size += bytes.size(); }
    std::size_t size = 0;
};

void split_script(benchmark::State &state, std::string (*make)()) {
    std::string const script = make();
    for (auto unused : state) benchmark::DoNotOptimize(split(script).size());
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(script.size()));
}

void digest_script(benchmark::State &state, std::string (*make)()) {
    std::string const script = make();
    for (auto unused : state) {
        counting_sink sink;
        digest_tokens(script, sink);
        benchmark::DoNotOptimize(sink.size);
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(script.size()));
}

BENCHMARK_CAPTURE(split_script, dense, dense)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(split_script, wordy, wordy)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(split_script, copy, copy)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(digest_script, dense, dense)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(digest_script, wordy, wordy)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(digest_script, copy, copy)->Unit(benchmark::kMillisecond);

}   // namespace
}   // namespace whisper::script

BENCHMARK_MAIN();
