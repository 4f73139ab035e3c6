#include "script/formats/foreign.hpp"

#include "formats_fake_directory.hpp"

#include <vector>

namespace whisper::script::formats {
namespace {

TEST(formats, reads_sections_of_each_tool) {
    for (auto const &[tool, text] : std::vector<std::pair<std::string, std::string>>{
             {"goose", "-- +goose Up\nCREATE TABLE a (i int);\n-- +goose Down\nDROP TABLE a;\n"},
             {"sql_migrate", "-- +migrate Up\nCREATE TABLE a (i int);\n-- +migrate Down\nDROP TABLE a;\n"},
             {"rambler", "-- rambler up\nCREATE TABLE a (i int);\n-- rambler down\nDROP TABLE a;\n"},
             {"node_pg_migrate", "-- Up Migration\nCREATE TABLE a (i int);\n-- Down Migration\nDROP TABLE a;\n"},
             {"tern", "\nCREATE TABLE a (i int);\n---- create above / drop below ----\nDROP TABLE a;\n"}}) {
        whole const found = read_all({{"1_a.sql", text}});
        EXPECT_EQ(found.tool, tool);
        ASSERT_EQ(found.migrations.size(), 1u);
        EXPECT_EQ(found.migrations[0].id, "1");
        EXPECT_NE(found.migrations[0].up.text.find("CREATE TABLE a (i int);\n"), std::string::npos);
        EXPECT_EQ(found.migrations[0].up.text.find("DROP"), std::string::npos);
        EXPECT_EQ(found.migrations[0].down.text, "DROP TABLE a;\n");
    }
}

TEST(formats, orders_by_number) {
    whole const found = read_all({{"2_a.sql", "SELECT 2;"}, {"10_a.sql", "SELECT 10;"}});
    EXPECT_EQ(found.tool, "numbered");
    ASSERT_EQ(found.migrations.size(), 2u);
    EXPECT_EQ(found.migrations[0].id, "2");
}

TEST(formats, comments_may_speak_of_migrations) {
    std::map<std::string, std::string> const pairs{
        {"1_a.up.sql", "-- Up Migration\nSELECT 1;\n"},
        {"1_a.down.sql", "-- Down Migration\n-- down migration is a no-op: nothing to undo\n"},
        {"2_b.up.sql", "-- up migration of the second table, see its down migration\nSELECT 2;\n"}};
    EXPECT_EQ(read_all(pairs).tool, "golang_migrate");
    for (auto const &[name, text] : pairs) EXPECT_NO_THROW(require_no_foreign(text, name, "golang_migrate")) << name;
    std::string_view const both = "-- Up Migration\nSELECT 1;\n-- Down Migration\nSELECT 2;\n";
    EXPECT_THROW(require_no_foreign(both, "1_a.up.sql", "golang_migrate"), failure);
    EXPECT_THROW(require_no_foreign("-- down migration is a no-op\n", "1_a.sql", {}), failure);
}

// Files that come later may make numbers count: what is applied keeps its name.
TEST(formats, numbered_files_keep_the_ids_of_plain_ones) {
    whole const found = read_all({{"2-a_b.sql", "SELECT 2;"}, {"10.c.sql", "SELECT 10;"}, {"3_x.sql", ""}});
    EXPECT_EQ(found.tool, "numbered");
    EXPECT_EQ(ids_of(found), (std::vector<std::string>{"2-a", "3", "10.c"}));
    EXPECT_EQ(found.migrations[0].message, "b");
}

TEST(formats, goose_reads_no_environment) {
    failure const f = failure_of([] {
        read_all({{"1_a.sql", "-- +goose Up\n-- +goose ENVSUB ON\nCREATE TABLE ${NAME} (i int);\n"}});
    });
    EXPECT_EQ(f.state, sqlstate::invalid_pack);
    EXPECT_EQ(f.message,
              "\"-- +goose ENVSUB ON\", which fills in variables of the tool's environment, at line 2 of file "
              "\"db/1_a.sql\"");
}

TEST(formats, no_foreign_marker_is_a_comment) {
    for (const foreign_marker &row : foreign_markers())
        EXPECT_THROW(require_no_foreign("SELECT 1;\n-- " + std::string(row.beginning) + "DROP TABLE a\n", "f.sql", {}),
                     failure)
            << row.beginning;
    EXPECT_NO_THROW(require_no_foreign("SELECT '\n-- +goose Down\n';\n-- goes down\n", "f.sql", {}));
    EXPECT_THROW(require_no_foreign("CREATE TABLE {{ name }} (i int);", "f.sql", {}), failure);
    EXPECT_EQ(failure_of([] {
                  require_no_foreign("SELECT 1;\nCREATE TABLE /* TEMPLATE: schema */a (i int);\n", "1_a.up.sql",
                                     "golang_migrate");
              }).message,
              "template text at line 2 of file \"1_a.up.sql\"");
    EXPECT_NO_THROW(require_no_foreign("/* template table */\nSELECT '/* TEMPLATE: a */', 1 /* TEMPLATE one */;\n",
                                       "1_a.up.sql", "golang_migrate"));
}

}   // namespace
}   // namespace whisper::script::formats
