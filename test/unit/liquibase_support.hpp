#pragma once
// What the tests of Liquibase's directories share.

#include "formats_fake_directory.hpp"

#include "script/program.hpp"
#include "script/statement.hpp"

#include <map>
#include <string>
#include <vector>

namespace whisper::script::formats {

using texts = std::vector<std::string>;
using files = std::map<std::string, std::string>;

inline texts ids(const whole &w) {
    texts list;
    for (const migration &m : w.migrations) list.push_back(m.id);
    return list;
}

// The statements of a section, as the engine runs them.
inline texts run(const section &s) {
    texts list;
    for (const action &a : compile(unread(), s.text, "x", s.line).actions) list.emplace_back(a.text);
    return list;
}

inline std::string sql(const std::string &body) { return "--liquibase formatted sql\n" + body; }

inline std::string problem(files all) {
    failure const f = failure_of([&] { read_all(std::move(all)); });
    EXPECT_EQ(f.state, sqlstate::invalid_pack) << f.message;
    EXPECT_FALSE(f.hint.empty());
    return f.message;
}
inline std::string problem(const std::string &body) { return problem(files{{"1.sql", sql(body)}}); }

}   // namespace whisper::script::formats
