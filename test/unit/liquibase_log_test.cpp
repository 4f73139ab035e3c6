// Change logs in XML, YAML and JSON.

#include "liquibase_support.hpp"

namespace whisper::script::formats {
namespace {

std::string const set_one = sql("--changeset a:1\nSELECT 1;\n"), set_two = sql("--changeset a:2\nSELECT 2;\n");

TEST(liquibase, follows_a_log_in_xml) {
    files all{{"master.xml",
               "<?xml version=\"1.0\"?>\n<!-- <include file='no'/> -->\n<databaseChangeLog xmlns=\"x\">\n"
               "  <property name=\"t\" value=\"a &amp; b\"/>\n"
               "  <include file=\"db/changes/2.sql\"/>\n"
               "  <include file='first.sql' relativeToChangelogFile=\"true\" context=\"test\"></include>\n"
               "  <includeAll path=\"classpath:more/\"/>\n"
               "  <changeSet id=\"tag\" author=\"a\"><tagDatabase tag=\"v1\"/></changeSet>\n</databaseChangeLog>\n"},
              {"changes/2.sql", sql("--changeset a:2\nSELECT '${t}';\n")},
              {"first.sql", set_one},
              {"unused.sql", "SELECT 'not included';"},
              {"more/z.sql", "SELECT 'plain';"},
              {"more/deep/x.sql", set_one},
              {"more/readme.txt", "no log"}};
    whole const w = read_all(all);
    EXPECT_EQ(ids(w), (texts{"changes.2.a.2", "first.a.1", "more.deep.x.a.1", "more.z.includeAll.raw"}));
    EXPECT_EQ(run(w.migrations[0].up), texts{"SELECT 'a & b'"});
    EXPECT_EQ(run(w.migrations[3].up), texts{"SELECT 'plain'"});
    fake_directory in(all);
    in.wanted = {{"prod"}, ""};
    EXPECT_EQ(read_from(in).migrations.size(), 3U);
    auto const refused = [&](const std::string &item) {
        all["master.xml"] = "<databaseChangeLog>\n" + item + "\n</databaseChangeLog>";
        return problem(all);
    };
    EXPECT_EQ(refused("<changeSet id='7' author='ann'>\n<comment>x</comment><createTable tableName='t'/></changeSet>"),
              "change set \"ann:7\" with \"createTable\" at line 2 of file \"db/master.xml\"");
    EXPECT_EQ(refused("<include file='gone.sql'/>"),
              "include of file \"gone.sql\", which is not in the directory at line 2 of file \"db/master.xml\"");
    EXPECT_EQ(
        refused("<include file='changes/../../x.sql' relativeToChangelogFile='true'/>"),
        "include of file \"changes/../../x.sql\", which is not in the directory at line 2 of file \"db/master.xml\"");
    EXPECT_EQ(refused("<includeAll path='more' filter='x'/>"),
              "option \"filter\" of includeAll at line 2 of file \"db/master.xml\"");
    EXPECT_EQ(refused("<include file='master.xml'/>"), "change log that includes itself in file \"db/master.xml\"");
    EXPECT_EQ(refused("<preConditions><dbms type='h2'/></preConditions>"),
              "\"preConditions\" of a change log at line 2 of file \"db/master.xml\"");
    EXPECT_EQ(refused("<include file='a'"), "markup without a name at line 3 of file \"db/master.xml\"");
    EXPECT_EQ(refused("<!DOCTYPE x>"), "declaration that cannot be read at line 2 of file \"db/master.xml\"");
    all["changes/first.sql"] = set_one;
    EXPECT_EQ(refused("<include file='changes/first.sql'/>"),
              "path \"changes/first.sql\" that may be \"changes/first.sql\" and \"first.sql\" at line 2 of file "
              "\"db/master.xml\"");
}

TEST(liquibase, follows_a_log_in_yaml) {
    files all{{"db.changelog-master.yaml",
               "---\n# the order\ndatabaseChangeLog:\n- include:\n    file: \"b.sql\"  # not a\n"
               "- includeAll:\n    path: 'more'\n    relativeToChangelogFile: true\n    endsWithFilter: .sql\n"
               "- changeSet:\n    id: 1\n    author: me\n    changes:\n      - tagDatabase:\n          tag: v1\n"},
              {"b.sql", set_two},
              {"more/a.sql", set_one}};
    EXPECT_EQ(ids(read_all(all)), (texts{"b.a.2", "more.a.a.1"}));
    auto const refused = [&](const std::string &text) {
        all["db.changelog-master.yaml"] = text;
        return problem(all);
    };
    std::string const list = "databaseChangeLog:\n  ";
    EXPECT_EQ(
        refused(list + "- changeSet:\n      id: x\n      author: me\n      comment: |\n        text: of\n       it\n"
                       "      changes:\n      - sql:\n          sql: SELECT 1\n"),
        "change set \"me:x\" with \"sql\" in file \"db/db.changelog-master.yaml\"");
    EXPECT_EQ(refused(list + "- include: {file: b.sql}\n"),
              "value that cannot be read at line 2 of file \"db/db.changelog-master.yaml\"");
    EXPECT_EQ(refused(list + "- include:\n      file: b.sql\n        more\n"),
              "value in more than one line at line 4 of file \"db/db.changelog-master.yaml\"");
    EXPECT_EQ(refused(list + "- include:\n\tfile: b.sql\n"),
              "line that begins with a tab at line 3 of file \"db/db.changelog-master.yaml\"");
    EXPECT_EQ(refused("databaseChangeLog: x\n"),
              "\"databaseChangeLog\" is no list in file \"db/db.changelog-master.yaml\"");
}

TEST(liquibase, follows_a_log_in_json_and_logs_in_logs) {
    files all{
        {"root.json", R"({"databaseChangeLog": [{"include": {"file": "one.yaml"}}, {"include": {"file": "b.sql"}}]})"},
        {"one.yaml", "databaseChangeLog:\n- property: {}\n"},
        {"b.sql", set_two},
        {"a.sql", set_one}};
    all["one.yaml"] = "databaseChangeLog:\n- include:\n    file: a.sql\n";
    EXPECT_EQ(ids(read_all(all)), (texts{"a.a.1", "b.a.2"}));
    all["other.xml"] = "<databaseChangeLog/>";
    EXPECT_EQ(problem(all), "second change log that no other includes in file \"db/root.json\"");
    all.erase("other.xml");
    all["root.json"] = "{\n\"databaseChangeLog\": [,]}";
    EXPECT_EQ(problem(files{{"root.json", all["root.json"]}}), "invalid JSON at line 2 of file \"db/root.json\"");
    EXPECT_EQ(read_all(files{{"package.json", "{}"}, {"1_a.sql", "SELECT 1;"}}).tool, "");
}

}   // namespace
}   // namespace whisper::script::formats
