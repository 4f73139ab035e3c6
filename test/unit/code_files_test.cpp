// What stands beside the .sql files: migrations in code, and names that nearly end in ".sql".

#include "formats_fake_directory.hpp"
#include "script/formats/code_files.hpp"
#include "script/formats/names.hpp"

namespace whisper::script::formats {
namespace {

using file_map = std::map<std::string, std::string>;

std::string refusal(file_map files, std::string_view format = {}) {
    fake_directory in(std::move(files));
    const auto *const tool = format.empty() ? recognize(in) : find_format(format);
    try {
        require_no_code(in, tool);
        return {};
    } catch (const failure &f) {
        EXPECT_EQ(f.state, sqlstate::invalid_pack);
        EXPECT_FALSE(f.hint.empty());
        return f.message + " | " + f.detail;
    }
}

constexpr const char *goose_text = "-- +goose Up\nSELECT 1;\n";

TEST(code_files, are_migrations_by_their_names) {
    EXPECT_EQ(
        refusal({{"001_a.sql", goose_text}, {"002_b.go", ""}}),
        "file \"db/002_b.go\" is a migration in Go | It has the name of one of goose, bun and others, and its turn "
        "among the .sql files beside it.");
    EXPECT_EQ(
        refusal({{"V1__a.sql", "SELECT 1;"}, {"V2__b.java", ""}}),
        "file \"db/V2__b.java\" is a migration in Java | It has the name of one of Flyway, and its turn among the "
        ".sql files beside it.");
    for (file_map const &files :
         {file_map{{"V1__a.sql", ""}, {"R__b.kt", ""}}, file_map{{"V1__a.sql", ""}, {"B2__b.class", ""}},
          file_map{{"V1__a.sql", ""}, {"V1_1__b.sh", ""}}, file_map{{"1_a.up.sql", ""}, {"2_b.go", ""}},
          file_map{{"1_a.sql", "-- Up Migration\n"}, {"2_b.js", ""}},
          file_map{{"1_a.sql", "-- Up Migration\n"}, {"2-b.ts", ""}}, file_map{{"1_a.sql", ""}, {"2_b.rb", ""}},
          file_map{{"1_a.sql", ""}, {"0002.b.py", ""}}, file_map{{"1_a.sql", ""}, {"2_b.go", ""}},
          file_map{{"1_a.sql", ""}, {"2024_01_01_b.php", ""}}, file_map{{"1_a.sql", ""}, {"V2__b.java", ""}},
          file_map{{"2_a.sql", ""}, {"10_a.sql", ""}, {"11_b.cjs", ""}}})
        EXPECT_NE(refusal(files), "") << files.rbegin()->first;
}

TEST(code_files, may_be_anything_else) {
    for (file_map const &files :
         {file_map{{"001_a.sql", goose_text}, {"main.go", ""}},
          file_map{{"001_a.sql", goose_text}, {"002_b_test.go", ""}},
          file_map{{"001_a.sql", goose_text}, {"002_b.py", ""}},
          file_map{{"001_a.sql", goose_text}, {"x/002_b.go", ""}}, file_map{{"V1__a.sql", ""}, {"2_b.java", ""}},
          file_map{{"V1__a.sql", ""}, {"Helper__x.java", ""}}, file_map{{"1_a.sql", ""}, {"2_b.sh", ""}},
          file_map{{"1_a.sql", ""}, {"2b.js", ""}}, file_map{{"1_a.sql", "-- Up Migration\n"}, {"2_b.d.ts", ""}},
          file_map{{"1_a.sql", ""}, {"README.md", ""}}, file_map{{"1_a.sql", "-- migrate:up\n"}, {"2_b.py", ""}},
          file_map{{"1_a.py", ""}, {"2_b.py", ""}},
          file_map{{"1_a.sql", ""}, {"embed.go", ""}, {"index.js", ""}, {"__init__.py", ""}}})
        EXPECT_EQ(refusal(files), "") << files.rbegin()->first;
}

// Of each tool: the file beside its own is neither read nor passed over.
TEST(sql_files, are_told_by_small_letters) {
    std::string const hash = "--! Previous: -\n--! Hash: sha1:0\n\nSELECT 1;\n";
    struct sample {
        std::string_view format;
        file_map files;
        std::string other;
    };
    for (sample const &s : {
             sample{"atlas", {{"20240101_a.sql", ""}, {"atlas.sum", "h1:x\n"}}, "20240102_b.SQL"},
             sample{"diesel", {{"1_a/up.sql", ""}, {"1_a/down.sql", ""}}, "2_b/UP.SQL"},
             sample{"flyway", {{"V1__a.sql", ""}}, "V2__b.SQL"},
             sample{"graphile_migrate", {{"000001-a.sql", hash}}, "000002-b.SQL"},
             sample{"graphile_migrate", {{"committed/000001-a.sql", hash}}, "committed/000002-b.SQL"},
             sample{"hasura", {{"1700000000000_a/up.sql", ""}}, "1700000000001_b/up.SQL"},
             sample{"liquibase", {{"a.sql", "--liquibase formatted sql\n--changeset a:1\nSELECT 1;\n"}}, "b.SQL"},
             sample{"play", {{"1.sql", "# --- !Ups\nSELECT 1;\n"}}, "2.SQL"},
             sample{"popx", {{"1_a.postgres.up.sql", ""}}, "2_b.postgres.up.SQL"},
             sample{"prisma", {{"1_a/migration.sql", ""}, {"migration_lock.toml", ""}}, "2_b/migration.SQL"},
             sample{"golang_migrate", {{"1_a.up.sql", ""}}, "2_b.up.SQL"},
             sample{"goose", {{"1_a.sql", goose_text}}, "2_b.SQL"},
             sample{"node_pg_migrate", {{"1_a.sql", "-- Up Migration\n"}}, "2_b.Sql"},
             sample{"numbered", {{"2_a.sql", ""}, {"10_a.sql", ""}}, "11_b.SQL"},
             sample{"postgres_migrations", {{"1-a.sql", ""}}, "2-b.SQL"},
             sample{"rambler", {{"1_a.sql", "-- rambler up\nSELECT 1;\n"}}, "2_b.SQL"},
             sample{"refinery", {{"V1__a.sql", ""}, {"refinery.toml", ""}}, "V2__b.SQL"},
             sample{"refinery", {{"V1__a.sql", ""}, {"refinery.toml", ""}}, "more/V2__b.SQL"},
             sample{"sql_migrate", {{"1_a.sql", "-- +migrate Up\nSELECT 1;\n"}}, "2_b.SQL"},
             sample{"sqlx", {{"1_a.sql", "-- no-transaction\n"}}, "2_b.SQL"},
             sample{"supabase", {{"20240101000000_a.sql", ""}}, "20240102000000_b.SQL"},
             sample{"supabase", {{"20240101000000_a.sql", ""}}, "more/20240102000000_b.SQL"},
             sample{"tern", {{"001_a.sql", "---- create above / drop below ----\n"}}, "002_b.SQL"},
         }) {
        EXPECT_NO_THROW(read_as(s.format, s.files)) << s.format;
        file_map files = s.files;
        files.emplace(s.other, "SELECT 1;\n");
        failure const f = failure_of([&] { read_as(s.format, files); });
        EXPECT_EQ(f.state, sqlstate::invalid_pack) << s.format;
        EXPECT_NE(f.message.find(s.other), std::string::npos) << s.format << ": " << f.message;
    }
}

}   // namespace
}   // namespace whisper::script::formats
