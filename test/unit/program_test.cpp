#include "script/program.hpp"

#include "script_test_support.hpp"

#include <ctime>
#include <vector>

namespace whisper::script {
namespace {

// "1@2 CREATE: text", one for each action.
std::vector<std::string> actions(std::string_view text) {
    std::vector<std::string> found;
    program const compiled = compile(first_words, text);
    for (action const &a : compiled.actions) {
        std::string const place = std::to_string(a.number) + "@" + std::to_string(a.line) + " ";
        if (a.kind == action_kind::echo)
            found.push_back(place + "echo: " + std::string(a.text));
        else if (a.kind == action_kind::copy)
            found.push_back(place + a.traits.command + ": " + std::string(a.text) + "|" + std::string(a.data));
        else
            found.push_back(place + a.traits.command + ": " + std::string(a.text));
    }
    return found;
}

using list = std::vector<std::string>;

TEST(compile, numbers_statements_and_keeps_their_lines) {
    EXPECT_EQ(actions("-- c\nCREATE TABLE t ();\n\\echo 'half way'\n\n  INSERT INTO t DEFAULT VALUES; SELECT 1"),
              (list{"1@2 CREATE: CREATE TABLE t ()", "0@3 echo: 'half way'", "2@5 INSERT: INSERT INTO t DEFAULT VALUES",
                    "3@5 SELECT: SELECT 1"}));
    EXPECT_EQ(compile(first_words, "SELECT 1; \\echo x\nSELECT 2").statements(), 2);
    EXPECT_EQ(actions(" -- nothing\n;"), list{});
}

TEST(compile, echoes_as_psql_does) {
    EXPECT_EQ(echo_text("'half  way' done"), "half  way done");
    EXPECT_EQ(echo_text("a   b\tc"), "a b c");
    EXPECT_EQ(echo_text("'it''s' ''"), "it's ");
    EXPECT_EQ(echo_text(""), "");
}

TEST(compile, takes_copy_with_its_rows) {
    EXPECT_EQ(actions("COPY t FROM stdin;\n1\t:a\n\\i x\n\\.\nSELECT 2"),
              (list{"1@1 COPY: COPY t FROM stdin|1\t:a\n\\i x\n", "2@5 SELECT: SELECT 2"}));
}

TEST(compile, takes_the_transaction_around_everything_away) {
    EXPECT_EQ(actions("\\echo a\nBEGIN;\nSELECT 1;\nCOMMIT;\n\\echo b"),
              (list{"0@1 echo: a", "1@3 SELECT: SELECT 1", "0@5 echo: b"}));
    EXPECT_EQ(actions("start transaction; select 1; end"), (list{"1@1 SELECT: select 1"}));
    EXPECT_EQ(actions("BEGIN; COMMIT"), list{});
}

TEST(compile, leaves_out_what_steers_psql_alone) {
    EXPECT_EQ(actions("\\set ON_ERROR_STOP on\n\\restrict abc\nSELECT 1;\n\\unrestrict abc\n"),
              (list{"1@3 SELECT: SELECT 1"}));
    EXPECT_EQ(actions("\\qecho x\n\\echo\n\\echo it''s"), (list{"0@1 echo: x", "0@2 echo: ", "0@3 echo: it''s"}));
}

TEST(compile, refuses_psql_commands_with_their_line) {
    for (std::string_view const command :
         {"\\gexec", "\\set x 1", "\\set ON_ERROR_STOPPING", "\\connect db", "\\i f.sql", "\\ir f.sql",
          "\\copy t from f", "\\if true", "\\line x f", "\\line 0 f", "\\line 7", "\\line 99999999999 f"}) {
        std::string const script = "SELECT 1;\n" + std::string(command);
        failure const thrown = failure_of([&] { compile(first_words, script, "f.sql", 10); });
        EXPECT_EQ(thrown.state, sqlstate::unsupported_command) << command;
        std::string const word(command.substr(0, command.find(' ')));
        EXPECT_EQ(thrown.message, "psql command \"" + word + "\" cannot run in the server");
        EXPECT_EQ(thrown.detail, "file \"f.sql\", line 11: " + std::string(command));
        EXPECT_FALSE(thrown.hint.empty());
    }
    EXPECT_EQ(failure_of([] { compile(first_words, "\n\\q"); }).detail, "line 2: \\q");
}

TEST(compile, refuses_commands_inside_a_statement) {
    // psql would go on with the statement behind the command; what stands before it alone may do something else.
    for (std::string_view const command : {"\\echo hi", "\\qecho", "\\set ON_ERROR_STOP on", "\\restrict x"})
        for (std::string_view const before :
             {"DELETE FROM t", "SELECT (", "CREATE FUNCTION f() BEGIN ATOMIC SELECT 1;"}) {
            std::string const script = std::string(before) + "\n" + std::string(command) + "\nWHERE a = 1;";
            failure const thrown = failure_of([&] { compile(first_words, script, "f.sql", 10); });
            EXPECT_EQ(thrown.state, sqlstate::unsupported_command) << script;
            std::string const word(command.substr(0, command.find(' ')));
            EXPECT_EQ(thrown.message, "psql command \"" + word + "\" stands inside a statement");
            EXPECT_EQ(thrown.detail, "file \"f.sql\", line 11: " + std::string(command));
        }
}

TEST(compile, refuses_strings_that_do_not_conform) {
    for (std::string_view const off :
         {"SET standard_conforming_strings = off", "set local Standard_Conforming_Strings to 'off'",
          "SET SESSION standard_conforming_strings = 0"}) {
        failure const thrown = failure_of([&] { compile(first_words, "SELECT 1;\n" + std::string(off), "f.sql", 10); });
        EXPECT_EQ(thrown.state, "0A000") << off;
        EXPECT_EQ(thrown.detail, "It stands in file \"f.sql\", line 11.");
    }
    for (std::string_view const on :
         {"SET standard_conforming_strings = on", "SET LOCAL standard_conforming_strings TO 'true'",
          "SET standard_conforming_strings TO DEFAULT", "SET other.setting = off", "RESET standard_conforming_strings",
          "SELECT 'SET standard_conforming_strings = off'"})
        EXPECT_EQ(compile(first_words, on).statements(), 1) << on;
}

TEST(control_of, finds_transaction_control) {
    using enum transaction_control;
    struct control_case {
        std::string_view statement;
        transaction_control control;
    };
    for (auto const &[statement, control] : {control_case{"BEGIN", begin},
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
                                             {"PREPARE TRANSACTION 'a'", prepare},
                                             {"PREPARE transaction AS SELECT 1", none},
                                             {"PREPARE a AS SELECT 1", none},
                                             {"COMMIT PREPARED 'a'", none},
                                             {"ROLLBACK PREPARED 'a'", none},
                                             {"SET TRANSACTION READ ONLY", none},
                                             {"START x", none},
                                             {"", none}})
        EXPECT_EQ(control_of(statement), control) << statement;
}

TEST(statement_traits, know_the_relation_they_are_about) {
    auto const about = [](const statement_traits &traits) {
        const qualified_name *const relation = relation_of(traits);
        return relation ? relation->schema + "." + relation->name : std::string("none");
    };
    statement_traits traits;
    EXPECT_EQ(about(traits), "none");
    traits.objects.push_back({"function", {"", "f"}, {}, {}});
    EXPECT_EQ(about(traits), "none");
    traits.objects[0] = {"view", {"s", "v"}, {}, {}};
    EXPECT_EQ(about(traits), "s.v");
    traits.objects[0] = {"index", {"s", "i"}, {"s", "t"}, {}};
    EXPECT_EQ(about(traits), "s.t");
    traits.relation = {"", "u"};
    EXPECT_EQ(about(traits), ".u");
}

TEST(qualified_name, may_have_any_schema_where_none_is_written) {
    EXPECT_TRUE(may_be_same({"", "t"}, {"s", "t"}));
    EXPECT_TRUE(may_be_same({"s", "t"}, {"s", "t"}));
    EXPECT_FALSE(may_be_same({"r", "t"}, {"s", "t"}));
    EXPECT_FALSE(may_be_same({"", "t"}, {"s", "u"}));
}

// pg_dump writes one for each large object.
TEST(compile, takes_every_transaction_block_away) {
    EXPECT_EQ(actions("SELECT 1;\nBEGIN;\nSELECT 2;\nCOMMIT;\nSTART TRANSACTION; SELECT 3; END; SELECT 4"),
              (list{"1@1 SELECT: SELECT 1", "2@3 SELECT: SELECT 2", "3@5 SELECT: SELECT 3", "4@5 SELECT: SELECT 4"}));
}

// Of the transaction that a tool has begun.
TEST(compile, takes_the_commit_away_that_ends_all) {
    EXPECT_EQ(actions("SELECT 1;\nCOMMIT;\n-- that is all\n"), list{"1@1 SELECT: SELECT 1"});
    EXPECT_EQ(actions("END"), list{});
}

TEST(action_reader, gives_what_comes_before_an_error) {
    std::string const text = "SELECT 1;\nSELECT 2\n\\gexec\n";
    action_reader reader(first_words, text, "f.sql");
    action a{};
    ASSERT_TRUE(reader.next(a));
    EXPECT_EQ(a.text, "SELECT 1");
    ASSERT_TRUE(reader.next(a));
    EXPECT_EQ(a.text, "SELECT 2");
    EXPECT_EQ(a.number, 2);
    EXPECT_EQ(failure_of([&] { reader.next(a); }).state, sqlstate::unsupported_command);
}

TEST(compile, refuses_transaction_control_in_the_middle) {
    for (std::string_view const script :
         {"SELECT 1;\nCOMMIT AND CHAIN;\nSELECT 2", "SELECT 1;\nBEGIN;\nSELECT 2", "SELECT 1;\nSAVEPOINT a",
          "BEGIN;\nROLLBACK;\nSELECT 1;\nCOMMIT", "COMMIT;\nCOMMIT", "COMMIT;\nROLLBACK", "BEGIN;\nBEGIN;\nCOMMIT;\nCOMMIT",
          "BEGIN;\nCOMMIT AND CHAIN;\nCOMMIT"}) {
        failure const thrown = failure_of([&] { compile(first_words, script, "f.sql", 3); });
        EXPECT_EQ(thrown.state, "2D000") << script;
        EXPECT_TRUE(thrown.detail.starts_with("file \"f.sql\", line 4: ")) << thrown.detail;
    }
    EXPECT_EQ(failure_of([] { compile(first_words, "BEGIN;\nSELECT 1"); }).detail, "line 1: BEGIN");
    EXPECT_EQ(failure_of([] { compile(first_words, "BEGIN;\nSELECT 1;\nPREPARE TRANSACTION 'a'"); }).state, "2D000");
}

TEST(compile, finds_the_first_statement_for_the_top_level) {
    program const compiled = compile(first_words, "SELECT 1;\nVACUUM t;\nVACUUM u");
    ASSERT_NE(compiled.top_level, nullptr);
    EXPECT_EQ(compiled.top_level->traits.command, "VACUUM");
    EXPECT_EQ(compiled.top_level->number, 2);
    EXPECT_EQ(compile(first_words, "SELECT 'VACUUM'").top_level, nullptr);
}

TEST(compile, names_file_and_line_of_a_syntax_error) {
    failure const thrown = failure_of([] { compile(first_words, "SELECT 1;\n\nSELECT 'a", "f.sql", 10); });
    EXPECT_EQ(thrown.state, sqlstate::syntax_error);
    EXPECT_EQ(thrown.message, "unterminated quoted string at line 12 of file \"f.sql\"");
    EXPECT_EQ(failure_of([] { compile(first_words, "/*"); }).message, "unterminated /* comment at line 1");
    failure const copy = failure_of([] { compile(first_words, "COPY t FROM stdin; 1\n", "f.sql", 2); });
    EXPECT_EQ(copy.message, "text after COPY FROM STDIN at line 2 of file \"f.sql\"");
    EXPECT_FALSE(copy.hint.empty());
}

TEST(compile, tells_places_by_line_markers) {
    program const compiled = compile(
        first_words, "SELECT 1;\n\\line 1 lib/a b.sql\n\nSELECT 2;\n\\line 8 core/m.sql\nSELECT 3", "core/m.sql", 7);
    ASSERT_EQ(compiled.actions.size(), 3U);
    action const &before = compiled.actions[0], &inside = compiled.actions[1], &after = compiled.actions[2];
    EXPECT_EQ(before.file, "");
    EXPECT_EQ(before.line, 1);
    EXPECT_FALSE(before.absolute_line);
    EXPECT_EQ(before.line_in_file(7), 7);
    EXPECT_EQ(inside.file, "lib/a b.sql");
    EXPECT_EQ(inside.line, 2);
    EXPECT_TRUE(inside.absolute_line);
    EXPECT_EQ(inside.line_in_file(7), 2);
    EXPECT_EQ(after.file, "");
    EXPECT_EQ(after.line, 8);
    EXPECT_EQ(after.line_in_file(7), 8);
    EXPECT_EQ(inside.number, 2);
}

TEST(compile, says_where_an_error_is_by_line_markers) {
    std::string const start = "SELECT 1;\n\\line 1 a.sql\n\n";
    auto const failing = [&](std::string_view text) {
        return failure_of([&] { compile(first_words, start + std::string(text), "m.sql", 20); });
    };
    EXPECT_EQ(failing("\\gset").detail, "file \"a.sql\", line 2: \\gset");
    EXPECT_EQ(failing("COMMIT; COMMIT").detail, "file \"a.sql\", line 2: COMMIT");
    EXPECT_EQ(failing("SELECT\n:x").detail, "It stands in file \"a.sql\", line 3.");
    EXPECT_EQ(failing("SELECT 'x").message, "unterminated quoted string at line 2 of file \"a.sql\"");
    EXPECT_EQ(failing("\\line 5 m.sql\n\\q").detail, "file \"m.sql\", line 5: \\q");
    EXPECT_EQ(failing("\\line 5 m.sql\n\n\"x").message, "unterminated quoted identifier at line 6 of file \"m.sql\"");
}

struct variable_case {
    std::string_view statement, variable;
};

TEST(compile, refuses_psql_variables_with_their_line) {
    for (auto const &[statement, variable] :
         {variable_case{"SELECT\n:name", ":name"}, variable_case{"SELECT\n1+:\"a_1\"", ":\"a_1\""},
          variable_case{"SELECT\n:'name' || 'x'", ":'name'"}, variable_case{"SELECT\nnow():::type", ":type"},
          variable_case{"SELECT ':a',\n:{?b}", ":{?b}"}, variable_case{"CREATE TABLE\n:s.t ()", ":s"},
          variable_case{"SELECT a[1:n],\na[1:'n']", ":'n'"}, variable_case{"SELECT a[:\n:n:\"m\"]", ":\"m\""},
          variable_case{"SELECT a[1],\n:n", ":n"}, variable_case{"SELECT (a[(1)]),\n:n", ":n"},
          variable_case{"SELECT json_object('a':b), f(\n:c)", ":c"},
          variable_case{"COPY\n:t FROM stdin;\n1\n", ":t"}}) {
        failure const thrown = failure_of([&] { compile(first_words, statement, "f.sql", 5); });
        EXPECT_EQ(thrown.state, sqlstate::unsupported_command) << statement;
        EXPECT_EQ(thrown.message, "psql variable \"" + std::string(variable) + "\" cannot be used in the server");
        EXPECT_EQ(thrown.detail, "It stands in file \"f.sql\", line 6.") << statement;
    }
}

TEST(compile, leaves_other_colons_alone) {
    for (std::string_view const statement :
         {"SELECT a::text, b :: int, '1'::\"T\"", "SELECT f(a := 1, b:=c)", "SELECT a[1:n], a[:n], a[1:b.c], a[m:]",
          "SELECT a[f(x)[1]:n]", "SELECT ':name', E'\\':name', \":name\", $$ :name $$, $q$ :'x' $q$",
          "SELECT 1 -- :name\n/* :name */", "SELECT '12:30:00'::time", "SELECT 1 : 2", "SELECT :1, : a",
          "SELECT JSON_OBJECT('a':b, 'c':'d'), json_objectagg(k:v)", "SELECT a[1:'2']", "DO $$ BEGIN x := :y; END $$",
          "COPY t FROM stdin;\n:a :'b'\n\\.\n", "SELECT 'x:y':"})
        EXPECT_NO_THROW(compile(first_words, statement)) << statement;
}

TEST(compile, takes_deep_nesting_and_long_scripts) {
    std::string const brackets(200'000, '[');
    EXPECT_NO_THROW(compile(first_words, "SELECT a" + brackets + "1:n"));
    std::string script;
    for (int i = 0; i < 200'000; ++i) script += "SELECT 'a:b'::text;\n";
    std::clock_t const start = std::clock();   // of this process: the machine may be busy
    EXPECT_EQ(compile(first_words, script).statements(), 200'000);
    EXPECT_LT((std::clock() - start) / CLOCKS_PER_SEC, 5);
}

}   // namespace
}   // namespace whisper::script
