#include "script/statement.hpp"

#include "script_test_support.hpp"

namespace whisper::script {
namespace {

struct relation_case {
    std::string_view statement, relation;
};

void PrintTo(const relation_case &c, std::ostream *out) { *out << c.statement; }

class relation : public testing::TestWithParam<relation_case> {};

TEST_P(relation, is_what_the_statement_is_about) {
    EXPECT_EQ(classify(GetParam().statement).relation, GetParam().relation);
}

INSTANTIATE_TEST_SUITE_P(of_relations, relation,
                         testing::Values(relation_case{"CREATE TABLE IF NOT EXISTS s.\"T\" (a int)", "s.\"T\""},
                                         relation_case{"CREATE VIEW v AS SELECT a FROM t", "v"},
                                         relation_case{"CREATE FOREIGN TABLE f () SERVER s", "f"},
                                         relation_case{"ALTER TABLE IF EXISTS ONLY s.t ADD a int", "s.t"},
                                         relation_case{"ALTER VIEW v RENAME TO w", "v"},
                                         relation_case{"ALTER INDEX i SET (a = 1)", "i"},
                                         relation_case{"ALTER MATERIALIZED VIEW v OWNER TO joe", "v"},
                                         relation_case{"DROP TABLE IF EXISTS a, b", "a"},
                                         relation_case{"DROP INDEX i", "i"}, relation_case{"CREATE SEQUENCE s", "s"},
                                         relation_case{"CREATE SEQUENCE s AS int START 1 OWNED BY a.t.c", "a.t"},
                                         relation_case{"ALTER SEQUENCE s OWNED BY t.c", "t"},
                                         relation_case{"ALTER SEQUENCE s OWNED BY \"a.b\".\"c.d\"", "\"a.b\""},
                                         relation_case{"ALTER SEQUENCE s OWNED BY NONE", "s"},
                                         relation_case{"ALTER SEQUENCE s OWNER TO owned", "s"},
                                         relation_case{"ALTER TABLE ALL IN TABLESPACE a SET TABLESPACE b", ""}));

INSTANTIATE_TEST_SUITE_P(
    of_parts, relation,
    testing::Values(
        relation_case{"CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON ONLY s.t (a)", "s.t"},
        relation_case{"CREATE INDEX ON t USING gin (a)", "t"},
        relation_case{"CREATE CONSTRAINT TRIGGER tr AFTER INSERT OR UPDATE OF a, b ON s.t FROM u", "s.t"},
        relation_case{"CREATE TRIGGER \"on\" INSTEAD OF DELETE ON v", "v"},
        relation_case{"CREATE EVENT TRIGGER e ON sql_drop", ""}, relation_case{"DROP TRIGGER IF EXISTS tr ON t", "t"},
        relation_case{"ALTER TRIGGER tr ON t RENAME TO u", "t"}, relation_case{"CREATE POLICY p ON t USING (a)", "t"},
        relation_case{"DROP POLICY p ON t", "t"},
        relation_case{"CREATE OR REPLACE RULE r AS ON INSERT TO s.t DO NOTHING", "s.t"},
        relation_case{"DROP RULE r ON t", "t"},
        relation_case{"CREATE STATISTICS IF NOT EXISTS x (ndistinct) ON a, (extract(year FROM b)) FROM t", "t"},
        relation_case{"CREATE STATISTICS ON a, b FROM s.t", "s.t"}, relation_case{"DROP STATISTICS x", ""},
        relation_case{"COMMENT ON TABLE s.t IS 'x'", "s.t"}, relation_case{"COMMENT ON COLUMN s.t.c IS 'x'", "s.t"},
        relation_case{"COMMENT ON COLUMN t.c IS 'x'", "t"}, relation_case{"COMMENT ON INDEX i IS 'x'", "i"},
        relation_case{"COMMENT ON CONSTRAINT c ON t IS 'x'", "t"},
        relation_case{"COMMENT ON CONSTRAINT c ON DOMAIN d IS 'x'", ""},
        relation_case{"COMMENT ON CONSTRAINT c ON domain IS 'x'", "domain"},
        relation_case{"COMMENT ON TRIGGER tr ON s.t IS 'x'", "s.t"},
        relation_case{"COMMENT ON FUNCTION f(int) IS 'x'", ""}, relation_case{"COMMENT ON SCHEMA s IS 'x'", ""}));

INSTANTIATE_TEST_SUITE_P(
    of_rows_and_rights, relation,
    testing::Values(
        relation_case{"INSERT INTO s.t (a) SELECT a FROM u", "s.t"}, relation_case{"insert into t values (1)", "t"},
        relation_case{"UPDATE t SET a = 1", "t"}, relation_case{"UPDATE ONLY (s.t) SET a = 1", "s.t"},
        relation_case{"DELETE FROM ONLY t WHERE a", "t"}, relation_case{"MERGE INTO t USING u ON a", "t"},
        relation_case{"COPY s.t (a, b) FROM stdin", "s.t"}, relation_case{"COPY (SELECT a FROM t) TO stdout", ""},
        relation_case{"TRUNCATE TABLE ONLY t, u", "t"}, relation_case{"TRUNCATE t", "t"},
        relation_case{"GRANT SELECT (a), UPDATE ON s.t TO joe", "s.t"},
        relation_case{"GRANT ALL ON TABLE t TO joe", "t"}, relation_case{"GRANT SELECT ON a, b TO joe", "a"},
        relation_case{"REVOKE SELECT ON table_of FROM joe", "table_of"},
        relation_case{"GRANT USAGE ON SEQUENCE s TO joe", "s"}, relation_case{"GRANT USAGE ON SCHEMA s TO joe", ""},
        relation_case{"GRANT SELECT ON schema TO joe", "schema"},
        relation_case{"GRANT SELECT ON ALL TABLES IN SCHEMA s TO joe", ""},
        relation_case{"GRANT EXECUTE ON FUNCTION f(int) TO joe", ""}, relation_case{"GRANT admin TO joe", ""},
        relation_case{"GRANT SET ON PARAMETER work_mem TO joe", ""}, relation_case{"SELECT a FROM t", ""},
        relation_case{"CREATE FUNCTION f(int) RETURNS int AS 'x'", ""}, relation_case{"CREATE TYPE t AS (a int)", ""},
        relation_case{"BEGIN", ""}, relation_case{"", ""}));

}   // namespace
}   // namespace whisper::script
