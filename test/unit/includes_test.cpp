#include "script/includes.hpp"

#include "script/pack_path.hpp"
#include "script/program.hpp"
#include "script_test_support.hpp"

#include <map>

namespace whisper::script {
namespace {

class pack_files {
public:
    std::string &operator[](const std::string &path) { return files_[path]; }

    std::string expand(std::string_view content, std::string_view file = "core/m.sql") {
        included.clear();
        return expand_includes(
            content, file,
            [this](const std::string &path) {
                auto const found = files_.find(path);
                if (found == files_.end()) throw failure(sqlstate::undefined_file, "no file \"" + path + '"');
                return found->second;
            },
            &included);
    }

    failure failing(std::string_view content) {
        return failure_of([&] { expand(content); });
    }

    strings included;

private:
    std::map<std::string, std::string> files_;
};

TEST(expand_includes, leaves_a_script_without_includes_as_it_is) {
    pack_files files;
    for (std::string_view const script :
         {"", "SELECT 1", "\xEF\xBB\xBFSELECT 1;\r\n", "SELECT '\n\\i a.sql\n';", "/*\n\\i a.sql\n*/", "-- \\i a.sql",
          "DO $$\n\\i a.sql\n$$;", "COPY t FROM stdin;\n\\i a.sql\n\\.\n", "COPY t FROM stdin;\n\\i a.sql",
          "\\echo \\i a.sql", "\\if true", "\\i_am_none", "SELECT \"\n\\ir a.sql\n\""})
        EXPECT_EQ(files.expand(script), script);
    EXPECT_TRUE(files.included.empty());
}

TEST(expand_includes, puts_files_in_the_place_of_their_commands) {
    pack_files files;
    files["lib/a.sql"] = "SELECT 'a';\n";
    files["lib/no end"] = "SELECT 'b'";
    EXPECT_EQ(files.expand("SELECT 1;\n\\i lib/a.sql\nSELECT 2;\n  \\i 'lib/no end'\n"),
              "SELECT 1;\n\\line 1 lib/a.sql\nSELECT 'a';\n\\line 3 core/m.sql\nSELECT 2;\n"
              "  \\line 1 lib/no end\nSELECT 'b'\n\\line 5 core/m.sql\n");
    EXPECT_EQ(files.included, (strings{"lib/a.sql", "lib/no end"}));
    EXPECT_EQ(files.expand("SELECT 1; \\include lib/a.sql -- c"),
              "SELECT 1; \\line 1 lib/a.sql\nSELECT 'a';\n\\line 2 core/m.sql\n");
}

TEST(expand_includes, reads_a_file_twice_but_lists_it_once) {
    pack_files files;
    files["a.sql"] = "SELECT 'a';\n";
    std::string const expanded = files.expand("\\i a.sql\n\\i ./a.sql\n\\ir ../a.sql\n");
    EXPECT_EQ(compile(unread(), expanded).statements(), 3);
    EXPECT_EQ(files.included, strings{"a.sql"});
}

TEST(expand_includes, works_without_a_list) {
    auto const read = [](const std::string &path) { return "-- " + path + "\n"; };
    EXPECT_EQ(expand_includes("\\i x", "m", read, nullptr), "\\line 1 x\n-- x\n\\line 2 m\n");
}

TEST(expand_includes, finds_files_from_where_psql_would) {
    pack_files files;
    files["core/lib/a.sql"] = "\\ir b.sql\n\\ir ../../c.sql\n\\i core/lib/d.sql\n\\include_relative ./lib/../d.sql";
    for (const char *const path : {"core/lib/b.sql", "c.sql", "core/lib/d.sql"}) files[path] = "SELECT 1;\n";
    EXPECT_EQ(files.expand("\\ir lib/a.sql"),
              "\\line 1 core/lib/a.sql\n"
              "\\line 1 core/lib/b.sql\nSELECT 1;\n\\line 2 core/lib/a.sql\n"
              "\\line 1 c.sql\nSELECT 1;\n\\line 3 core/lib/a.sql\n"
              "\\line 1 core/lib/d.sql\nSELECT 1;\n\\line 4 core/lib/a.sql\n"
              "\\line 1 core/lib/d.sql\nSELECT 1;\n\\line 5 core/lib/a.sql\n"
              "\\line 2 core/m.sql\n");
    EXPECT_EQ(files.included, (strings{"core/lib/a.sql", "core/lib/b.sql", "c.sql", "core/lib/d.sql"}));
}

TEST(expand_includes, reads_quoted_names) {
    pack_files files;
    files["it's a.sql"] = files["a b\"c"] = "SELECT 1;\n";
    EXPECT_NO_THROW(files.expand("\\i 'it''s a.sql'"));
    EXPECT_NO_THROW(files.expand("\\i \"a b\"\"c\"  "));
}

TEST(expand_includes, reads_each_file_with_its_own_line_ends) {
    pack_files files;
    files["a.sql"] = "\xEF\xBB\xBFSELECT 1;\r\n\r\nSELECT 2;\r\n";
    std::string const expanded = files.expand("\xEF\xBB\xBF\\i a.sql\r\nSELECT 3;\r\n");
    EXPECT_EQ(expanded, "\xEF\xBB\xBF\\line 1 a.sql\nSELECT 1;\r\n\r\nSELECT 2;\r\n\\line 2 core/m.sql\nSELECT 3;\r\n");
    program const compiled = compile(unread(), expanded, "core/m.sql");
    EXPECT_EQ(compiled.actions[1].line, 3);
    EXPECT_EQ(compiled.actions[2].line, 2);
    EXPECT_EQ(files.expand("\\i a.sql\rSELECT 3"),
              "\\line 1 a.sql\nSELECT 1;\r\n\r\nSELECT 2;\r\n\\line 1 core/m.sql\nSELECT 3");
}

// What a file's end ends, the including file must not go on with.
TEST(expand_includes, ends_what_an_included_file_leaves_open) {
    pack_files files;
    std::string const after = "\\i a.sql\nSELECT 2";
    for (const char *const copy : {"COPY t FROM stdin;\n1\n", "COPY t FROM stdin;\n1", "COPY t FROM stdin;\n1\n\\.\n",
                                   "COPY t FROM stdin;\n1\n\\."}) {
        files["a.sql"] = copy;
        std::string const expanded = files.expand(after);
        program const compiled = compile(unread(), expanded);
        ASSERT_EQ(compiled.actions.size(), 2U) << copy;
        EXPECT_EQ(compiled.actions[0].data, "1\n") << copy;
        EXPECT_EQ(compiled.actions[1].text, "SELECT 2") << copy;
        EXPECT_EQ(compiled.actions[1].line, 2) << copy;
    }
    for (const char *const copy : {"COPY t FROM stdin", "COPY t FROM stdin -- c", "COPY t FROM stdin; -- c"}) {
        files["a.sql"] = copy;
        std::string const expanded = files.expand(after);
        program const compiled = compile(unread(), expanded);
        ASSERT_EQ(compiled.actions.size(), 2U) << copy;
        EXPECT_EQ(compiled.actions[0].kind, action_kind::copy) << copy;
        EXPECT_EQ(compiled.actions[0].data, "") << copy;
    }
    for (const char *const open : {"SELECT (1", "SELECT 'a' -- c", "CREATE FUNCTION f() BEGIN ATOMIC SELECT 1;"}) {
        files["a.sql"] = open;
        std::string const expanded = files.expand("\\i a.sql\n'b'; SELECT 2");
        EXPECT_EQ(compile(unread(), expanded).statements(), 3) << open;
    }
}

TEST(expand_includes, digests_like_the_text_in_place) {
    pack_files files;
    files["a.sql"] = "SELECT 'a'; SELECT 'b'";
    std::string const expanded = files.expand("SELECT 1;\n\\i a.sql\nSELECT 2;");
    EXPECT_EQ(digest(expanded), digest("SELECT 1; SELECT 'a'; SELECT 'b'; SELECT 2"));
    EXPECT_EQ(digest(files.expand("SELECT 1;\n\n\n-- moved\n\\i a.sql\nSELECT 2;")), digest(expanded));
    files["a.sql"] = "SELECT 'a'; SELECT 'c'";
    EXPECT_NE(digest(files.expand("SELECT 1;\n\\i a.sql\nSELECT 2;")), digest(expanded));
}

TEST(expand_includes, keeps_sections_and_their_lines) {
    pack_files files;
    files["up.sql"] = "-- revision: other\nCREATE TABLE t ();\n\n\n\n";
    files["down.sql"] = "DROP TABLE t;\n";
    std::string const expanded = files.expand(
        "-- revision: r\n-- migrate:up\n\\i up.sql\nSELECT 1;\n-- migrate:down\nSELECT 2;\n\\i down.sql\n"
        "-- migrate:verify\n\nSELECT true;\n");
    migration const parsed = parse_migration(expanded, "m.sql", tier_kind::versioned);
    EXPECT_EQ(parsed.id, "r");
    EXPECT_EQ(parsed.up.line, 3);
    EXPECT_EQ(parsed.down.line, 6);
    EXPECT_EQ(parsed.verify.line, 9);
    program const up = compile(unread(), parsed.up.text, "core/m.sql", parsed.up.line);
    ASSERT_EQ(up.actions.size(), 2U);
    EXPECT_EQ(up.actions[0].file, "up.sql");
    EXPECT_EQ(up.actions[0].line_in_file(parsed.up.line), 2);
    EXPECT_EQ(up.actions[1].file, "");
    EXPECT_EQ(up.actions[1].line_in_file(parsed.up.line), 4);
    program const down = compile(unread(), parsed.down.text, "core/m.sql", parsed.down.line);
    ASSERT_EQ(down.actions.size(), 2U);
    EXPECT_EQ(down.actions[0].line_in_file(parsed.down.line), 6);
    EXPECT_EQ(down.actions[1].file, "down.sql");
    EXPECT_EQ(down.actions[1].line_in_file(parsed.down.line), 1);
    program const verify = compile(unread(), parsed.verify.text, "core/m.sql", parsed.verify.line);
    ASSERT_EQ(verify.actions.size(), 1U);
    EXPECT_EQ(verify.actions[0].line_in_file(parsed.verify.line), 10);

    migration const whole = parse_migration(files.expand("\\i up.sql"), "7_m.sql", tier_kind::versioned);
    EXPECT_EQ(whole.id, "7");   // an included file's header is none
    EXPECT_TRUE(whole.up.present);
}

TEST(expand_includes, counts_an_include_before_the_first_marker_as_a_statement) {
    pack_files files;
    files["a.sql"] = "SELECT 1;\n";
    std::string const expanded = files.expand("-- revision: r\n\\i a.sql\n-- migrate:up\n");
    failure const thrown = failure_of([&] { parse_migration(expanded, "m.sql", tier_kind::versioned); });
    EXPECT_EQ(thrown.message, "statement before the first section marker at line 2 of file \"m.sql\"");
}

TEST(expand_includes, refuses_section_markers_in_included_files) {
    pack_files files;
    files["a.sql"] = "SELECT 1;\n-- migrate:down\n";
    failure const thrown = files.failing("-- migrate:up\n\\i a.sql\n");
    EXPECT_EQ(thrown.state, sqlstate::invalid_pack);
    EXPECT_EQ(thrown.message, "section marker in an included file at line 2 of file \"a.sql\"");
    EXPECT_EQ(thrown.hint, "Move the marker into the file \"core/m.sql\".");
    files["a.sql"] = "-- migrate:sideways\n";
    EXPECT_EQ(files.failing("\\i a.sql").message, "unknown section \"sideways\" at line 1 of file \"a.sql\"");
    files["a.sql"] = "SELECT 1; -- migrate:down\nSELECT '\n-- migrate:down\n';\n";
    EXPECT_NO_THROW(files.expand("\\i a.sql"));
}

TEST(expand_includes, refuses_files_outside_the_pack) {
    pack_files files;
    files["lib/a.sql"] = "\n\\ir ../../x.sql\n";
    for (std::string_view const command : {"\\i /etc/passwd", "\\i ../x.sql", "\\ir ../../x.sql", "\\i lib/../../x.sql",
                                           "\\i '/x'", "\\i ~/x.sql", "\\i .", "\\i lib/.."}) {
        failure const thrown = files.failing("SELECT 1;\n" + std::string(command));
        EXPECT_EQ(thrown.state, sqlstate::unsupported_command) << command;
        EXPECT_EQ(thrown.message,
                  std::string(command.substr(0, command.find(' '))) + " may only read files inside the pack");
        EXPECT_EQ(thrown.detail, "file \"core/m.sql\", line 2: " + std::string(command));
    }
    EXPECT_EQ(files.failing("\\i lib/a.sql").detail, "file \"lib/a.sql\", line 2: \\ir ../../x.sql");
}

TEST(expand_includes, refuses_what_is_no_plain_file_name) {
    pack_files files;
    for (std::string_view const command : {"\\i", "\\i ''", "\\i 'a.sql", "\\i a.sql b.sql", "\\i :file", "\\i `ls`",
                                           "\\i a\\b", "\\i 'a\\n'", "\\ir a'b'", "\\i 'a' 'b'"}) {
        failure const thrown = files.failing(command);
        EXPECT_EQ(thrown.state, sqlstate::unsupported_command) << command;
        EXPECT_NE(thrown.message.find("needs one plain file name"), std::string::npos) << command;
        EXPECT_EQ(thrown.detail, "file \"core/m.sql\", line 1: " + std::string(command));
    }
}

TEST(expand_includes, refuses_an_include_in_the_middle_of_a_statement) {
    pack_files files;
    files["a.sql"] = "SELECT 1;\n";
    for (std::string_view const script : {"SELECT 1\n\\i a.sql", "SELECT (\n\\i a.sql\n);"}) {
        failure const thrown = files.failing(script);
        EXPECT_EQ(thrown.state, sqlstate::unsupported_command);
        EXPECT_EQ(thrown.message, "\\i cannot stand in the middle of a statement");
        EXPECT_EQ(thrown.detail, "file \"core/m.sql\", line 2: \\i a.sql");
    }
    // A marker ends a statement for parse_migration(), too.
    EXPECT_NO_THROW(files.expand("-- migrate:up\nSELECT (1\n-- migrate:down\n\\i a.sql\n"));
    EXPECT_NO_THROW(files.expand("SELECT 1; -- c\n/* c */ \\i a.sql\n"));
}

TEST(expand_includes, refuses_cycles) {
    pack_files files;
    files["a.sql"] = "SELECT 1;\n\\i b.sql\n";
    files["b.sql"] = "\\i ./a.sql\n";
    failure const thrown = files.failing("\\i a.sql");
    EXPECT_EQ(thrown.state, sqlstate::unsupported_command);
    EXPECT_EQ(thrown.message, "file \"a.sql\" includes itself");
    EXPECT_EQ(thrown.detail, "file \"b.sql\", line 1: \"a.sql\" -> \"b.sql\" -> \"a.sql\"");
    EXPECT_EQ(files.failing("\\ir m.sql").message, "file \"core/m.sql\" includes itself");
}

TEST(expand_includes, limits_the_depth) {
    pack_files files;
    auto const chain = [&](int files_deep) {
        for (int i = 1; i < files_deep; ++i) files[std::to_string(i)] = "\\i " + std::to_string(i + 1) + "\n";
        files[std::to_string(files_deep)] = "SELECT 1;\n";
    };
    chain(16);
    EXPECT_NE(files.expand("\\i 1").find("SELECT 1;"), std::string::npos);
    chain(17);
    failure const thrown = files.failing("\\i 1");
    EXPECT_EQ(thrown.state, sqlstate::unsupported_command);
    EXPECT_EQ(thrown.message, "files include each other more than 16 levels deep");
    EXPECT_EQ(thrown.detail, "file \"16\", line 1: \\i 17");
}

TEST(expand_includes, limits_the_number_of_includes) {
    pack_files files;
    for (int i = 1; i < 16; ++i)
        files[std::to_string(i)] = "\\i " + std::to_string(i + 1) + "\n\\i " + std::to_string(i + 1) + "\n";
    files["16"] = "";
    failure const thrown = files.failing("\\i 1");
    EXPECT_EQ(thrown.state, sqlstate::program_limit);
    EXPECT_EQ(thrown.message, "more than 10000 includes in file \"core/m.sql\"");
}

TEST(expand_includes, names_the_file_of_a_syntax_error) {
    pack_files files;
    files["a.sql"] = "\\i b.sql\n";
    files["b.sql"] = "SELECT 1;\nSELECT 'x\n";
    failure const thrown = files.failing("\\i a.sql\n");
    EXPECT_EQ(thrown.state, sqlstate::syntax_error);
    EXPECT_EQ(thrown.message, "unterminated quoted string at line 2 of file \"b.sql\"");
    files["b.sql"] = "SELECT 1;\n";
    EXPECT_EQ(files.failing("\\i a.sql\n\n/*").message, "unterminated /* comment at line 3 of file \"core/m.sql\"");
}

TEST(expand_includes, says_who_includes_a_missing_file) {
    pack_files files;
    files["a.sql"] = "\n\\i b.sql\n";
    failure const thrown = files.failing("\\i a.sql");
    EXPECT_EQ(thrown.state, sqlstate::undefined_file);
    EXPECT_EQ(thrown.message, "no file \"b.sql\"");
    EXPECT_EQ(thrown.detail, "It is included in file \"a.sql\", line 2.");
}

TEST(expand_includes, lets_no_file_name_become_sql) {
    pack_files files;
    files["a.sql"] = "SELECT 1;\n";
    std::string const expanded = files.expand("\\i a.sql\n", "core/x\nDROP TABLE t;.sql");
    EXPECT_EQ(compile(unread(), expanded).statements(), 1);
}

TEST(parse_migration, tells_lines_by_markers) {
    std::string_view const script = "\\line 1 a.sql\n\n\nSELECT 1;\n\\line 2 m.sql\n-- migrate:up\n";
    failure const thrown = failure_of([&] { parse_migration(script, "m.sql", tier_kind::versioned); });
    EXPECT_EQ(thrown.message, "statement before the first section marker at line 1 of file \"m.sql\"");
    failure const open = failure_of([] { parse_migration("\\line 4 a.sql\n'", "m.sql", tier_kind::versioned); });
    EXPECT_EQ(open.message, "unterminated quoted string at line 4 of file \"a.sql\"");
}

TEST(path_in_pack, is_lexical) {
    EXPECT_EQ(path_in_pack("", "a.sql"), "a.sql");
    EXPECT_EQ(path_in_pack("core", "a.sql"), "core/a.sql");
    EXPECT_EQ(path_in_pack("core/x", ".././/../lib//a.sql"), "lib/a.sql");
    EXPECT_EQ(path_in_pack("core", "..a/...").value(), "core/..a/...");
    for (std::string_view const outside : {"/a", "../a", "a/../../a", "", ".", "a/.."})
        EXPECT_EQ(path_in_pack("", outside), std::nullopt) << outside;
    EXPECT_EQ(folder_of("a/b/c.sql"), "a/b");
    EXPECT_EQ(folder_of("c.sql"), "");
}

}   // namespace
}   // namespace whisper::script
