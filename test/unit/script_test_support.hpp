#pragma once
// What the tests of src/script share.

#include "error.hpp"
#include "script/characters.hpp"
#include "script/statement.hpp"
#include "script/tokens.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

namespace whisper::script {

inline std::string read_test_data(const std::string &name) {
    std::ifstream file(std::string(WHISPER_TEST_DATA) + '/' + name, std::ios::binary);
    EXPECT_TRUE(file) << name;
    std::ostringstream content;
    content << file.rdbuf();
    return std::move(content).str();
}

class string_sink final : public digest_sink {
public:
    void update(std::string_view bytes) override { text += bytes; }
    std::string text;
};

inline std::string digest(std::string_view script) {
    string_sink sink;
    digest_tokens(script, sink);
    return sink.text;
}

// The failure that `body` throws; a test failure when it throws none.
template <class Body>
failure failure_of(Body &&body) {
    try {
        std::forward<Body>(body)();
    } catch (const failure &thrown) {
        return thrown;
    }
    ADD_FAILURE() << "nothing was thrown";
    return failure("00000", {});
}

// Knows statements by their first word, which is enough to see what becomes of what a reader tells.
class first_word_reader final : public statement_reader {
public:
    statement_traits read(std::string_view statement) const override {
        statement_traits traits;
        lexer words(statement);
        token const first = words.next();
        for (char const c : first.text(statement)) traits.command += upper(c);
        traits.needs_top_level = traits.command == "VACUUM";
        for (std::string_view const change : {"INSERT", "UPDATE", "DELETE", "WITH"})
            traits.changes_rows |= traits.command == change;
        return traits;
    }
};
inline constexpr first_word_reader first_words;

}   // namespace whisper::script
