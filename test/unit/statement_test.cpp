#include "script/statement.hpp"

#include "script_test_support.hpp"

#include <ctime>

namespace whisper::script {

void PrintTo(transaction_control control, std::ostream *out) { *out << static_cast<int>(control); }

namespace {

struct object_case {
    std::string_view statement, verb, type, name;
};

void PrintTo(const object_case &c, std::ostream *out) { *out << c.statement; }

class object : public testing::TestWithParam<object_case> {};

TEST_P(object, has_verb_type_and_name) {
    statement_traits const traits = classify(GetParam().statement);
    EXPECT_EQ(traits.verb, GetParam().verb);
    EXPECT_EQ(traits.object_type, GetParam().type);
    EXPECT_EQ(traits.object_name, GetParam().name);
}

INSTANTIATE_TEST_SUITE_P(
    created, object,
    testing::Values(
        object_case{"CREATE TABLE t (a int)", "CREATE TABLE", "table", "t"},
        object_case{"create /* c */ table if not exists Public . \"My;T\"\"\"(a int)", "CREATE TABLE", "table",
                    "Public.\"My;T\"\"\""},
        object_case{"CREATE GLOBAL TEMPORARY TABLE t ()", "CREATE TABLE", "table", "t"},
        object_case{"CREATE TEMP TABLE t ()", "CREATE TABLE", "table", "t"},
        object_case{"CREATE UNLOGGED TABLE t ()", "CREATE TABLE", "table", "t"},
        object_case{"CREATE FOREIGN TABLE t ()", "CREATE FOREIGN TABLE", "foreign table", "t"},
        object_case{"CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a)", "CREATE INDEX", "index", "i"},
        object_case{"CREATE INDEX ON t (a)", "CREATE INDEX", "index", ""},
        object_case{"CREATE INDEX CONCURRENTLY ON t (a)", "CREATE INDEX", "index", ""},
        object_case{"CREATE OR REPLACE TEMP RECURSIVE VIEW v (a) AS SELECT 1", "CREATE OR REPLACE VIEW", "view", "v"},
        object_case{"CREATE MATERIALIZED VIEW IF NOT EXISTS s.v AS SELECT 1", "CREATE MATERIALIZED VIEW",
                    "materialized view", "s.v"},
        object_case{"CREATE TEMP SEQUENCE s", "CREATE SEQUENCE", "sequence", "s"},
        object_case{"CREATE OR REPLACE FUNCTION s.f(a int) RETURNS int", "CREATE OR REPLACE FUNCTION", "function",
                    "s.f"},
        object_case{"CREATE PROCEDURE p()", "CREATE PROCEDURE", "procedure", "p"},
        object_case{"CREATE AGGREGATE a (int) (sfunc = f)", "CREATE AGGREGATE", "aggregate", "a"},
        object_case{"CREATE CONSTRAINT TRIGGER tr AFTER INSERT ON t", "CREATE TRIGGER", "trigger", "tr"},
        object_case{"CREATE EVENT TRIGGER e ON sql_drop", "CREATE EVENT TRIGGER", "event trigger", "e"},
        object_case{"CREATE TYPE s.e AS ENUM ('a')", "CREATE TYPE", "type", "s.e"},
        object_case{"CREATE DOMAIN d AS int", "CREATE DOMAIN", "domain", "d"},
        object_case{"CREATE SCHEMA IF NOT EXISTS s", "CREATE SCHEMA", "schema", "s"},
        object_case{"CREATE SCHEMA AUTHORIZATION joe", "CREATE SCHEMA", "schema", ""},
        object_case{"CREATE EXTENSION IF NOT EXISTS \"uuid-ossp\"", "CREATE EXTENSION", "extension", "\"uuid-ossp\""},
        object_case{"CREATE POLICY p ON t", "CREATE POLICY", "policy", "p"},
        object_case{"CREATE OR REPLACE RULE r AS ON INSERT TO t DO NOTHING", "CREATE OR REPLACE RULE", "rule", "r"},
        object_case{"CREATE OPERATOR s.=== (leftarg = int)", "CREATE OPERATOR", "operator", "s.==="},
        object_case{"CREATE OPERATOR CLASS c FOR TYPE int", "CREATE OPERATOR CLASS", "operator class", "c"},
        object_case{"CREATE TEXT SEARCH CONFIGURATION c (copy = x)", "CREATE TEXT SEARCH CONFIGURATION",
                    "text search configuration", "c"},
        object_case{"CREATE USER MAPPING IF NOT EXISTS FOR joe SERVER s", "CREATE USER MAPPING", "user mapping", ""},
        object_case{"CREATE CAST (a AS b) WITHOUT FUNCTION", "CREATE CAST", "cast", ""}));

INSTANTIATE_TEST_SUITE_P(
    altered_and_dropped, object,
    testing::Values(object_case{"ALTER TABLE IF EXISTS ONLY s.t * ADD a int", "ALTER TABLE", "table", "s.t"},
                    object_case{"ALTER TABLE ALL IN TABLESPACE a SET TABLESPACE b", "ALTER TABLE", "table", ""},
                    object_case{"alter type T add value 'x'", "ALTER TYPE", "type", "T"},
                    object_case{"ALTER FUNCTION f(int) OWNER TO joe", "ALTER FUNCTION", "function", "f"},
                    object_case{"ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO joe", "ALTER DEFAULT PRIVILEGES",
                                "", ""},
                    object_case{"ALTER SYSTEM SET a = 1", "ALTER SYSTEM", "", ""},
                    object_case{"DROP TABLE IF EXISTS a, b CASCADE", "DROP TABLE", "table", "a"},
                    object_case{"DROP INDEX CONCURRENTLY IF EXISTS s.i", "DROP INDEX", "index", "s.i"},
                    object_case{"DROP MATERIALIZED VIEW v", "DROP MATERIALIZED VIEW", "materialized view", "v"},
                    object_case{"DROP TRIGGER tr ON t", "DROP TRIGGER", "trigger", "tr"},
                    object_case{"DROP OWNED BY joe", "DROP OWNED", "", ""}));

INSTANTIATE_TEST_SUITE_P(
    others, object,
    testing::Values(object_case{"INSERT INTO t VALUES (1)", "INSERT", "", ""},
                    object_case{"comment on table t is 'x'", "COMMENT", "table", "t"},
                    object_case{"COMMENT ON COLUMN s.t.\"c\" IS 'x'", "COMMENT", "column", "s.t.\"c\""},
                    object_case{"COMMENT ON MATERIALIZED VIEW v IS NULL", "COMMENT", "materialized view", "v"},
                    object_case{"COMMENT ON CONSTRAINT c ON t IS ''", "COMMENT", "constraint", "c"},
                    object_case{"COMMENT ON FUNCTION s.f(int) IS ''", "COMMENT", "function", "s.f"},
                    object_case{"COMMENT ON PROCEDURAL LANGUAGE l IS ''", "COMMENT", "language", "l"},
                    object_case{"COMMENT ON CAST (a AS b) IS ''", "COMMENT", "cast", ""},
                    object_case{"COMMENT nonsense", "COMMENT", "", ""},
                    object_case{"((SELECT 1)) UNION SELECT 2", "SELECT", "", ""},
                    object_case{"COPY t FROM stdin", "COPY", "", ""}, object_case{"CREATE nonsense", "CREATE", "", ""},
                    object_case{"'a'", "", "", ""}, object_case{"", "", "", ""}));

TEST(classify, finds_if_not_exists) {
    for (std::string_view const statement :
         {"CREATE TABLE IF NOT EXISTS t ()", "create unique index concurrently if not exists i ON t (a)",
          "CREATE SCHEMA IF NOT EXISTS AUTHORIZATION joe", "CREATE EXTENSION IF /* c */ NOT EXISTS e"})
        EXPECT_TRUE(classify(statement).if_not_exists) << statement;
    for (std::string_view const statement :
         {"CREATE TABLE t (a text DEFAULT 'IF NOT EXISTS')", "DROP TABLE IF EXISTS t",
          "ALTER TABLE t ADD COLUMN IF NOT EXISTS a int", "CREATE OR REPLACE VIEW v AS SELECT 1"})
        EXPECT_FALSE(classify(statement).if_not_exists) << statement;
}

struct control_case {
    std::string_view statement;
    transaction_control control;
    bool needs_top_level = false;
};

TEST(classify, finds_transaction_control) {
    using enum transaction_control;
    for (auto const &[statement, control, needs_top_level] : {control_case{"BEGIN", begin},
                                                              {"begin isolation level serializable", begin},
                                                              {"START TRANSACTION", begin},
                                                              {"COMMIT", commit},
                                                              {"COMMIT AND CHAIN", commit},
                                                              {"END", commit},
                                                              {"ROLLBACK", rollback},
                                                              {"ABORT WORK", rollback},
                                                              {"SAVEPOINT a", savepoint},
                                                              {"RELEASE a", savepoint},
                                                              {"ROLLBACK TO a", savepoint},
                                                              {"ROLLBACK WORK TO SAVEPOINT a", savepoint},
                                                              {"PREPARE TRANSACTION 'a'", commit},
                                                              {"PREPARE transaction AS SELECT 1", none},
                                                              {"PREPARE a AS SELECT 1", none},
                                                              {"COMMIT PREPARED 'a'", none, true},
                                                              {"ROLLBACK PREPARED 'a'", none, true},
                                                              {"SET TRANSACTION READ ONLY", none},
                                                              {"START x", none}}) {
        EXPECT_EQ(classify(statement).control, control) << statement;
        EXPECT_EQ(classify(statement).needs_top_level, needs_top_level) << statement;
    }
}

TEST(classify, finds_what_needs_the_top_level) {
    for (std::string_view const statement :
         {"CREATE INDEX CONCURRENTLY i ON t (a)",
          "create unique index concurrently on t (a)",
          "DROP INDEX CONCURRENTLY i",
          "REINDEX TABLE CONCURRENTLY t",
          "REINDEX INDEX concurrently i",
          "REINDEX (VERBOSE, CONCURRENTLY) TABLE t",
          "REINDEX (CONCURRENTLY true) TABLE t",
          "REINDEX DATABASE d",
          "REINDEX (VERBOSE) SYSTEM d",
          "REINDEX SCHEMA s",
          "VACUUM",
          "VACUUM (FULL) t",
          "CREATE DATABASE d",
          "DROP DATABASE IF EXISTS d",
          "CREATE TABLESPACE s LOCATION '/x'",
          "DROP TABLESPACE s",
          "ALTER SYSTEM SET a = 1",
          "ALTER DATABASE d SET TABLESPACE s",
          "ALTER TABLE ONLY s.t DETACH PARTITION s.p CONCURRENTLY",
          "CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p",
          "CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p WITH (create_slot = true)",
          "CLUSTER",
          "CLUSTER VERBOSE",
          "CLUSTER (VERBOSE)",
          "DISCARD ALL"})
        EXPECT_TRUE(classify(statement).needs_top_level) << statement;
    for (std::string_view const statement :
         {"CREATE INDEX i ON t (a)", "CREATE INDEX i ON concurrently (a)", "DROP INDEX i",
          "REFRESH MATERIALIZED VIEW CONCURRENTLY v", "REINDEX TABLE t", "REINDEX (CONCURRENTLY false) TABLE t",
          "ALTER DATABASE d SET work_mem = 1", "ALTER DATABASE d OWNER TO joe", "ALTER TABLE t DETACH PARTITION p",
          "ALTER TABLE t DETACH PARTITION p FINALIZE", "ALTER TABLE t ADD concurrently int",
          "CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p WITH (create_slot = false)",
          "CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p WITH (slot_name = a, connect = 'off')", "CLUSTER t",
          "CLUSTER VERBOSE t USING i", "DISCARD PLANS", "ALTER TYPE t ADD VALUE 'x'", "ANALYZE",
          "CREATE FUNCTION f() AS 'VACUUM'"})
        EXPECT_FALSE(classify(statement).needs_top_level) << statement;
}

TEST(classify, finds_what_may_run_again) {
    for (std::string_view const statement :
         {"CREATE OR REPLACE VIEW v AS SELECT 1",
          "CREATE TABLE IF NOT EXISTS t ()",
          "CREATE INDEX IF NOT EXISTS i ON t (a)",
          "DROP TABLE IF EXISTS t",
          "COMMENT ON TABLE t IS 'x'",
          "GRANT SELECT ON t TO joe",
          "REVOKE ALL ON t FROM joe",
          "INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING",
          "insert into t select 1 on conflict (a) do update set a = 1",
          "SET search_path = a",
          "RESET ALL",
          "SELECT setval('s', 1)",
          "SELECT a FROM b",
          "ANALYZE t",
          "DO $$ $$",
          "ALTER TABLE t ADD COLUMN IF NOT EXISTS a int, ADD IF NOT EXISTS b numeric(1, 2)",
          "ALTER TABLE t DROP COLUMN IF EXISTS a, DROP CONSTRAINT IF EXISTS c",
          "ALTER TABLE ONLY t OWNER TO joe",
          "ALTER FUNCTION f(int, text) OWNER TO joe",
          "ALTER TABLE t ALTER COLUMN a SET DEFAULT f(1, 2)",
          "ALTER TABLE t ALTER a DROP NOT NULL",
          "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
          "ALTER TABLE t NO FORCE ROW LEVEL SECURITY",
          "ALTER TYPE e ADD VALUE IF NOT EXISTS 'x'",
          "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO joe",
          "REFRESH MATERIALIZED VIEW v"})
        EXPECT_TRUE(classify(statement).rerunnable) << statement;
    for (std::string_view const statement : {"CREATE TABLE t ()",
                                             "CREATE TABLE t (a text DEFAULT 'IF NOT EXISTS')",
                                             "DROP TABLE t",
                                             "INSERT INTO t VALUES (1)",
                                             "INSERT INTO t VALUES ('ON CONFLICT')",
                                             "INSERT INTO t (SELECT 1 ON CONFLICT)",
                                             "SELECT 1 INTO t",
                                             "SELECT a INTO t FROM b",
                                             "UPDATE t SET a = 1",
                                             "DELETE FROM t",
                                             "ALTER TABLE t ADD COLUMN a int",
                                             "ALTER TABLE t ADD COLUMN IF NOT EXISTS a int, ADD COLUMN b int",
                                             "ALTER TABLE IF EXISTS t ADD a int",
                                             "ALTER TABLE t RENAME TO u",
                                             "ALTER TABLE t SET SCHEMA s",
                                             "ALTER TABLE t ALTER a SET DATA TYPE text",
                                             "ALTER TYPE e ADD VALUE 'x'",
                                             "COPY t FROM stdin",
                                             "BEGIN",
                                             "WITH x AS (DELETE FROM t) SELECT 1",
                                             ""})
        EXPECT_FALSE(classify(statement).rerunnable) << statement;
}

// A statement may be as long as a file; only its beginning tells, and an INSERT's end is looked for within limits.
TEST(classify, does_not_read_everything) {
    std::string const rest(64 << 20, '(');
    std::clock_t const start = std::clock();   // of this process: the machine may be busy
    EXPECT_EQ(classify("CREATE TABLE t " + rest).object_name, "t");
    EXPECT_EQ(classify("COPY t FROM stdin " + rest).verb, "COPY");
    statement_traits const insert = classify("INSERT INTO t VALUES " + rest);
    EXPECT_FALSE(insert.rerunnable);
    EXPECT_LT((std::clock() - start) / CLOCKS_PER_SEC, 5);
}

}   // namespace
}   // namespace whisper::script
