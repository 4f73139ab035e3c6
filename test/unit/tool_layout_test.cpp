#include "script/tool_layout.hpp"

#include "script_test_support.hpp"

#include <algorithm>
#include <vector>

namespace whisper::script {
namespace {

using name_list = std::vector<std::string>;

tool_layout laid_out(name_list names, std::string_view folder = {}) {
    std::ranges::sort(names);
    return lay_out(names, folder);
}

name_list ids(const boost::container::vector<tool_migration> &migrations) {
    name_list list;
    for (tool_migration const &m : migrations) list.push_back(m.id);
    return list;
}

TEST(tool_layout, leaves_other_directories_alone) {
    for (name_list const &names :
         {name_list{}, name_list{"20230101000000_create_users.sql", "20230201000000_add_name.sql"},
          name_list{"001_up.sql", "a_1.up.sql", "1.up.sql", ".up.sql", "up.sql", "1_a.up.sql.sql", "1_a.UP.sql"},
          name_list{"V1_x.sql", "Views__all.sql", "V__x.sql", "V1.__x.sql", "V.1__x.sql", "V1..2__x.sql", "V1a__x.sql",
                    "v1__x.sql", "R1__x.sql", "R__.sql", "R_x.sql", "B1__x.sql", "__.sql", "V1_2.sql", "_1__x.sql"}}) {
        tool_layout const layout = laid_out(names);
        EXPECT_EQ(layout.tool, migration_tool::none);
        EXPECT_TRUE(layout.versioned.empty());
        EXPECT_TRUE(layout.repeatable.empty());
    }
}

TEST(tool_layout, takes_every_name_that_is_flyways) {
    for (std::string const name : {"V1__x.sql", "V1__.sql", "V1_2__x.sql", "V1.2.3___x.sql", "V00__x__y.sql",
                                   "V20240101120000000000000000000000__x.sql", "R__x.sql", "R__a b.sql"})
        EXPECT_EQ(laid_out({name}).tool, migration_tool::flyway) << name;
}

TEST(tool_layout, pairs_golang_migrate_files) {
    name_list const names{"000001_create_users.down.sql", "000001_create_users.up.sql", "000002_add.name.up.sql"};
    tool_layout const layout = lay_out(names, {});
    EXPECT_EQ(layout.tool, migration_tool::golang_migrate);
    ASSERT_EQ(layout.versioned.size(), 2u);
    EXPECT_TRUE(layout.repeatable.empty());
    EXPECT_EQ(layout.versioned[0].id, "000001");
    EXPECT_EQ(layout.versioned[0].message, "create users");
    EXPECT_EQ(layout.versioned[0].up, 1u);
    EXPECT_EQ(layout.versioned[0].down, 0u);
    EXPECT_EQ(layout.versioned[1].id, "000002");
    EXPECT_EQ(layout.versioned[1].message, "add.name");
    EXPECT_EQ(layout.versioned[1].up, 2u);
    EXPECT_EQ(layout.versioned[1].down, std::nullopt);
}

TEST(tool_layout, orders_golang_migrate_by_number) {
    tool_layout const layout =
        laid_out({"10_c.up.sql", "2_b.up.sql", "0001_a.up.sql", "20240101120000_e.up.sql", "0_z.up.sql",
                  "99999999999999999999999999_f.up.sql", "011_d.up.sql", "1_other_name.down.sql"});
    EXPECT_EQ(ids(layout.versioned),
              (name_list{"0", "0001", "2", "10", "011", "20240101120000", "99999999999999999999999999"}));
    EXPECT_TRUE(layout.versioned[1].down.has_value());   // the number pairs, whatever comes behind it
}

TEST(tool_layout, orders_flyway_by_the_parts_of_versions) {
    tool_layout const layout = laid_out({"V1.10__d.sql", "V2__e.sql", "V1__a.sql", "V1_1__b.sql", "V1.2__c.sql",
                                         "V0.9__x.sql", "V10__g.sql", "V2.0.1__f.sql", "V010.1__h.sql"});
    EXPECT_EQ(ids(layout.versioned),
              (name_list{"V0.9", "V1", "V1.1", "V1.2", "V1.10", "V2", "V2.0.1", "V10", "V010.1"}));
}

TEST(tool_layout, pairs_flyway_undo_files) {
    name_list const names{"U1.0__undo_it.sql", "V1__do_it.sql", "V2___odd.sql"};
    tool_layout const layout = lay_out(names, {});
    ASSERT_EQ(layout.versioned.size(), 2u);
    EXPECT_EQ(layout.versioned[0].id, "V1");
    EXPECT_EQ(layout.versioned[0].message, "do it");
    EXPECT_EQ(layout.versioned[0].up, 1u);
    EXPECT_EQ(layout.versioned[0].down, 0u);
    EXPECT_EQ(layout.versioned[1].message, " odd");
    EXPECT_EQ(layout.versioned[1].down, std::nullopt);
}

TEST(tool_layout, orders_repeatable_files_by_description) {
    name_list const names{"R__b.sql", "R__a z.sql", "R__a_b.sql", "V3__x.sql"};
    tool_layout const layout = lay_out(names, {});
    EXPECT_EQ(ids(layout.repeatable), (name_list{"R__a_b", "R__a_z", "R__b"}));
    EXPECT_EQ(layout.repeatable[1].message, "a z");
    EXPECT_EQ(layout.repeatable[1].up, 1u);
    EXPECT_EQ(ids(layout.versioned), (name_list{"V3"}));
}

TEST(tool_layout, names_what_it_refuses) {
    struct refused {
        name_list names;
        std::string_view state;
        std::string message;
    };
    for (refused const &c :
         {refused{{"1_a.up.sql", "notes.sql"}, sqlstate::invalid_pack,
                  "file \"db/notes.sql\" is no migration of golang-migrate"},
          refused{{"1_a.up.sql", "V1__a.sql"}, sqlstate::invalid_pack,
                  "file \"db/V1__a.sql\" is no migration of golang-migrate"},
          refused{{"1_a.up.sql", "2_b.down.sql"}, sqlstate::invalid_pack,
                  "file \"db/2_b.down.sql\" undoes a version that has no file"},
          refused{{"1_a.up.sql", "01_b.up.sql"}, sqlstate::duplicate_revision,
                  "files \"db/01_b.up.sql\" and \"db/1_a.up.sql\" have the same version"},
          refused{{"1_a.up.sql", "01_b.down.sql", "1_b.down.sql"}, sqlstate::duplicate_revision,
                  "files \"db/01_b.down.sql\" and \"db/1_b.down.sql\" have the same version"},
          refused{{std::string(256, '1') + "_a.up.sql"}, sqlstate::invalid_pack,
                  "file \"db/" + std::string(256, '1') + "_a.up.sql\" gives invalid revision id \"" +
                      std::string(256, '1') + "\""},
          refused{{"V1__a.sql", "B2__base.sql"}, sqlstate::invalid_pack,
                  "file \"db/B2__base.sql\" is no migration of Flyway"},
          refused{{"R__a.sql", "afterMigrate.sql"}, sqlstate::invalid_pack,
                  "file \"db/afterMigrate.sql\" is no migration of Flyway"},
          refused{{"V1__a.sql", "V1.0__b.sql"}, sqlstate::duplicate_revision,
                  "files \"db/V1.0__b.sql\" and \"db/V1__a.sql\" have the same version"},
          refused{{"V1__a.sql", "U2__a.sql"}, sqlstate::invalid_pack,
                  "file \"db/U2__a.sql\" undoes a version that has no file"},
          refused{{"R__a_b.sql", "R__a b.sql"}, sqlstate::duplicate_revision,
                  "files \"db/R__a b.sql\" and \"db/R__a_b.sql\" have the same version"},
          refused{{"R__a+b.sql"}, sqlstate::invalid_pack,
                  "file \"db/R__a+b.sql\" gives invalid revision id \"R__a+b\""}}) {
        failure const f = failure_of([&] { laid_out(c.names, "db/"); });
        EXPECT_EQ(f.state, c.state);
        EXPECT_EQ(f.message, c.message);
        EXPECT_FALSE(f.detail.empty());
        EXPECT_FALSE(f.hint.empty());
    }
}

TEST(tool_layout, is_not_quadratic) {
    name_list names;
    for (int i = 0; i < 100'000; ++i) names.push_back(std::to_string(i) + "_x.up.sql");
    tool_layout const layout = laid_out(std::move(names));
    ASSERT_EQ(layout.versioned.size(), 100'000u);
    EXPECT_EQ(layout.versioned[99'999].id, "99999");
}

TEST(placeholders, are_found_wherever_flyway_replaces_them) {
    for (std::string_view const script :
         {"SELECT 1;\nSELECT '${name}';", "SELECT 1;\nCREATE TABLE ${name} (id int);", "\nSELECT $$ ${name} $$;",
          "\nALTER TABLE x_${name} ADD y int;", "/* ${no} */ -- ${no}\nSELECT \"${name}\"",
          "COPY t FROM stdin;\n${name}\n\\.\n", "\n\\echo ${name}\n"}) {
        failure const f = failure_of([&] { require_no_placeholders(script, "V1__x.sql"); });
        EXPECT_EQ(f.state, sqlstate::unsupported_command) << script;
        EXPECT_EQ(f.message, "placeholder \"${name}\" cannot be replaced in the server") << script;
        EXPECT_EQ(f.detail, "It stands in file \"V1__x.sql\", line 2.") << script;
        EXPECT_FALSE(f.hint.empty());
    }
}

TEST(placeholders, are_not_seen_in_comments) {
    for (std::string_view const script :
         {"", "SELECT 1", "-- ${name}\nSELECT 1;", "/* ${a}\n /* ${b} */ ${c} */ SELECT $1, '$', '{}';",
          "SELECT '${\n}';", "SELECT '${';", "SELECT '$ {x}'; -- ${x}", "SELECT 1;\n/* ${x} */\n", "SELECT $x$ $ {} $x$ -- '${a}'"})
        EXPECT_NO_THROW(require_no_placeholders(script, "V1__x.sql")) << script;
}

TEST(placeholders, name_the_file_that_cannot_be_read) {
    failure const f = failure_of([] { require_no_placeholders("-- ${a}\n\nSELECT 'x", "V1__x.sql"); });
    EXPECT_EQ(f.state, sqlstate::syntax_error);
    EXPECT_NE(f.message.find("at line 3 of file \"V1__x.sql\""), std::string::npos) << f.message;
}

TEST(placeholders, are_found_in_linear_time) {
    std::string script = "SELECT '";
    for (int i = 0; i < 1'000'000; ++i) script += "${";
    EXPECT_NO_THROW(require_no_placeholders(script + "'", "V1__x.sql"));
}

}   // namespace
}   // namespace whisper::script
