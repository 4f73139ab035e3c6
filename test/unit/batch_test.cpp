// Batch sections: their options, and what becomes of :batch_start and :batch_end.

#include "error.hpp"
#include "script/batch.hpp"
#include "script_test_support.hpp"

#include <gtest/gtest.h>

namespace {

using namespace whisper;
using script::batch_options;
using script::batch_statement;

batch_options options(std::string_view text) { return script::parse_batch_options(text, {"f.sql", 7}); }
batch_statement compiled(std::string_view section) {
    return script::compile_batch(script::first_words, section, "f.sql", 8);
}

std::string state_of(auto &&call) {
    try {
        call();
    } catch (const failure &error) {
        EXPECT_NE((error.message + error.detail).find("f.sql"), std::string::npos) << error.message;
        return std::string(error.state);
    }
    return "none";
}

TEST(batch_options, are_read_in_any_order) {
    batch_options const read = options("size=500 key=id   pause=2s table=public.orders");
    EXPECT_EQ(read.table, "public.orders");
    EXPECT_EQ(read.key, "id");
    EXPECT_EQ(read.size, 500);
    EXPECT_EQ(read.milliseconds, 2000);
}

TEST(batch_options, have_defaults) {
    batch_options const read = options("table=t key=id");
    EXPECT_EQ(read.size, 10000);
    EXPECT_EQ(read.milliseconds, 0);
}

TEST(batch_options, take_quoted_names_with_blanks) {
    batch_options const read = options("table=\"My Schema\".\"a b\" key=\"the key\" pause=50ms");
    EXPECT_EQ(read.table, "\"My Schema\".\"a b\"");
    EXPECT_EQ(read.key, "\"the key\"");
    EXPECT_EQ(read.milliseconds, 50);
}

TEST(batch_options, refuse_what_they_do_not_know) {
    for (std::string_view const wrong :
         {"", "table=t", "key=id", "table=t key=id size=0", "table=t key=id size=-5", "table=t key=id size=10k",
          "table=t key=id pause=5", "table=t key=id pause=5h", "table=t key=id pause=90000000s",
          "table=t key=id color=red", "table=t key=id key=id", "table= key=id",
          "table=t key=id size=99999999999999999999"})
        EXPECT_EQ(state_of([&] { options(wrong); }), "WM014") << wrong;
}

TEST(batch_options, only_table_and_key_are_promised) {
    EXPECT_EQ(script::batch_identity(options("table=t key=id size=1 pause=1s")),
              script::batch_identity(options("key=id table=t")));
    EXPECT_NE(script::batch_identity(options("table=t key=id")), script::batch_identity(options("table=t key=uid")));
}

TEST(batch_statement, gets_parameters) {
    batch_statement const b =
        compiled("-- the past\nUPDATE t SET n = ':batch_start' WHERE id BETWEEN :batch_start AND :batch_end;\n");
    EXPECT_EQ(b.sql, "UPDATE t SET n = ':batch_start' WHERE id BETWEEN $1 AND $2");
    EXPECT_FALSE(b.start_exclusive);
    EXPECT_FALSE(b.end_exclusive);
    EXPECT_EQ(b.line, 9);
}

TEST(batch_statement, knows_which_ends_are_open) {
    struct {
        const char *condition;
        bool start, end;
    } const cases[] = {
        {"id >= :batch_start AND id < :batch_end", false, true},
        {"id > :batch_start AND id <= :batch_end", true, false},
        {":batch_start <= id AND :batch_end > id", false, true},
        {":batch_start < id AND :batch_end >= id", true, false},
        {"id>=:batch_start AND id<:batch_end", false, true},
        {"id >= :batch_start::int AND id <= :batch_end", false, false},
    };
    for (auto const &c : cases) {
        batch_statement const b = compiled(std::string("DELETE FROM t WHERE ") + c.condition);
        EXPECT_EQ(b.start_exclusive, c.start) << c.condition;
        EXPECT_EQ(b.end_exclusive, c.end) << c.condition;
    }
}

TEST(batch_statement, must_be_one_that_uses_both_ends) {
    for (std::string_view const wrong :
         {"", "UPDATE t SET a = 1", "UPDATE t SET a = 1 WHERE id >= :batch_start",
          "DELETE FROM t WHERE id < :batch_end",
          "UPDATE t SET a = 1 WHERE id BETWEEN :batch_start AND :batch_end; UPDATE t SET a = 2",
          "SELECT :batch_start, :batch_end", "DROP TABLE t", "COMMIT",
          "UPDATE t SET a = $1 WHERE id BETWEEN :batch_start AND :batch_end"})
        EXPECT_NE(state_of([&] { compiled(wrong); }), "none") << wrong;
    EXPECT_EQ(state_of([&] { compiled("UPDATE t SET a = :other WHERE id BETWEEN :batch_start AND :batch_end"); }),
              "WM019");
    EXPECT_EQ(state_of([&] { compiled("UPDATE t SET a = 'open WHERE id BETWEEN :batch_start AND :batch_end"); }),
              "42601");
}

TEST(batch_statement, may_be_an_insert_or_have_a_common_table) {
    EXPECT_EQ(compiled("INSERT INTO a SELECT * FROM b WHERE id BETWEEN :batch_start AND :batch_end").sql,
              "INSERT INTO a SELECT * FROM b WHERE id BETWEEN $1 AND $2");
    EXPECT_EQ(compiled("WITH x AS (SELECT 1) DELETE FROM a WHERE id BETWEEN :batch_start AND :batch_end").sql,
              "WITH x AS (SELECT 1) DELETE FROM a WHERE id BETWEEN $1 AND $2");
}

}   // namespace
