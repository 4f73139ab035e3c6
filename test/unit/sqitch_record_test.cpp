#include "formats_fake_directory.hpp"

#include "script/formats/sqitch_record.hpp"
#include "script/sha1.hpp"

namespace whisper::script::formats {
namespace {

TEST(sha1, agrees_with_the_standard) {
    EXPECT_EQ(sha1(""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    EXPECT_EQ(sha1("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
    EXPECT_EQ(sha1("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
              "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
    EXPECT_EQ(sha1(std::string(1'000'000, 'a')), "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
}

// What the tool itself, release 1.3.1, makes of this plan.
TEST(sqitch, names_changes_and_tags_as_the_tool_does) {
    fake_directory in({{"sqitch.conf", "[core]\n\tengine = pg\n[engine \"pg\"]\n\tregistry = farm_log\n"},
                       {"sqitch.plan",
                        "%syntax-version=1.0.0\n%project=farm\n%uri=https://Example.org/Farm\n\n"
                        "barn 2026-01-01T00:00:00Z Ann Ö <ann@example.org> # The barn, \"big\" \\\\ one\n"
                        "sub/goat [barn] 2026-01-02T00:00:00Z Ann Ö <ann@example.org> # Goats\\nlive\n"
                        "@v1 2026-01-03T00:00:00Z Ann Ö <ann@example.org> # first # tag\n\n"
                        "cow [farm:barn sub/goat@v1 !calf] 2026-01-04T00:00:00Z Ann Ö <ann@example.org> # A cow's\n"
                        "calf 2026-01-04T12:00:00Z Bob B. <bob@example.org>\n"
                        "barn [barn@v1] 2026-01-05T00:00:00Z Ann Ö <ann@example.org>\n"
                        "@v2 2026-01-06T00:00:00Z Ann Ö <ann@example.org> # two\n"
                        "@v3 2026-01-06T00:00:01Z Bob B. <bob@example.org>\n"},
                       {"deploy/barn@v1.sql", "BEGIN;\nCREATE TABLE barn (id int PRIMARY KEY);\nCOMMIT;\n"},
                       {"deploy/barn.sql", "BEGIN;\nALTER TABLE barn ADD COLUMN name text;\nCOMMIT;\n"},
                       {"deploy/sub/goat.sql", "BEGIN;\nCREATE TABLE goat (name text);\nCOMMIT;\n"},
                       {"deploy/cow.sql", "BEGIN;\nCREATE TABLE cow (name text);\nCOMMIT;\n"}});
    sqitch_records const found = read_sqitch_records(in);
    EXPECT_EQ(found.project, "farm");
    EXPECT_EQ(found.uri, "https://Example.org/Farm");
    EXPECT_EQ(found.registry, "farm_log");
    ASSERT_EQ(found.changes.size(), 5U);
    const auto &barn = found.changes[0], &goat = found.changes[1], &cow = found.changes[2], &again = found.changes[4];
    EXPECT_EQ(barn.change_id, "1bf925e0c1a1066d73d63390105aee39436b045a");
    EXPECT_EQ(barn.script_hash, "a9321601953a077a943976f1aa2a02576faeab46");
    EXPECT_EQ(goat.change_id, "baba6bf8540aac66c310f308ce1341b703c964ac");
    EXPECT_EQ(goat.change.note, "Goats\nlive");
    EXPECT_EQ(goat.tag_ids, strings{"157c4eb3651a7475131e73c13c5dc644287788e6"});
    EXPECT_EQ(cow.change_id, "baad40640771bcd56aa43652e7d4196fddcfc369");
    EXPECT_EQ(again.change_id, "cf05e7a4389cb54255a37c92c8c88a32c51ed5d0");
    EXPECT_EQ(again.revision, "barn.2");
    EXPECT_EQ(again.script_hash, "67d176186b891b8b60f02aea5da23b8ef19a5086");
    EXPECT_EQ(again.tag_ids,
              (strings{"11c4e55af0883630bad72b8cb286083547dbacbc", "b114bb4d2f90f019707267190c0ba349800e0007"}));
    ASSERT_EQ(cow.needs.size(), 2U);
    EXPECT_EQ(cow.needs[0].name, "barn");
    EXPECT_EQ(cow.needs[0].change_id, barn.change_id);
    EXPECT_EQ(cow.needs[1].name, "sub/goat@v1");
    EXPECT_EQ(cow.needs[1].change_id, goat.change_id);
    EXPECT_EQ(again.needs.at(0).change_id, barn.change_id);
}

TEST(sqitch, takes_dependencies_of_other_projects_and_by_id) {
    std::string const planned = " 2026-01-01T00:00:00Z A <a@b.c>\n";
    auto const with = [&](const std::string &second) {
        return fake_directory({{"sqitch.plan", "%project=p\n\na" + planned + second + planned},
                               {"deploy/a.sql", ""},
                               {"deploy/b.sql", ""}});
    };
    fake_directory in = with("b [other:x]");
    sqitch_records const found = read_sqitch_records(in);
    EXPECT_EQ(found.changes[1].needs.at(0).project, "other");
    EXPECT_EQ(found.changes[1].needs.at(0).change, "x");
    EXPECT_EQ(read_from(in).migrations[1].depends_on, strings{"x"});
    EXPECT_EQ(read_from(with("b [" + found.changes[0].change_id + "]")).migrations[1].depends_on, strings{"a"});
    for (std::string const wrong : {"b [b]", "b [!other:x]", "b [!a]", "b [other:x@v]"})
        EXPECT_EQ(failure_of([&] { read_from(with(wrong)); }).state, sqlstate::invalid_pack) << wrong;
    EXPECT_EQ(
        failure_of([&] {
            fake_directory plan({{"sqitch.plan", "%project=p\n\na 2026-01-01 A <a@b.c>\n"}, {"deploy/a.sql", ""}});
            read_from(plan);
        }).message,
        "line without its time and planner at line 3 of file \"db/sqitch.plan\"");
}

}   // namespace
}   // namespace whisper::script::formats
