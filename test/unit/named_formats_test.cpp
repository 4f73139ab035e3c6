// Tools whose directories need a name in pack.json, or nearly.

#include "formats_fake_directory.hpp"

#include <vector>

namespace whisper::script::formats {
namespace {

using texts = std::vector<std::string>;
using file_map = std::map<std::string, std::string>;

failure refused_as(std::string_view format, file_map files) {
    return failure_of([&] { read_as(format, std::move(files)); });
}

TEST(supabase, reads_files_in_byte_order) {
    file_map const files{{"20211208000000_init.sql", "SELECT 0;"},
                         {"20230101000000_create_users.sql", "SELECT 1;"},
                         {"20240101000000_.sql", "SELECT 2;"}};
    whole const w = read_as("supabase", files);
    EXPECT_EQ(ids_of(w), (texts{"20230101000000", "20240101000000"}));   // the first one is passed over by the tool
    EXPECT_EQ(w.migrations[0].message, "create users");
    EXPECT_FALSE(w.migrations[0].down.present);
    EXPECT_EQ(ids_of(read_as("supabase", {{"20211209000000_init.sql", ""}})), (texts{"20211209000000"}));
    EXPECT_EQ(refused_as("supabase", {{"seed.sql", ""}}).message, "name of no migration in file \"db/seed.sql\"");
    EXPECT_EQ(refused_as("supabase", {{"1_a.sql", ""}, {"more/2_b.sql", ""}}).state, sqlstate::invalid_pack);
}

TEST(supabase, knows_a_project) {
    whole const w = read_all({{"config.toml", "# x\nproject_id = \"shop\"\n"},
                              {"seed.sql", "INSERT INTO a VALUES (1);"},
                              {"functions/hello/index.ts", ""},
                              {"migrations/20230101000000_a.sql", "SELECT 1;"}});
    EXPECT_EQ(w.tool, "supabase");
    EXPECT_EQ(ids_of(w), (texts{"20230101000000"}));
    EXPECT_EQ(read_all({{"config.toml", "x = 1"}, {"migrations/1_a.sql", ""}}).tool, "");
}

TEST(refinery, goes_up_with_both_letters) {
    file_map const files{
        {"V1__initial.sql", "SELECT 1;"}, {"U2__cars.sql", "SELECT 2;"}, {"sub/V10__more.sql", "SELECT 10;"}};
    whole const w = read_as("refinery", files);
    EXPECT_EQ(ids_of(w), (texts{"V1", "U2", "V10"}));
    EXPECT_FALSE(w.migrations[1].down.present);
    EXPECT_EQ(w.migrations[1].message, "cars");
    file_map with_config = files;
    with_config.emplace("refinery.toml", "[main]\n");
    EXPECT_EQ(read_all(with_config).tool, "refinery");
    EXPECT_EQ(read_all({{"V1__a.sql", ""}}).tool, "flyway");
}

TEST(refinery, refuses_what_it_has_not) {
    EXPECT_EQ(failure_of([] {
                  read_all({{"V1__a.sql", ""}, {"V2__b.rs", ""}});
              }).message,
              "migration in Rust in file \"db/V2__b.rs\"");
    failure const twice = refused_as("refinery", {{"V1__a.sql", ""}, {"U1__a.sql", ""}});
    EXPECT_EQ(twice.state, sqlstate::duplicate_revision);
    EXPECT_NE(twice.hint.find("\"format\": \"flyway\""), std::string::npos);
    for (std::string const name : {"V1.2__a.sql", "R__a.sql", "V1_a.sql", "V1__a-b.sql", "V1__.sql"})
        EXPECT_EQ(refused_as("refinery", {{name, ""}}).message, "name of no migration in file \"db/" + name + "\"");
    // For Flyway it is an undo without its version, which says what to do.
    failure const undo = failure_of([] { read_all({{"V1__a.sql", ""}, {"U2__b.sql", ""}}); });
    EXPECT_EQ(undo.state, sqlstate::invalid_pack);
    EXPECT_NE(undo.hint.find("\"format\": \"refinery\""), std::string::npos);
}

TEST(postgres_migrations, are_numbered_without_a_gap) {
    whole const w =
        read_as("postgres_migrations", {{"1_create-initial-tables.sql", "SELECT 1;"},
                                        {"1_create-initial-tables.md", "notes"},
                                        {"2-alter.sql", "-- postgres-migrations disable-transaction\nVACUUM;"},
                                        {"0003name.sql", "SELECT 3;"}});
    EXPECT_EQ(ids_of(w), (texts{"1", "2", "0003"}));
    EXPECT_TRUE(w.migrations[0].up.transactional);
    EXPECT_FALSE(w.migrations[1].up.transactional);
    EXPECT_EQ(w.migrations[2].message, "name");
    EXPECT_EQ(read_all({{"1-a.sql", "  -- postgres-migrations disable-transaction\nVACUUM;"}}).tool,
              "postgres_migrations");
    EXPECT_EQ(refused_as("postgres_migrations", {{"1-a.sql", ""}, {"3-c.sql", ""}}).message,
              "number out of its turn in file \"db/3-c.sql\"");
    EXPECT_EQ(refused_as("postgres_migrations", {{"1-a.sql", ""}, {"01-b.sql", ""}}).state,
              sqlstate::duplicate_revision);
    EXPECT_EQ(refused_as("postgres_migrations", {{"1-a.sql", ""}, {"2-b.js", ""}}).message,
              "migration in JavaScript in file \"db/2-b.js\"");
    EXPECT_EQ(refused_as("postgres_migrations", {{"a.sql", ""}}).state, sqlstate::invalid_pack);
}

file_map const graphile{{"committed/000001.sql", "--! Previous: -\n--! Hash: sha1:a\n\nCREATE TABLE a (i int);\n"},
                        {"committed/000002-more-tables.sql",
                         "--! Previous: sha1:a\n--! Hash: sha1:b\n--! Message: more tables\n\n--! no-transaction\n"
                         "CREATE INDEX CONCURRENTLY ON a (i);\n"},
                        {"current.sql", "DROP TABLE a;\n"}};

TEST(graphile_migrate, reads_what_is_committed) {
    whole const w = read_all(graphile);
    EXPECT_EQ(w.tool, "graphile_migrate");
    EXPECT_EQ(ids_of(w), (texts{"000001", "000002"}));
    EXPECT_EQ(w.migrations[1].message, "more tables");
    EXPECT_TRUE(w.migrations[0].up.transactional);
    EXPECT_FALSE(w.migrations[1].up.transactional);
    EXPECT_FALSE(w.migrations[0].down.present);
    file_map inside;
    for (auto const &[name, text] : graphile)
        if (name.starts_with("committed/")) inside.emplace(name.substr(10), text);
    EXPECT_EQ(ids_of(read_all(inside)), (texts{"000001", "000002"}));
}

TEST(graphile_migrate, refuses_a_broken_chain) {
    file_map files = graphile;
    files["committed/000003.sql"] = "--! Previous: sha1:a\n--! Hash: sha1:c\n\nSELECT 1;\n";
    EXPECT_EQ(failure_of([&] { read_all(files); }).message,
              "hash of another file than the one before it at line 1 of file \"db/committed/000003.sql\"");
    files["committed/000003.sql"] = "--! Previous: sha1:b\n\nSELECT 1;\n";
    EXPECT_EQ(failure_of([&] { read_all(files); }).message,
              "no line \"--! Hash\" at line 1 of file \"db/committed/000003.sql\"");
    files.erase("committed/000003.sql");
    files["committed/notes.sql"] = "";
    EXPECT_EQ(failure_of([&] { read_all(files); }).state, sqlstate::invalid_pack);
    files.erase("committed/notes.sql");
    files["committed/000003.sql"] = "--! Previous: sha1:b\n--! Hash: sha1:c\n\n--!include x.sql\n";
    EXPECT_EQ(failure_of([&] { read_all(files); }).message,
              "include in a committed file at line 4 of file \"db/committed/000003.sql\"");
}

TEST(graphile_migrate, fills_in_placeholders) {
    file_map files = graphile;
    files["committed/000001.sql"] =
        "--! Previous: -\n--! Hash: sha1:a\n\nGRANT ALL ON DATABASE :DATABASE_NAME TO :DATABASE_VISITOR;\n"
        "SELECT ':DATABASE_VISITOR', ':DATABASE_VISITORS', x::text;\n";
    fake_directory in(files);
    in.values = {{":DATABASE_NAME", "shop"}, {":DATABASE_VISITOR", "guest"}, {"VISITOR", "x"}};
    whole const w = read_with(in, recognize(in));
    EXPECT_NE(w.migrations[0].up.text.find("GRANT ALL ON DATABASE shop TO guest;\n"
                                           "SELECT 'guest', ':DATABASE_VISITORS', x::text;\n"),
              std::string::npos);
    EXPECT_NE(w.migrations[0].up.unfilled.find(":DATABASE_NAME TO"), std::string::npos);
    EXPECT_EQ(w.migrations[0].filled_in.size(), 2u);
    files["committed/000001.sql"] =
        "--! Previous: -\n--! Hash: sha1:a\n\n-- :DATABASE_OWNER\nSELECT ':DATABASE_OWNER';\n";
    failure const f = failure_of([&] { read_all(files); });
    EXPECT_EQ(f.message,
              "placeholder \":DATABASE_OWNER\" without a value at line 5 of file \"db/committed/000001.sql\"");
}

TEST(named_formats, must_fit) {
    EXPECT_EQ(refused_as("goose", {{"1_a.sql", "-- +migrate Up\nSELECT 1;\n"}}).detail,
              "File \"db/1_a.sql\", line 1 is as sql-migrate has it.");
    EXPECT_NE(
        refused_as("goose", {{"1_a.sql", "-- +migrate Up\nSELECT 1;\n"}}).hint.find("\"format\": \"sql_migrate\""),
        std::string::npos);
    EXPECT_EQ(refused_as("sqlx", {{"1_a.sql", "-- +goose Up\nSELECT 1;\n"}}).state, sqlstate::invalid_pack);
    EXPECT_EQ(refused_as("flyway", {{"1_a.up.sql", ""}}).message,
              "directory \"db/\" is not one of Flyway, as pack.json says");
    EXPECT_NE(refused_as("prisma", {{"a.sql", ""}}).detail.find("\"db/a.sql\""), std::string::npos);
    EXPECT_EQ(ids_of(read_as("sqlx", {{"1_a.up.sql", ""}, {"1_a.down.sql", ""}})), (texts{"1"}));
    EXPECT_EQ(ids_of(read_as("goose", {})), texts{});
}

TEST(named_formats, are_the_hint_where_two_fit) {
    failure const f = failure_of([] {
        read_all({{"1_a.sql", "-- +goose Up\nSELECT 1;\n"}, {"2_b.sql", "-- +migrate Up\nSELECT 1;\n"}});
    });
    EXPECT_EQ(f.state, sqlstate::invalid_pack);
    EXPECT_NE(f.hint.find("\"format\": \"goose\" or \"format\": \"sql_migrate\""), std::string::npos);
}

}   // namespace
}   // namespace whisper::script::formats
