// Batch sections: their options, and what becomes of :batch_start and :batch_end.

#include "error.hpp"
#include "script/batch.hpp"
#include "script/lock_estimate.hpp"

#include <gtest/gtest.h>

namespace {

using namespace whisper;
using script::batch_options;
using script::batch_statement;

batch_options options(std::string_view text) { return script::parse_batch_options(text, {"f.sql", 7}); }
batch_statement compiled(std::string_view section) { return script::compile_batch(section, "f.sql", 8); }

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

TEST(lock_estimate, counts_what_a_table_brings) {
    auto const locks = [](std::string_view sql) {
        int all = 0;
        for (script::action const &a : script::compile(sql).actions) all += script::locks_of(a);
        return all;
    };
    EXPECT_EQ(locks("CREATE TABLE t (a int)"), 1);
    EXPECT_EQ(locks("CREATE TABLE t (a int PRIMARY KEY)"), 2);
    EXPECT_EQ(locks("CREATE TABLE t (a serial PRIMARY KEY, b text UNIQUE)"),
              6);   // table, sequence, 2 keys, long values
    EXPECT_EQ(locks("CREATE TABLE t (a int GENERATED ALWAYS AS IDENTITY)"), 2);
    EXPECT_EQ(locks("CREATE INDEX i ON t (a); CREATE VIEW v AS SELECT 1; CREATE SEQUENCE s"), 3);
    EXPECT_EQ(locks("ALTER TABLE t ADD b int; INSERT INTO t VALUES (1); CREATE FUNCTION f() RETURNS int RETURN 1"), 0);
}

TEST(batch_section, is_read_and_written_back) {
    std::string const file =
        "-- revision: b1\n-- down_revision: a1\n\n-- migrate:up\nALTER TABLE t ADD n int;\n"
        "-- migrate:batch table=t key=id size=5\nUPDATE t SET n = 0 WHERE id BETWEEN :batch_start AND :batch_end;\n"
        "-- migrate:down\nALTER TABLE t DROP n;\n";
    script::migration const m = script::parse_migration(file, "f.sql", script::tier_kind::versioned);
    EXPECT_TRUE(m.batch.present);
    EXPECT_EQ(m.batch_options, "table=t key=id size=5");
    EXPECT_EQ(m.batch.line, 7);
    EXPECT_EQ(m.up.text, "ALTER TABLE t ADD n int;\n");
    EXPECT_EQ(script::render_migration(m), file);
}

TEST(batch_section, is_for_versioned_tiers) {
    EXPECT_EQ(state_of([] {
                  script::parse_migration("-- migrate:batch table=t key=id\nDELETE FROM t", "f.sql",
                                          script::tier_kind::repeatable);
              }),
              "WM014");
}

TEST(batch_section, needs_its_options) {
    EXPECT_EQ(state_of([] {
                  script::parse_migration("-- migrate:batch\nDELETE FROM t", "f.sql", script::tier_kind::versioned);
              }),
              "WM014");
}

}   // namespace
