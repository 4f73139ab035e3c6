#include "script/splitter.hpp"

#include "script_test_support.hpp"

#include <boost/container/pmr/monotonic_buffer_resource.hpp>

#include <chrono>
#include <vector>

namespace whisper::script {
namespace {

std::vector<std::string> texts(std::string_view script) {
    std::vector<std::string> found;
    for (piece const &p : split(script)) {
        std::string const data = p.kind == piece_kind::copy_data ? "|" + std::string(p.data(script)) : "";
        found.push_back((p.kind == piece_kind::psql_command ? "psql:" : "") + std::string(p.text(script)) + data);
    }
    return found;
}

struct split_case {
    std::string_view script;
    std::vector<std::string> pieces;
};

void PrintTo(const split_case &c, std::ostream *out) { *out << c.script; }

class splits : public testing::TestWithParam<split_case> {};

TEST_P(splits, as_psql_does) { EXPECT_EQ(texts(GetParam().script), GetParam().pieces); }

INSTANTIATE_TEST_SUITE_P(
    semicolons, splits,
    testing::Values(split_case{"", {}}, split_case{" ;; -- c\n /* ; */ ;", {}}, split_case{"a;b", {"a", "b"}},
                    split_case{"a ; b ;", {"a", "b"}}, split_case{"-- c\na /* ; */ b -- ;\n; ", {"a /* ; */ b"}},
                    split_case{"(a;b);c", {"(a;b)", "c"}}, split_case{"a);b", {"a)", "b"}},
                    split_case{"(a;b", {"(a;b"}},
                    split_case{"';' \";\" $$;$$ E'\\';';b", {"';' \";\" $$;$$ E'\\';'", "b"}},
                    split_case{"\xEF\xBB\xBF a;\r\nb\r\n;", {"a", "b"}}, split_case{"a[1;2];b", {"a[1", "2]", "b"}},
                    split_case{"CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2;);b",
                               {"CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2;)", "b"}}));

INSTANTIATE_TEST_SUITE_P(
    atomic_bodies, splits,
    testing::Values(
        split_case{"CREATE FUNCTION f() BEGIN ATOMIC a; b; END; c",
                   {"CREATE FUNCTION f() BEGIN ATOMIC a; b; END", "c"}},
        split_case{"create or replace procedure p() begin atomic a; end; c",
                   {"create or replace procedure p() begin atomic a; end", "c"}},
        split_case{
            "CREATE FUNCTION f() BEGIN ATOMIC SELECT CASE x WHEN 1 THEN CASE WHEN a THEN 1 END END; b; END; c",
            {"CREATE FUNCTION f() BEGIN ATOMIC SELECT CASE x WHEN 1 THEN CASE WHEN a THEN 1 END END; b; END", "c"}},
        split_case{"CREATE FUNCTION f() BEGIN ATOMIC SELECT (CASE WHEN a THEN 1 END); b; END; c",
                   {"CREATE FUNCTION f() BEGIN ATOMIC SELECT (CASE WHEN a THEN 1 END); b; END", "c"}},
        split_case{"CREATE FUNCTION f() BEGIN ATOMIC SELECT 1 AS end, t.case, \"end\"; b; END; c",
                   {"CREATE FUNCTION f() BEGIN ATOMIC SELECT 1 AS end, t.case, \"end\"; b; END", "c"}},
        split_case{"CREATE FUNCTION f(atomic int) BEGIN /* c */ ATOMIC END; c",
                   {"CREATE FUNCTION f(atomic int) BEGIN /* c */ ATOMIC END", "c"}},
        split_case{"CREATE FUNCTION begin() RETURNS int RETURN 1; c",
                   {"CREATE FUNCTION begin() RETURNS int RETURN 1", "c"}},
        split_case{"CREATE FUNCTION f() RETURN CASE WHEN a THEN 1 END; c",
                   {"CREATE FUNCTION f() RETURN CASE WHEN a THEN 1 END", "c"}},
        split_case{"BEGIN ATOMIC; a; END", {"BEGIN ATOMIC", "a", "END"}},
        split_case{"CREATE TABLE function BEGIN ATOMIC; a", {"CREATE TABLE function BEGIN ATOMIC", "a"}},
        split_case{"BEGIN; a; END; b", {"BEGIN", "a", "END", "b"}},
        split_case{"CREATE FUNCTION f() BEGIN ATOMIC a; END; BEGIN ATOMIC; a",   // the state ends with its statement
                   {"CREATE FUNCTION f() BEGIN ATOMIC a; END", "BEGIN ATOMIC", "a"}}));

INSTANTIATE_TEST_SUITE_P(psql_commands, splits,
                         testing::Values(split_case{"\\restrict abc\nSELECT 1;\n\\unrestrict abc\n",
                                                    {"psql:\\restrict abc", "SELECT 1", "psql:\\unrestrict abc"}},
                                         split_case{"  \\connect 'a;b' \r\nx", {"psql:\\connect 'a;b'", "x"}},
                                         split_case{"SELECT 1 \\gexec\nb;", {"SELECT 1", "psql:\\gexec", "b"}},
                                         split_case{"SELECT (1 \\g\nb; c", {"SELECT (1", "psql:\\g", "b", "c"}},
                                         split_case{"a; \\echo b; c\nd", {"a", "psql:\\echo b; c", "d"}},
                                         split_case{"a\\; b;c", {"a", "b", "c"}},
                                         split_case{"\\.\na", {"psql:\\.", "a"}}, split_case{"\\", {"psql:\\"}},
                                         split_case{"-- \\c\n'\\c' $$\\c$$ /* \\c */", {"'\\c' $$\\c$$"}}));

INSTANTIATE_TEST_SUITE_P(
    copy, splits,
    testing::Values(split_case{"COPY t FROM stdin;\n1\n2\n\\.\nb;", {"COPY t FROM stdin|1\n2\n", "b"}},
                    split_case{"copy \"t;\" (a, b) from STDIN with (format csv);\r\n1;'\r\n\\.\r\nb;",
                               {"copy \"t;\" (a, b) from STDIN with (format csv)|1;'\r\n", "b"}},
                    split_case{"COPY s.t FROM stdin;\n\\.\nb", {"COPY s.t FROM stdin|", "b"}},
                    split_case{"COPY t FROM stdin WHERE a > 0;\n1\n\\.", {"COPY t FROM stdin WHERE a > 0|1\n"}},
                    split_case{"COPY t FROM stdin;\n\\.x\n \\.\n\\\\.\n1", {"COPY t FROM stdin|\\.x\n \\.\n\\\\.\n1"}},
                    split_case{"COPY t FROM stdin; -- c\n1\n\\.\n", {"COPY t FROM stdin|1\n"}},
                    split_case{"COPY t FROM stdin; /* c */ \t\n1\n\\.\n", {"COPY t FROM stdin|1\n"}},
                    split_case{"COPY t FROM stdin;", {"COPY t FROM stdin|"}},
                    split_case{"COPY t FROM stdin", {"COPY t FROM stdin|"}},
                    split_case{"COPY t FROM stdout;\n1\n", {"COPY t FROM stdout|1\n"}},
                    split_case{"COPY t FROM 'stdin';\nb", {"COPY t FROM 'stdin'", "b"}},
                    split_case{"COPY t FROM \"stdin\";\nb", {"COPY t FROM \"stdin\"", "b"}},
                    split_case{"COPY t FROM PROGRAM 'cat stdin';\nb", {"COPY t FROM PROGRAM 'cat stdin'", "b"}},
                    split_case{"COPY t TO stdout;\nb", {"COPY t TO stdout", "b"}},
                    split_case{"COPY (SELECT 1 FROM stdin) TO stdout;\nb",
                               {"COPY (SELECT 1 FROM stdin) TO stdout", "b"}},
                    split_case{"SELECT a FROM stdin;\nb", {"SELECT a FROM stdin", "b"}},
                    split_case{"COPY t FROM stdin;\n1\n\\.\nCOPY u FROM stdin;\n2\n\\.\n",
                               {"COPY t FROM stdin|1\n", "COPY u FROM stdin|2\n"}}));

TEST(splitter, tells_lines_and_places) {
    std::string_view const script =
        "-- c\n\nSELECT\n 1 -- c\n;\n\\echo x\nCOPY t FROM stdin;\n1\n2\n\\.\n  SELECT 'a\nb'; SELECT 3";
    pieces const found = split(script);
    ASSERT_EQ(found.size(), 5u);
    EXPECT_EQ(found[0].line, 3);
    EXPECT_EQ(found[0].text(script), "SELECT\n 1");
    EXPECT_EQ(found[1].kind, piece_kind::psql_command);
    EXPECT_EQ(found[1].line, 6);
    EXPECT_EQ(found[2].kind, piece_kind::copy_data);
    EXPECT_EQ(found[2].line, 7);
    EXPECT_EQ(found[2].text(script), "COPY t FROM stdin");
    EXPECT_EQ(found[2].data(script), "1\n2\n");
    EXPECT_EQ(found[3].line, 11);
    EXPECT_EQ(found[4].line, 12);
    EXPECT_EQ(found[0].data_offset, 0u);
    EXPECT_EQ(found[0].data_length, 0u);
}

TEST(splitter, takes_no_data_for_a_statement_that_is_not_over) {
    pieces const found = split("COPY t FROM stdin (FORMAT csv");
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].kind, piece_kind::statement);
}

TEST(splitter, counts_lines_by_line_feeds_alone) {
    pieces const found = split("SELECT 1;\rCOPY t FROM stdin; -- c\r \n1\r2\n\\.\nSELECT 2");
    ASSERT_EQ(found.size(), 3u);
    EXPECT_EQ(found[1].line, 1);
    EXPECT_EQ(found[1].data_length, 4u);
    EXPECT_EQ(found[2].line, 4);
}

TEST(splitter, refuses_what_does_not_end) {
    failure const f = failure_of([] { split("SELECT 1;\nSELECT 'a;\n"); });
    EXPECT_EQ(f.state, sqlstate::syntax_error);
    EXPECT_EQ(f.message, "unterminated quoted string at line 2");
}

TEST(splitter, refuses_text_where_copy_data_should_start) {
    for (std::string_view const rest : {" SELECT 1;\n", " /* a\n */\n", " \\.\n", " /* open", " -- c\r1\n"}) {
        failure const f = failure_of([&] { split("\nCOPY t FROM stdin;" + std::string(rest)); });
        EXPECT_EQ(f.state, sqlstate::syntax_error) << rest;
        EXPECT_EQ(f.message, "text after COPY FROM STDIN at line 2") << rest;
        EXPECT_FALSE(f.hint.empty());
    }
}

// psql would send the whole of it as one query string, whose data then come after the next semicolon.
TEST(splitter, refuses_copy_data_after_another_statement) {
    failure const f = failure_of([] { split("\nCOPY t FROM stdin\\; SELECT 1;\n1\n\\.\n"); });
    EXPECT_EQ(f.state, sqlstate::syntax_error);
    EXPECT_EQ(f.message, "text after COPY FROM STDIN at line 2");
    EXPECT_FALSE(f.hint.empty());
    EXPECT_EQ(split("COPY t TO stdout\\; SELECT 1;").size(), 2u);
}

// psql puts a semicolon there and goes on with the statement.
TEST(splitter, refuses_a_backslash_before_a_semicolon_inside_a_statement) {
    for (std::string_view const script : {"\nCREATE RULE r AS ON INSERT TO t DO (SELECT 1\\; SELECT 2);",
                                          "\nCREATE FUNCTION f() BEGIN ATOMIC SELECT 1\\; END;"}) {
        failure const f = failure_of([&] { split(script); });
        EXPECT_EQ(f.state, sqlstate::syntax_error) << script;
        EXPECT_EQ(f.message, "\"\\;\" in the middle of a statement at line 2");
        EXPECT_FALSE(f.hint.empty());
    }
}

TEST(splitter, uses_the_memory_it_is_given) {
    boost::container::pmr::monotonic_buffer_resource memory;
    EXPECT_EQ(split("a;b;c", &memory).get_allocator().resource(), &memory);
}

TEST(splitter, survives_any_depth) {
    std::string const deep(1'000'000, '(');
    EXPECT_EQ(split(deep + ";").size(), 1u);
    std::string body = "CREATE FUNCTION f() BEGIN ATOMIC SELECT ";
    for (int i = 0; i < 100'000; ++i) body += "CASE WHEN a THEN ";
    for (int i = 0; i < 100'000; ++i) body += "END ";
    EXPECT_EQ(split(body + "; END; b").size(), 2u);
}

struct file_case {
    const char *name;
    std::size_t statements, copies, commands;
};

void PrintTo(const file_case &c, std::ostream *out) { *out << c.name; }

class file_splits : public testing::TestWithParam<file_case> {};

// The counts are what psql sent and did with these files on a server that logged every statement.
TEST_P(file_splits, into_what_psql_sends) {
    std::string const script = read_test_data(std::string("sql/") + GetParam().name);
    std::size_t counts[3] = {};
    std::string rejoined;
    for (piece const &p : split(script)) {
        ++counts[static_cast<std::size_t>(p.kind)];
        rejoined += p.text(script);
        if (p.kind == piece_kind::statement) rejoined += ";";
        if (p.kind == piece_kind::psql_command) rejoined += "\n";
        if (p.kind == piece_kind::copy_data) rejoined += ";\n" + std::string(p.data(script)) + "\\.\n";
    }
    EXPECT_EQ(counts[0], GetParam().statements);
    EXPECT_EQ(counts[1], GetParam().copies);
    EXPECT_EQ(counts[2], GetParam().commands);
    if (GetParam().commands == 0) {
        EXPECT_EQ(digest(rejoined), digest(script));   // nothing was lost between the pieces
    }
}

INSTANTIATE_TEST_SUITE_P(corpus, file_splits,
                         testing::Values(file_case{"pg_dump_like.sql", 9, 3, 2}, file_case{"functions.sql", 10, 0, 0},
                                         file_case{"strings.sql", 15, 0, 0}, file_case{"crlf.sql", 4, 1, 0},
                                         file_case{"psql.sql", 7, 0, 7}));

}   // namespace
}   // namespace whisper::script
