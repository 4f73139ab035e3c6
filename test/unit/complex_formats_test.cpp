#include "formats_fake_directory.hpp"

#include "script/program.hpp"

#include <vector>

namespace whisper::script::formats {
namespace {

std::vector<std::string> ids(const whole &w) {
    std::vector<std::string> list;
    for (const migration &m : w.migrations) list.push_back(m.id);
    return list;
}

// The statements of a section, as the engine runs them.
std::vector<std::string> run(const section &s) {
    std::vector<std::string> list;
    for (const action &a : compile(unread(), s.text, "x").actions) list.emplace_back(a.text);
    return list;
}
using texts = std::vector<std::string>;

TEST(prisma, reads_a_folder_each) {
    whole const w = read_all({{"20240102_b/migration.sql", "SELECT 2;"},
                              {"20240101_a_x/migration.sql", "SELECT 1;"},
                              {"20240101_a_x/down.sql", "SELECT -1;"},
                              {"migration_lock.toml", "provider = \"postgresql\"\n"}});
    EXPECT_EQ(w.tool, "prisma");
    EXPECT_EQ(ids(w), (texts{"20240101_a_x", "20240102_b"}));
    EXPECT_EQ(run(w.migrations[0].down), texts{"SELECT -1"});
    EXPECT_FALSE(w.migrations[1].down.present);
    EXPECT_EQ(failure_of([] {
                  read_all({{"1_a/migration.sql", ""}, {"migration_lock.toml", "provider = \"mysql\"\n"}});
              }).state,
              sqlstate::invalid_pack);
    EXPECT_EQ(failure_of([] {
                  read_all({{"1_a/migration.sql", ""}, {"1_a/more.sql", ""}});
              }).message,
              "no file of a migration in file \"db/1_a/more.sql\"");
}

TEST(diesel, reads_folders_and_their_settings) {
    whole const w = read_all({{"2024-01-02-000000_b/up.sql", "SELECT 2;"},
                              {"2024-01-02-000000_b/metadata.toml", "# c\nrun_in_transaction = false\n"},
                              {"00000000000000_diesel_initial_setup/up.sql", "SELECT 1;"},
                              {"00000000000000_diesel_initial_setup/down.sql", "SELECT -1;"}});
    EXPECT_EQ(w.tool, "diesel");
    EXPECT_EQ(ids(w), (texts{"00000000000000", "20240102000000"}));
    EXPECT_TRUE(w.migrations[0].up.transactional);
    EXPECT_FALSE(w.migrations[1].up.transactional);
    EXPECT_EQ(failure_of([] {
                  read_all({{"1_a/up.sql", ""}, {"1_a/metadata.toml", "x = 1"}});
              }).message,
              "unknown setting at line 1 of file \"db/1_a/metadata.toml\"");
}

TEST(hasura, reads_folders_of_thirteen_digits) {
    whole const w = read_all({{"1620000000001_b/up.sql", "SELECT 2;"},
                              {"1620000000000_a/up.sql", "SELECT 1;"},
                              {"1620000000000_a/down.sql", "SELECT -1;"}});
    EXPECT_EQ(w.tool, "hasura");
    EXPECT_EQ(ids(w), (texts{"1620000000000", "1620000000001"}));
    EXPECT_EQ(failure_of([] {
                  read_all({{"1620000000000_a/up.sql", ""}, {"1620000000001_b/up.yaml", ""}});
              }).state,
              sqlstate::invalid_pack);
    EXPECT_EQ(failure_of([] {
                  read_all({{"1620000000000_a/up.sql", ""}, {"1620000000001_b/down.sql", ""}});
              }).state,
              sqlstate::invalid_pack);
}

TEST(prisma, takes_any_folder_that_the_tool_makes) {
    std::string const name = "20240103_" + std::string(200, 'x');
    whole const w = read_all({{name + "/migration.sql", "SELECT 2;"},
                              {"20240102_b copy/migration.sql", "SELECT 1;"},
                              {"20240102_b_a/migration.sql", "SELECT 2;"}});
    EXPECT_EQ(ids(w), (texts{"20240102_b_copy", "20240102_b_a", name}));   // a blank comes before an underscore
}

TEST(play, reads_names_behind_the_numbers) {
    whole const w = read_all({{"10_c.sql", "# --- !Ups\nSELECT 10;\n"}, {"2.sql", "# --- !Ups\nSELECT 2;\n"}});
    EXPECT_EQ(w.tool, "play");
    EXPECT_EQ(ids(w), (texts{"2", "10"}));
    EXPECT_EQ(w.migrations[1].message, "c");
}

TEST(play, reads_ups_and_downs_and_doubled_semicolons) {
    whole const w =
        read_all({{"10.sql", "# --- !Ups\nSELECT 10;\n"},
                  {"2.sql",
                   "# a heading\n\n# --- !Ups\nCREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1;; "
                   "END;;';\n\n-- !Downs\nDROP FUNCTION f;\n"}});
    EXPECT_EQ(w.tool, "play");
    EXPECT_EQ(ids(w), (texts{"2", "10"}));
    EXPECT_EQ(run(w.migrations[0].up),
              texts{"CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END;'"});
    EXPECT_EQ(run(w.migrations[0].down), texts{"DROP FUNCTION f"});
    EXPECT_EQ(w.migrations[0].down.line, 7);
    EXPECT_FALSE(w.migrations[1].down.present);
    EXPECT_EQ(failure_of([] {
                  read_all({{"1.sql", "SELECT 1;\n# --- !Ups\n"}});
              }).message,
              "text before the first section at line 1 of file \"db/1.sql\"");
}

TEST(popx, passes_over_other_dialects) {
    whole const w = read_all({{"2_b.mysql.up.sql", "SELECT 'no';"},
                              {"2_b.up.sql", "SELECT 'all';"},
                              {"2_b.postgres.autocommit.up.sql", "SELECT 2;"},
                              {"2_b.down.sql", "SELECT -2;"},
                              {"3_c.sqlite3.up.sql", "SELECT 'no';"},
                              {"1_a.up.sql", "SELECT 1;"}});
    EXPECT_EQ(w.tool, "popx");
    EXPECT_EQ(ids(w), (texts{"1", "2"}));
    EXPECT_EQ(run(w.migrations[1].up), texts{"SELECT 2"});
    EXPECT_FALSE(w.migrations[1].up.transactional);
    EXPECT_TRUE(w.migrations[1].down.transactional);
}

constexpr std::string_view planned = " 2024-01-01T00:00:00Z A B <a@b.c>";

std::string plan(std::initializer_list<std::string> lines) {
    std::string text = "%syntax-version=1.0.0\n%project=shop\n\n";
    for (const std::string &line : lines) text += line + std::string(planned) + " # note of it\n";
    return text;
}

TEST(sqitch, follows_the_plan) {
    whole const w =
        read_all({{"sqitch.plan", plan({"schema", "app/users [schema]", "@v1", "app/users [app/users@v1]"})},
                  {"deploy/schema.sql", "BEGIN;\nSELECT 1;\nCOMMIT;\n"},
                  {"revert/schema.sql", "BEGIN;\nSELECT -1;\nCOMMIT;\n"},
                  {"verify/schema.sql", "BEGIN;\nSELECT 1/count(*) FROM t;\nROLLBACK;\n"},
                  {"deploy/app/users@v1.sql", "SELECT 2;"},
                  {"deploy/app/users.sql", "SELECT 3;"}});
    EXPECT_EQ(w.tool, "sqitch");
    EXPECT_EQ(ids(w), (texts{"schema", "app.users", "app.users.2"}));
    EXPECT_EQ(w.migrations[0].message, "note of it");
    EXPECT_EQ(run(w.migrations[0].up), texts{"SELECT 1"});
    EXPECT_EQ(run(w.migrations[0].down), texts{"SELECT -1"});
    EXPECT_EQ(run(w.migrations[0].verify), texts{"SELECT 1/count(*) FROM t"});
    EXPECT_EQ(run(w.migrations[1].up), texts{"SELECT 2"});
    EXPECT_EQ(run(w.migrations[2].up), texts{"SELECT 3"});
    EXPECT_EQ(w.migrations[1].depends_on, strings{"schema"});
    EXPECT_EQ(w.migrations[2].depends_on, strings{"app.users"});
    EXPECT_FALSE(w.migrations[1].down.present);
}

TEST(sqitch, reads_its_settings) {
    whole const w =
        read_all({{"sqitch.conf", "[core]\n\tengine = pg\n\ttop_dir = sql\n[engine \"pg\"]\n\tdeploy_dir = up\n"},
                  {"sql/sqitch.plan", plan({"a"})},
                  {"up/a.sql", "SELECT 1;"},
                  {"sql/revert/a.sql", "SELECT -1;"}});
    EXPECT_EQ(ids(w), texts{"a"});
    EXPECT_EQ(run(w.migrations[0].down), texts{"SELECT -1"});
}

TEST(sqitch, names_what_it_refuses) {
    auto const message = [](std::map<std::string, std::string> files) {
        failure const f = failure_of([&] { read_all(std::move(files)); });
        EXPECT_EQ(f.state, sqlstate::invalid_pack);
        EXPECT_FALSE(f.hint.empty());
        return f.message;
    };
    EXPECT_EQ(message({{"sqitch.plan", plan({"a"})}}),
              "change \"a\" without a script at line 4 of file \"db/sqitch.plan\"");
    EXPECT_EQ(message({{"sqitch.plan", plan({"a [b]"})}, {"deploy/a.sql", ""}}),
              "dependency \"b\" is no change before it at line 4 of file \"db/sqitch.plan\"");
    EXPECT_EQ(message({{"sqitch.plan", plan({"a", "b [!a]"})}, {"deploy/a.sql", ""}, {"deploy/b.sql", ""}}),
              "dependency \"!a\" is in conflict with it at line 5 of file \"db/sqitch.plan\"");
    EXPECT_EQ(message({{"sqitch.plan", plan({"a", "a"})}}),
              "change \"a\" given twice at line 5 of file \"db/sqitch.plan\"");
    EXPECT_EQ(message({{"sqitch.conf", "[core]\nengine = mysql\n"}, {"sqitch.plan", plan({"a"})}}),
              "engine \"mysql\" at line 2 of file \"db/sqitch.conf\"");
}

TEST(atlas, reads_directives) {
    whole const w = read_all({{"atlas.sum", "h1:x\n"},
                              {"20240101_a.sql", "SELECT 1;"},
                              {"20240102_b.sql", "-- atlas:txmode none\n\nSELECT 2;"},
                              {"20240103_c.sql", "-- atlas:checkpoint\n\nSELECT 'again';"},
                              {"20240104_d.sql", "-- atlas:nolint destructive\nSELECT 4;"}});
    EXPECT_EQ(w.tool, "atlas");
    EXPECT_EQ(ids(w), (texts{"20240101", "20240102", "20240104"}));
    EXPECT_TRUE(w.migrations[0].up.transactional);
    EXPECT_FALSE(w.migrations[1].up.transactional);
    EXPECT_EQ(failure_of([] {
                  read_all({{"atlas.sum", ""}, {"1_a.sql", "-- atlas:delimiter \\n\\n\nSELECT 1"}});
              }).state,
              sqlstate::invalid_pack);
    EXPECT_EQ(read_all({{"atlas.sum", ""}, {"1_a.up.sql", "SELECT 1;"}}).tool, "golang_migrate");
}

}   // namespace
}   // namespace whisper::script::formats
