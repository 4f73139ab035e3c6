#include "script/formats/foreign.hpp"
#include "script/formats/foreign_names.hpp"

#include "formats_fake_directory.hpp"

#include <optional>
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

TEST(formats, no_comment_is_filled_in) {
    failure const f = failure_of([] {
        require_no_foreign("SELECT 1;\nCREATE TABLE /* TEMPLATE: schema */a (i int);\n", "1_a.up.sql",
                           "golang_migrate");
    });
    EXPECT_EQ(f.message, "template text at line 2 of file \"1_a.up.sql\"");
    EXPECT_NO_THROW(require_no_foreign("/* template table */\nSELECT '/* TEMPLATE: a */', 1 /* TEMPLATE one */;\n",
                                       "1_a.up.sql", "golang_migrate"));
}

// What require_no_foreign() throws; nothing for a text that it lets pass.
std::optional<failure> refusal(std::string_view script, std::string_view format = {}) {
    try {
        require_no_foreign(script, "db/1_a.sql", format);
    } catch (const failure &error) {
        return error;
    }
    return std::nullopt;
}

TEST(formats, no_foreign_marker_is_a_comment) {
    for (const foreign_marker &row : foreign_markers()) {
        std::string const line = "-- " + std::string(row.beginning) + "DROP TABLE a";
        for (std::string_view const format : {"", "flyway", "golang_migrate", "goose", "numbered", "tern"}) {
            if (row.owner == format || (row.owner == "sqlx" && format == "numbered")) continue;
            if (row.prose && !format.empty()) continue;   // a comment like others
            auto const error = refusal("SELECT 1;\n\n" + line + "\nDROP TABLE b;\n", format);
            ASSERT_TRUE(error) << row.beginning << " in " << format;
            EXPECT_EQ(error->state, sqlstate::invalid_pack);
            EXPECT_EQ(error->message, "marker of another tool at line 3 of file \"db/1_a.sql\"");
            EXPECT_NE(error->detail.find(std::string(row.tool)), std::string::npos) << error->detail;
            EXPECT_NE(error->detail.find(line), std::string::npos) << error->detail;
            EXPECT_FALSE(error->hint.empty());
        }
        EXPECT_TRUE(row.owner.empty() || !refusal(line, row.owner)) << row.beginning;
        for (std::string_view const quoted : {"SELECT '\n", "DO $$\n", "SELECT \"\n"}) {
            std::string const end(quoted.substr(quoted.find_last_of(" ") + 1, quoted[0] == 'D' ? 2 : 1));
            EXPECT_FALSE(refusal(std::string(quoted) + line + '\n' + end + ";\n")) << quoted << row.beginning;
        }
    }
    EXPECT_FALSE(refusal("COPY a FROM STDIN;\n-- +goose Down\n\\.\n-- goes down\n"));
}

TEST(formats, what_is_nearly_a_marker_is_none) {
    for (std::string_view const line :
         {"-- +x Up", "--+x Down", "-- +up", "-- migrate up", "-- migrate: down", "-- DOWN", "---- down ----",
          "-- [up]", "-- @down", "-- //@UNDO", "-- ROLLBACK:", "# --- !Downs", "--rollback DROP TABLE a;",
          "/* TEMPLATE: a */", "-- migrate_down"}) {
        auto const error = refusal("CREATE TABLE a (i int);\n" + std::string(line) + "\nDROP TABLE a;\n");
        ASSERT_TRUE(error) << line;
        EXPECT_NE(error->message.find("line 2 of file"), std::string::npos) << error->message;
    }
    for (std::string_view const line : {"-- goes down", "-- rollback is in the next file", "-- up to here", "-- + 1",
                                        "-- migrate:down", "-- migrate:up transaction:false"})
        EXPECT_FALSE(refusal("SELECT 1;\n" + std::string(line) + "\n")) << line;
}

TEST(formats, no_template_is_read_as_it_is) {
    for (std::string_view const text :
         {"CREATE TABLE {{ name }} (i int);", "CREATE TABLE ${name} (i int);", "{% if a %}SELECT 1;{% endif %}",
          "CREATE ROLE \"${owner}\";", "GRANT ALL ON a TO \"{{owner}}\";", "CREATE TABLE <%= name %> (i int);",
          "<%- if a %>SELECT 1;", "SELECT #{a};"})
        for (std::string_view const format : {"", "goose", "tern", "dbmate", "numbered"}) {
            auto const error = refusal("SELECT 1;\n" + std::string(text), format);
            ASSERT_TRUE(error) << text << " in " << format;
            EXPECT_EQ(error->message, "template text at line 2 of file \"db/1_a.sql\"");
            EXPECT_FALSE(error->hint.empty());
        }
    for (std::string_view const text :
         {"SELECT '{{1,2},{3,4}}'::int[];", "SELECT '${a}', '{\"a\": 1}'::jsonb;", "SELECT 'a' <% 'b';", "-- {{ a }}",
          "DO $$ BEGIN RAISE NOTICE '{'; END $$;", "SELECT '<%= a %>';"})
        EXPECT_FALSE(refusal(text)) << text;
    EXPECT_EQ(refusal("SELECT 1;\nCREATE TABLE /* TEMPLATE: schema */a (i int);\n", "golang_migrate")->message,
              "template text at line 2 of file \"db/1_a.sql\"");
    EXPECT_FALSE(refusal("/* template table */\nSELECT '/* TEMPLATE: a */', 1 /* TEMPLATE one */;\n", "golang_migrate"));
    for (std::string_view const format : {"tern", "popx"})
        EXPECT_TRUE(refusal("SELECT '{{ .name }}';", format)) << format;
    EXPECT_FALSE(refusal("CREATE TABLE ${name} (i int);", "flyway"));   // its reader has the values
}

TEST(formats, no_way_down_is_a_migration_of_its_own) {
    using names = boost::container::vector<std::string>;
    for (const names &files : {names{"1-a.down.sql", "1-a.up.sql"}, names{"001.do.sql", "001.undo.sql"},
                               names{"0001.a.rollback.sql", "0001.a.sql"}, names{"1_a.sql", "1_a_down.sql"},
                               names{"20150101-a-down.sql", "20150101-a-up.sql"}, names{"a-ROLLBACK.sql", "a.sql"},
                               names{"down.sql", "up.sql"}})
        EXPECT_THROW(require_no_ways(files, "db/"), failure) << files.front();
    for (const names &files : {names{"1_clean_up.sql", "2_lock_down.sql"}, names{"1_a.sql", "2_a_down.sql"},
                               names{"1_rollback.sql"}, names{"V1.1.sql"}})
        EXPECT_NO_THROW(require_no_ways(files, "db/")) << files.front();
    for (std::string_view const folder : {"down", "Rollbacks", "undo", "reverts", "downgrades"})
        EXPECT_THROW(require_no_ways(folder), failure) << folder;
    for (std::string_view const folder : {"core", "up", "downloads", "deploy"})
        EXPECT_NO_THROW(require_no_ways(folder)) << folder;
}

}   // namespace
}   // namespace whisper::script::formats
