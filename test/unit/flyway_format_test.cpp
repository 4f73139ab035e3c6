#include "formats_fake_directory.hpp"

#include <vector>

namespace whisper::script::formats {
namespace {

using texts = std::vector<std::string>;
using file_map = std::map<std::string, std::string>;

whole read_where(file_map files, std::set<std::string> applied, bool history = false) {
    fake_directory in(std::move(files));
    in.applied = std::move(applied);
    in.history = history;
    return read_with(in, recognize(in));
}

failure refused(file_map files) {
    return failure_of([&] { read_all(std::move(files)); });
}

TEST(flyway, begins_a_fresh_database_with_the_highest_baseline) {
    file_map const files{{"V1__a.sql", "SELECT 1;"},     {"V2__b.sql", "SELECT 2;"},       {"V10__c.sql", "SELECT 10;"},
                         {"B2__base.sql", "SELECT -2;"}, {"B1.5__base.sql", "SELECT -1;"}, {"R__r.sql", "SELECT 0;"}};
    whole const fresh = read_all(files);
    EXPECT_EQ(fresh.tool, "flyway");
    EXPECT_EQ(ids_of(fresh), (texts{"B2", "V10", "R__r"}));
    EXPECT_EQ(fresh.migrations[0].up.text, "SELECT -2;");
    EXPECT_EQ(ids_of(read_where(files, {}, true)), (texts{"V1", "V2", "V10", "R__r"}));
    EXPECT_EQ(ids_of(read_where(files, {"V1"})), (texts{"V1", "V2", "V10", "R__r"}));
    EXPECT_EQ(ids_of(read_where(files, {"B1.5", "V2"})), (texts{"B1.5", "V2", "V10", "R__r"}));
}

TEST(flyway, is_told_by_a_baseline_alone) {
    EXPECT_EQ(ids_of(read_all({{"B1_2__base.sql", "SELECT 1;"}})), (texts{"B1.2"}));
    EXPECT_EQ(refused({{"B1__base.sql", ""}, {"notes.sql", ""}}).state, sqlstate::invalid_pack);
    EXPECT_EQ(refused({{"B1__base.sql", ""}, {"B1.0__other.sql", ""}}).state, sqlstate::duplicate_revision);
}

TEST(flyway, runs_callbacks_around_the_repeatable_files) {
    whole const w = read_all({{"V1__a.sql", "SELECT 1;"},
                              {"R__r.sql", "SELECT 2;"},
                              {"afterMigrate.sql", "SELECT 4;"},
                              {"afterMigrate__grants and more.sql", "SELECT 5;"},
                              {"afterVersioned.sql", "SELECT 3;"},
                              {"beforeClean.sql", "DROP SCHEMA public;"},
                              {"afterRepairError.sql", "SELECT 6;"}});
    EXPECT_EQ(ids_of(w), (texts{"V1", "afterVersioned", "R__r", "afterMigrate", "afterMigrate__grants_and_more"}));
    EXPECT_EQ(w.migrations[1].rerun, rerun_mode::always);
    EXPECT_EQ(w.migrations[2].rerun, rerun_mode::whole);
    EXPECT_EQ(w.migrations[4].rerun, rerun_mode::always);
    EXPECT_EQ(w.migrations[4].message, "grants and more");
}

TEST(flyway, keeps_the_order_where_there_are_callbacks) {
    fake_directory in({{"V1__a.sql", ""}, {"R__r.sql", ""}, {"afterMigrate.sql", ""}});
    auto const with = recognize(in)->list(in);
    EXPECT_FALSE(with[0].in_order);
    EXPECT_TRUE(with[1].in_order && with[2].in_order);
    fake_directory other({{"V1__a.sql", ""}, {"R__r.sql", ""}});
    EXPECT_FALSE(recognize(other)->list(other)[1].in_order);
}

TEST(flyway, refuses_other_callbacks) {
    for (std::string const event : {"beforeMigrate", "afterEachMigrate", "beforeRepeatables", "afterUndo",
                                    "afterMigrateApplied", "createSchema", "beforeEachMigrateStatement"}) {
        failure const f = refused({{"V1__a.sql", ""}, {event + "__x.sql", ""}});
        EXPECT_EQ(f.state, sqlstate::invalid_pack) << event;
        EXPECT_EQ(f.message, "callback that has no place here in file \"db/" + event + "__x.sql\"");
    }
    EXPECT_EQ(refused({{"V1__a.sql", ""}, {"afterwards.sql", ""}}).message,
              "file \"db/afterwards.sql\" is no migration of Flyway");
}

TEST(flyway, fills_in_placeholders) {
    fake_directory in({{"V1__a.sql", "CREATE TABLE ${Schema}.t_${name} (i int); -- ${unknown}"},
                       {"U1__a.sql", "DROP TABLE ${schema}.t_${NAME};"},
                       {"V2__b.sql", "SELECT '${flyway:filename}', 1;"},
                       {"V3__c.sql", "SELECT '${schema}';"},
                       {"V3__c.sql.conf", "# as it is\nplaceholderReplacement=false\n"},
                       {"R__r.sql", "SELECT '${name}';"}});
    in.values = {{"schema", "app"}, {"name", "user"}};
    whole const w = read_with(in, recognize(in));
    EXPECT_EQ(w.migrations[0].up.text, "CREATE TABLE app.t_user (i int); -- ${unknown}");
    EXPECT_EQ(w.migrations[0].up.unfilled, "CREATE TABLE ${Schema}.t_${name} (i int); -- ${unknown}");
    EXPECT_NE(w.migrations[0].down.text.find("DROP TABLE app.t_user;"), std::string::npos);
    EXPECT_NE(w.migrations[0].down.unfilled.find("DROP TABLE ${schema}.t_${NAME};"), std::string::npos);
    EXPECT_EQ(w.migrations[0].filled_in, (file_map{{"schema", "app"}, {"name", "user"}}));
    EXPECT_EQ(w.migrations[1].up.text, "SELECT 'V2__b.sql', 1;");
    EXPECT_TRUE(w.migrations[1].filled_in.empty());
    EXPECT_EQ(w.migrations[2].up.text, "SELECT '${schema}';");
    EXPECT_EQ(w.migrations[3].up.text, "SELECT 'user';");
    EXPECT_TRUE(w.migrations[3].up.unfilled.empty());   // another value runs it again
}

TEST(flyway, refuses_a_placeholder_without_a_value) {
    failure const f = refused({{"V1__a.sql", "SELECT 1;\nSELECT '${name}';"}});
    EXPECT_EQ(f.state, sqlstate::unsupported_command);
    EXPECT_EQ(f.detail, "It stands in file \"db/V1__a.sql\", line 2.");
    EXPECT_NE(f.hint.find("whisper_migrate.placeholders"), std::string::npos);
}

TEST(flyway, follows_the_settings_of_a_script) {
    whole const w = read_all({{"V1__a.sql", "SELECT 1;"},
                              {"V1__a.sql.conf", "executeInTransaction = false\nencoding=UTF-8\nshouldExecute=true\n"},
                              {"flyway.conf", "flyway.url=jdbc:x\n"}});
    EXPECT_FALSE(w.migrations[0].up.transactional);
    for (std::string const setting :
         {"shouldExecute=${environment}==test", "encoding=ISO_8859_1", "executeInTransaction=maybe"})
        EXPECT_EQ(refused({{"V1__a.sql", ""}, {"V1__a.sql.conf", "\n" + setting}}).message,
                  "setting that cannot be followed at line 2 of file \"db/V1__a.sql.conf\"");
}

}   // namespace
}   // namespace whisper::script::formats
