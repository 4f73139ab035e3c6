#include "liquibase_support.hpp"

#include "script/change_set_name.hpp"
#include "script/formats/liquibase_delimiters.hpp"
#include "script/formats/liquibase_rules.hpp"

#include <vector>

namespace whisper::script::formats {
namespace {

// The line of each.
std::vector<int> lines(const section &s) {
    std::vector<int> list;
    for (const action &a : compile(unread(), s.text, "x", s.line).actions) list.push_back(a.line_in_file(s.line));
    return list;
}

// The first of one file's change sets.
migration first(const std::string &body) { return read_all(files{{"1.sql", sql(body)}}).migrations.at(0); }

TEST(liquibase, reads_change_sets) {
    whole const w =
        read_all(files{{"001.sql",
                        "--liquibase formatted sql\n/* a licence */\n--changeset who:1 dbms:h2\nSELECT 'no';\n"
                        "--changeset who:2 context:test labels:\"a or b\" dbms:postgresql,h2\n--comment of it\nSELECT "
                        "2;\n--rollback SELECT -2\n\n--rollback , 3;\n"
                        "-- changeset who:three runInTransaction:false\nSELECT 3;\n-- rollback not required\n"},
                       {"002.sql", sql("\n/* no SQL */\n--changeset \"wh o\":4 dbms:!h2\r\nSELECT 4;\r\n"
                                       "--changeset w:5 ignore:true\nSELECT 5;\n")}});
    EXPECT_EQ(w.tool, "liquibase");
    EXPECT_EQ(ids(w), (texts{"001.who.2", "001.who.three", "002.wh_o.4"}));
    EXPECT_EQ(run(w.migrations[0].up), texts{"SELECT 2"});
    EXPECT_EQ(w.migrations[0].message, "of it");
    EXPECT_EQ(lines(w.migrations[0].up), std::vector{7});
    EXPECT_EQ(run(w.migrations[0].down), texts{"SELECT -2\n\n, 3"});
    EXPECT_EQ(w.migrations[0].down.line, 8);
    EXPECT_FALSE(w.migrations[1].up.transactional);
    EXPECT_TRUE(w.migrations[1].down.present);
    EXPECT_EQ(run(w.migrations[1].down), texts{});
    EXPECT_FALSE(w.migrations[2].down.present);
}

TEST(liquibase, gives_long_names_a_short_one) {
    EXPECT_EQ(change_set_id("classpath:db/001.sql", "ann", "7"), "db.001.ann.7");
    EXPECT_EQ(change_set_id("", "ann", "7"), "ann.7");
    std::string const a = change_set_id(std::string(250, 'f') + ".sql", "ann", "7");
    EXPECT_EQ(a.size(), 255U);
    EXPECT_NE(a, change_set_id(std::string(250, 'f') + ".sql", "ann", "8"));
    EXPECT_EQ(first("--changeset a:1 logicalFilePath:old/place.sql\nSELECT 1;\n").id, "old.place.a.1");
    EXPECT_EQ(
        read_all(files{{"1.sql", "--liquibase formatted sql logicalFilePath:x.sql\n--changeset a:1\nSELECT 1;\n"}})
            .migrations[0]
            .id,
        "x.a.1");
}

TEST(liquibase, has_those_that_run_again_in_a_tier_of_their_own) {
    fake_directory in(files{{"1.sql", sql("--changeset a:1\nSELECT 1;\n--changeset a:v runOnChange:true\nSELECT 2;\n"
                                          "--changeset a:w runAlways:true\nSELECT 3;\n--changeset a:4\nSELECT 4;\n")}});
    const format *const tool = recognize(in);
    ASSERT_TRUE(tool);
    auto const list = tool->list(in);
    ASSERT_EQ(list.size(), 4U);
    EXPECT_FALSE(list[0].repeatable);
    EXPECT_TRUE(list[1].repeatable);
    EXPECT_EQ(list[0].depends_on, std::optional(strings{}));
    EXPECT_EQ(list[1].depends_on, std::optional(strings{"1.a.1"}));
    EXPECT_EQ(list[2].depends_on, std::optional(strings{"1.a.v"}));
    EXPECT_EQ(list[3].depends_on, std::optional(strings{"1.a.w"}));
    EXPECT_EQ(tool->read(in, list[1]).rerun, rerun_mode::whole);
    EXPECT_EQ(tool->read(in, list[2]).rerun, rerun_mode::always);
}

TEST(liquibase, takes_ways_back) {
    EXPECT_EQ(run(first("--changeset a:1\nSELECT 1;\n/* liquibase rollback\nSELECT -1;\nSELECT -2;\n*/\n").down),
              (texts{"SELECT -1", "SELECT -2"}));
    migration const m = first("--changeset a:1\nSELECT 1;\n/* liquibase rollback\nSELECT -1;\nSELECT -2; */\n");
    EXPECT_EQ(lines(m.down), (std::vector{5, 6}));
    EXPECT_EQ(run(m.up), texts{"SELECT 1"});
    migration const empty = first("--changeset a:1\nSELECT 1;\n--rollback empty\n");
    EXPECT_TRUE(empty.down.present);
    EXPECT_EQ(run(empty.down), texts{});
    whole const w =
        read_all(files{{"1.sql", sql("--changeset a:1\n--preconditions onFail:HALT\n"
                                     "--precondition-sql-check expectedResult:1 SELECT 1\nSELECT 1;\n"
                                     "--changeset a:2\nDROP TABLE t;\n"
                                     "--rollback changesetId:1 changesetAuthor:a changesetPath:db/1.sql\n")}});
    EXPECT_EQ(run(w.migrations[1].down), texts{"SELECT 1"});
    EXPECT_EQ(lines(w.migrations[1].down), std::vector{5});
    EXPECT_EQ(problem("--changeset a:1\nSELECT 1;\n--rollback changesetId:0 changesetAuthor:a\n"),
              "rollback by a change set that is not in the file before it at line 4 of file \"db/1.sql\"");
    EXPECT_EQ(problem("--changeset a:1\nSELECT 1;\n/* liquibase rollback\nSELECT -1;\n"),
              "rollback without its end at line 5 of file \"db/1.sql\"");
    EXPECT_EQ(problem("--changeset a:1\nSELECT 1;\n/* liquibase rollback SELECT 1; */\n"),
              "\"/* liquibase rollback SELECT 1; */\" at line 4 of file \"db/1.sql\"");
}

TEST(liquibase, cuts_at_delimiters) {
    EXPECT_EQ(run(first("--changeset a:1\nSELECT 1\nGO\nSELECT 2\n/\nSELECT 3").up),
              (texts{"SELECT 1", "SELECT 2", "SELECT 3"}));
    EXPECT_EQ(run(first("--changeset a:1\nSELECT 4\n/ 2;\nSELECT '\n/\n'").up),
              (texts{"SELECT 4\n/ 2", "SELECT '\n/\n'"}));
    EXPECT_EQ(run(first("--changeset a:1 endDelimiter:@@\nSELECT '@@' @@\nSELECT 2 @@").up),
              (texts{"SELECT '@@'", "SELECT 2"}));
    EXPECT_EQ(
        run(first("--changeset a:1 endDelimiter:\\nGO splitStatements:true\nSELECT 1 AS go;\ngo\nSELECT $$\ngo\n$$\nGO")
                .up),
        (texts{"SELECT 1 AS go", "SELECT $$\ngo\n$$"}));
    EXPECT_EQ(run(first("--changeset a:1 endDelimiter:#\nSELECT 5 #> 2 #\nSELECT 2 #").up),
              (texts{"SELECT 5 #> 2", "SELECT 2"}));
    EXPECT_EQ(run(first("--changeset a:1 splitStatements:false\nSELECT 1;\nSELECT 2").up),
              (texts{"SELECT 1", "SELECT 2"}));
    EXPECT_EQ(run(first("--changeset a:1 endDelimiter:;;\nSELECT 1;;\nSELECT 2;;").up),
              (texts{"SELECT 1", "SELECT 2"}));
    EXPECT_EQ(run(first("--changeset a:1 rollbackEndDelimiter:/\nSELECT 1;\n--rollback SELECT 2\n--rollback /\n"
                        "--rollback SELECT 3\n")
                      .down),
              (texts{"SELECT 2", "SELECT 3"}));
    EXPECT_FALSE(parse_delimiters("[;]+"));
    EXPECT_FALSE(parse_delimiters("$$"));
    EXPECT_FALSE(parse_delimiters("a.b"));
    EXPECT_TRUE(parse_delimiters(";|\\ngo$"));
    EXPECT_EQ(parse_delimiters("\\/")->front().text, "/");
    EXPECT_EQ(problem("--changeset a:1 endDelimiter:(x|y)\nSELECT 1;\n"),
              "option \"enddelimiter:(x|y)\" of a change set at line 2 of file \"db/1.sql\"");
}

TEST(liquibase, puts_checks_in_front) {
    migration const halt = first(
        "--changeset a:1\n--preconditions onFail:HALT onError:HALT\n"
        "--precondition-sql-check expectedResult:0 SELECT count(*) FROM t; \n"
        "--precondition-table-exists table:T schema:s\n\nSELECT 1;\n");
    ASSERT_EQ(run(halt.up).size(), 2U);
    EXPECT_TRUE(run(halt.up)[0].starts_with("DO $"));
    EXPECT_NE(run(halt.up)[0].find("(SELECT count(*) FROM t\n)"), std::string::npos) << run(halt.up)[0];
    EXPECT_EQ(run(halt.up)[1], "SELECT 1");
    EXPECT_EQ(lines(halt.up), (std::vector{3, 7}));
    migration const passes = first(
        "--changeset a:1\n--preconditions onFail:MARK_RAN\n"
        "--precondition-sql-check expectedResult:\"a b\" SELECT 'x'\nSELECT 1;\nSELECT 2\n");
    ASSERT_EQ(run(passes.up).size(), 1U);
    EXPECT_NE(run(passes.up)[0].find("EXECUTE $statement$SELECT 2$statement$;"), std::string::npos);
    EXPECT_EQ(run(first("--changeset a:1\n--preconditions onFail:WARN\nSELECT 1;\n").up), texts{"SELECT 1"});
    for (std::string const line :
         {"--preconditions onFail:CONTINUE", "--precondition-row-count expectedRows:1 table:t",
          "--precondition-sql-check SELECT", "--precondition-table-exists schema:x", "--precondition-sql-check"})
        EXPECT_NE(problem("--changeset a:1\n" + line + "\nSELECT 1;\n").find("at line 3 of file \"db/1.sql\""),
                  std::string::npos)
            << line;
    std::string const passing = "--preconditions onFail:MARK_RAN\n--precondition-sql-check expectedResult:0 SELECT 1\n";
    EXPECT_EQ(problem("--changeset a:1 runInTransaction:false\n" + passing + "SELECT 1;\n"),
              "change set in line 2 cannot be passed over by a precondition at line 5 of file \"db/1.sql\"");
    problem("--changeset a:1\n" + passing + "BEGIN; SELECT 1; COMMIT;\n");
}

TEST(liquibase, chooses_by_context_and_label) {
    files const all{
        {"1.sql", sql("--changeset a:1 context:test\nSELECT 1;\n--changeset a:2 contextFilter:\"prod and !eu\"\n"
                      "SELECT 2;\n--changeset a:3 labels:x,y\nSELECT 3;\n--changeset a:4\nSELECT 4;\n")}};
    auto const chosen = [&](strings contexts, std::string filter) {
        fake_directory in(all);
        in.wanted = {std::move(contexts), std::move(filter)};
        return ids(read_from(std::move(in)));
    };
    EXPECT_EQ(chosen({}, "").size(), 4U);
    EXPECT_EQ(chosen({"TEST"}, ""), (texts{"1.a.1", "1.a.3", "1.a.4"}));
    EXPECT_EQ(chosen({"prod"}, ""), (texts{"1.a.2", "1.a.3", "1.a.4"}));
    EXPECT_EQ(chosen({"prod", "eu"}, "!y"), texts{"1.a.4"});
    EXPECT_EQ(matches_expression("a and (b or !c)", {"a"}), std::optional(true));
    EXPECT_EQ(matches_expression("a and (b or !c)", {"a", "c"}), std::optional(false));
    EXPECT_EQ(matches_expression("not a, b", {"a", "B"}), std::optional(true));
    EXPECT_EQ(matches_expression("((a) and b)", {"a"}), std::optional(false));
    for (std::string const wrong : {"(a", "a)", "a b", "a and", "or a", "@a", ""})
        EXPECT_FALSE(matches_expression(wrong, {"a"})) << wrong;
    fake_directory in(files{{"1.sql", sql("--changeset a:1 context:(x\nSELECT 1;\n")}});
    in.wanted = {{"x"}, ""};
    EXPECT_EQ(failure_of([&] { read_from(in); }).message,
              "context \"(x\" that cannot be read at line 2 of file \"db/1.sql\"");
}

TEST(liquibase, fills_in_properties) {
    files const all{
        {"1.sql", sql("--property name:t value:one dbms:h2\n--property name:t value:two dbms:postgresql\n"
                      "--property name:t value:three\n--property name:here value:local global:false\n"
                      "--changeset a:1\nSELECT '${t}', '${here}', '${:t}'; -- ${none}\n--rollback SELECT ${t};\n")},
        {"2.sql", sql("--changeset a:2\nSELECT ${ t };\n")}};
    whole const w = read_all(all);
    EXPECT_EQ(run(w.migrations[0].up), texts{"SELECT 'two', 'local', '${t}'"});
    EXPECT_EQ(run(w.migrations[0].down), texts{"SELECT two"});
    EXPECT_EQ(run(w.migrations[1].up), texts{"SELECT two"});
    fake_directory in(all);
    in.values = {{"t", "given"}};
    EXPECT_EQ(run(read_from(in).migrations[1].up), texts{"SELECT given"});
    const format *const tool = recognize(in);
    EXPECT_EQ(tool->list(in)[1].files, (strings{"2.sql", "1.sql"}));
    EXPECT_EQ(problem("--changeset a:1\nSELECT 1;\nSELECT '${x}';\n"),
              "placeholder \"${x}\" without a value at line 4 of file \"db/1.sql\"");
    EXPECT_EQ(problem(files{{"1.sql", sql("--property name:x value:1 global:false\n--changeset a:1\nSELECT 1;\n")},
                            {"2.sql", sql("--changeset a:1\nSELECT ${x};\n")}}),
              "placeholder \"${x}\" without a value at line 3 of file \"db/2.sql\"");
    problem("--property name:x\n--changeset a:1\nSELECT 1;\n");
}

TEST(liquibase, leaves_lines_out) {
    migration const m = first(
        "--changeset a:1\n--ignoreLines:start\nSELECT no;\n--changeset b:2\n--ignoreLines:end\n"
        "SELECT 1;\n--ignoreLines:1\nSELECT no;\nSELECT 2;\n--validCheckSum: 1:any\n");
    EXPECT_EQ(run(m.up), (texts{"SELECT 1", "SELECT 2"}));
    EXPECT_EQ(lines(m.up), (std::vector{7, 10}));
    problem("--changeset a:1\nSELECT 1;\n--ignoreLines:some\n");
}

TEST(liquibase, refuses_what_would_be_misread) {
    for (std::string const line : {"--changeset a:2 failOnError:false", "--changeset a:2 runWith:sqlplus",
                                   "--changeset a:2 unheard:of", "--changeset", "--changeset a", "--changesets a:1"}) {
        std::string const message = problem("--changeset a:1\nSELECT 1;\n" + line + "\nSELECT 2;\n");
        EXPECT_NE(message.find("at line 4 of file \"db/1.sql\""), std::string::npos) << message;
    }
    EXPECT_EQ(
        ids(read_all(files{{"1.sql", sql("--changeset a:2 dbms:oracle runWith:sqlplus endDelimiter:\\n/\\s*\\n|x*\nx\n"
                                         "--changeset a:3 failOnError:true runWith:psql\nSELECT 1;\n")}})),
        texts{"1.a.3"});
    std::string const good = sql("--changeset a:1\nSELECT 1;\n");
    EXPECT_EQ(problem(files{{"1.sql", good}, {"2.sql", "SELECT 2;"}}), "no formatted SQL in file \"db/2.sql\"");
    EXPECT_EQ(problem(files{{"1.sql", good}, {"below/2.sql", good}}),
              "migration in a subfolder in file \"db/below/2.sql\"");
    EXPECT_EQ(problem("SELECT 1;\n--changeset a:1\nSELECT 1;\n"),
              "text before the first change set at line 3 of file \"db/1.sql\"");
    EXPECT_EQ(problem("--changeset a:1\n\n--changeset a:2\nSELECT 1;\n"),
              "change set without a statement in line 2 at line 4 of file \"db/1.sql\"");
}

}   // namespace
}   // namespace whisper::script::formats
